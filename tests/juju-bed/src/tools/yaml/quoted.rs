//! Scalars in quotes.

use super::scanner::{Scanned, Scanner, Token, is_blank, is_blank_or_end, is_break};

impl Scanner {
    pub(super) fn fetch_quoted(&mut self) -> Scanned {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let quote = self.take();
        let mut text = String::new();
        loop {
            if self.document_indicator().is_some() {
                return Err(self.fault("found unexpected document indicator"));
            }
            if self.at(0) == '\0' {
                return Err(self.fault("found unexpected end of stream"));
            }
            let joined = self.quoted_characters(quote, &mut text)?;
            if self.at(0) == quote {
                break;
            }
            self.quoted_blanks(joined, &mut text);
        }
        self.skip(1);
        self.add(Token::Scalar(text, false), start);
        Ok(())
    }

    /// Up to the quote or to a blank. True if it ended with an escaped line break, after which blanks do not count.
    fn quoted_characters(&mut self, quote: char, text: &mut String) -> Scanned<bool> {
        while !is_blank_or_end(self.at(0)) {
            let c = self.at(0);
            if quote == '\'' && c == '\'' && self.at(1) == '\'' {
                text.push('\'');
                self.skip(2);
            } else if c == quote {
                break;
            } else if quote == '"' && c == '\\' && is_break(self.at(1)) {
                self.skip(1);
                self.take_line(&mut String::new());
                return Ok(true);
            } else if quote == '"' && c == '\\' {
                text.push(self.escape()?);
            } else {
                text.push(self.take());
            }
        }
        Ok(false)
    }

    fn escape(&mut self) -> Scanned<char> {
        let digits = match self.at(1) {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => {
                let c = simple_escape(other)
                    .ok_or_else(|| self.fault("found unknown escape character"))?;
                self.skip(2);
                return Ok(c);
            }
        };
        self.skip(2);
        let mut value = 0_u32;
        for i in 0..digits {
            let digit = self.at(i).to_digit(16);
            let digit =
                digit.ok_or_else(|| self.fault("did not find expected hexdecimal number"))?;
            value = value << 4 | digit;
        }
        let c = char::from_u32(value)
            .ok_or_else(|| self.fault("found invalid Unicode character escape code"))?;
        self.skip(digits);
        Ok(c)
    }

    /// Blanks stay within a line; around line breaks they go, one break becomes a space and more lose the first.
    fn quoted_blanks(&mut self, mut after_break: bool, text: &mut String) {
        let (mut blanks, mut first, mut more) = (String::new(), String::new(), String::new());
        while is_blank(self.at(0)) || is_break(self.at(0)) {
            if is_blank(self.at(0)) {
                let c = self.take();
                if !after_break {
                    blanks.push(c);
                }
            } else if after_break {
                self.take_line(&mut more);
            } else {
                blanks.clear();
                self.take_line(&mut first);
                after_break = true;
            }
        }
        if after_break {
            fold(&first, &more, text);
        } else {
            text.push_str(&blanks);
        }
    }
}

/// Joins lines: a lone line feed becomes a space.
pub(super) fn fold(first: &str, more: &str, text: &mut String) {
    if first.starts_with('\n') {
        text.push_str(if more.is_empty() { " " } else { more });
    } else {
        text.push_str(first);
        text.push_str(more);
    }
}

fn simple_escape(c: char) -> Option<char> {
    Some(match c {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\x0b',
        'f' => '\x0c',
        'r' => '\r',
        'e' => '\x1b',
        ' ' | '"' | '\'' | '\\' => c,
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        _ => return None,
    })
}
