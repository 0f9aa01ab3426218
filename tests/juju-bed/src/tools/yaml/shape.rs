//! What a text allows: in which styles it can be written.

use super::scanner::is_break;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As it is.
    Plain,
    /// In single quotes.
    SingleQuoted,
    /// In double quotes.
    DoubleQuoted,
    /// As lines of a block.
    Literal,
}

/// What a text allows.
#[derive(Debug)]
pub(super) struct Shape {
    multiline: bool,
    plain: bool,
    single_quoted: bool,
    block: bool,
    empty: bool,
}

impl Shape {
    /// Looks at a text.
    pub(super) fn of(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let pair = |first: fn(char) -> bool, second: fn(char) -> bool| {
            chars.windows(2).any(|w| first(w[0]) && second(w[1]))
        };
        let is_space = |c: char| c == ' ';
        let begins = |what: fn(char) -> bool| chars.first().copied().is_some_and(what);
        let ends = |what: fn(char) -> bool| chars.last().copied().is_some_and(what);
        let multiline = chars.iter().copied().any(is_break);
        let hard = pair(is_space, is_break) || !chars.iter().copied().all(prints);
        let space_at_line_start = pair(is_break, is_space);
        let blank_edge = begins(is_space) || begins(is_break) || ends(is_space) || ends(is_break);
        Self {
            multiline,
            plain: !(hard
                || space_at_line_start
                || blank_edge
                || multiline
                || has_indicator(&chars)),
            single_quoted: !(hard || space_at_line_start),
            block: !(hard || ends(is_space) || chars.is_empty()),
            empty: chars.is_empty(),
        }
    }

    /// The style in which it can be written, which is the one that is wanted if possible.
    pub(super) fn style(&self, wanted: Style, simple_key: bool) -> Style {
        let mut style = if simple_key && self.multiline {
            Style::DoubleQuoted
        } else {
            wanted
        };
        if style == Style::Plain && (!self.plain || self.empty && simple_key) {
            style = Style::SingleQuoted;
        }
        match style {
            Style::SingleQuoted if !self.single_quoted => Style::DoubleQuoted,
            Style::Literal if !self.block || simple_key => Style::DoubleQuoted,
            other => other,
        }
    }
}

/// Something in it would mean something.
fn has_indicator(chars: &[char]) -> bool {
    let is_blank = |c: Option<&char>| c.is_none_or(|c| matches!(c, ' ' | '\t'));
    if matches!(chars, ['-', '-', '-', ..] | ['.', '.', '.', ..]) {
        return true;
    }
    chars.iter().enumerate().any(|(i, c)| {
        let followed = is_blank(chars.get(i + 1));
        match c {
            '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
            | '@' | '`'
                if i == 0 =>
            {
                true
            }
            '?' | '-' if i == 0 => followed,
            ':' => followed,
            '#' => matches!(chars[i - 1], ' ' | '\t') || is_break(chars[i - 1]),
            _ => false,
        }
    })
}

/// What Juju's library takes for a character that prints: nothing beyond the first plane, no tab.
pub(super) fn prints(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// In a double-quoted text.
pub(super) fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\x07' => 'a',
        '\x08' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\x0b' => 'v',
        '\x0c' => 'f',
        '\r' => 'r',
        '\x1b' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        c => {
            let code = u32::from(c);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}
