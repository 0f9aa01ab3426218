//! Characters that are not seen, or turn the writing round: they reach no log, status or result. Pure.

/// Whether a reader cannot see this character, or sees others differently because of it: controls, formats (bidirectional
/// ones among them), separators other than the blank, surrogates, private and unassigned ones, and marks without a letter.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    match letter {
        ' '..='~' => false,
        // Letters of no shape.
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' => true,
        // What Rust would not print in quotes; the library keeps Unicode's table of it.
        _ => letter.escape_debug().len() > 1,
    }
}

/// The text as it can be shown: blanks for line ends, tabs and the like, and other hidden characters by number.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if !is_hidden(letter) => shown.push(letter),
            _ if letter.is_whitespace() || letter == '\0' => shown.push(' '),
            _ => shown.extend(letter.escape_unicode()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_stays_and_what_is_not_is_told() {
        for text in ["plain \"text\" 'here' \\ …", "Zürich, Ελλάδα, 日本"] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(visible("a\nb\tc\u{a0}d\u{2028}e"), "a b c d e");
        assert_eq!(visible("x\u{202e}y\u{7}\u{ad}"), "x\\u{202e}y\\u{7}\\u{ad}");
        for hidden in [
            '\u{200b}',
            '\u{feff}',
            '\u{e0041}',
            '\u{9b}',
            '\u{fe0f}',
            '\u{3164}',
        ] {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
    }
}
