//! Scalars without quotes: in the line, and in blocks.

use super::{
    quoted::fold,
    scanner::{Scanned, Scanner, Token, is_blank, is_blank_or_end, is_break, is_break_or_end},
};

impl Scanner {
    pub(super) fn fetch_plain(&mut self) -> Scanned {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let indent = self.indent + 1;
        let mut text = String::new();
        let (mut blanks, mut first, mut more, mut after_break) =
            (String::new(), String::new(), String::new(), false);
        while self.document_indicator().is_none() && self.at(0) != '#' {
            while !is_blank_or_end(self.at(0)) && !self.ends_plain() {
                if after_break {
                    fold(&first, &more, &mut text);
                } else {
                    text.push_str(&blanks);
                }
                (blanks, first, more, after_break) = Default::default();
                text.push(self.take());
            }
            if !is_blank(self.at(0)) && !is_break(self.at(0)) {
                break;
            }
            while is_blank(self.at(0)) || is_break(self.at(0)) {
                if is_blank(self.at(0)) {
                    if after_break && self.column() < indent && self.at(0) == '\t' {
                        return Err(self.fault("found a tab character that violates indentation"));
                    }
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
            if self.flow_level == 0 && self.column() < indent {
                break;
            }
        }
        self.add(Token::Scalar(text, true), start);
        if after_break {
            self.key_allowed = true;
        }
        Ok(())
    }

    fn ends_plain(&self) -> bool {
        let c = self.at(0);
        (c == ':' && is_blank_or_end(self.at(1))) || (self.flow_level > 0 && ",?[]{}".contains(c))
    }

    pub(super) fn fetch_block_scalar(&mut self) -> Scanned {
        self.remove_key()?;
        self.key_allowed = true;
        let start = self.mark;
        let literal = self.take() == '|';
        let header = self.block_header()?;
        let base = self.indent.max(0);
        let mut indent = header.increment.map_or(0, |n| base + n);

        let (mut text, mut leading, mut trailing) = (String::new(), String::new(), String::new());
        self.block_breaks(&mut indent, &mut trailing)?;
        let mut leading_blank = false;
        while self.column() == indent && self.at(0) != '\0' {
            let blank = is_blank(self.at(0));
            let folds = !literal && leading.starts_with('\n') && !leading_blank && !blank;
            if folds {
                if trailing.is_empty() {
                    text.push(' ');
                }
            } else {
                text.push_str(&leading);
            }
            leading.clear();
            text.push_str(&trailing);
            trailing.clear();
            leading_blank = blank;
            while !is_break_or_end(self.at(0)) {
                text.push(self.take());
            }
            if self.at(0) != '\0' {
                self.take_line(&mut leading);
            }
            self.block_breaks(&mut indent, &mut trailing)?;
        }
        match header.chomping {
            Chomping::Strip => {}
            Chomping::Clip => text.push_str(&leading),
            Chomping::Keep => {
                text.push_str(&leading);
                text.push_str(&trailing);
            }
        }
        self.add(Token::Scalar(text, false), start);
        Ok(())
    }

    /// What follows `|` or `>` in its line: how the end is cut and how far in the text is, in any order.
    fn block_header(&mut self) -> Scanned<Header> {
        let mut header = Header {
            chomping: Chomping::Clip,
            increment: None,
        };
        let mut has_chomping = false;
        loop {
            match self.at(0) {
                c @ ('+' | '-') if !has_chomping => {
                    has_chomping = true;
                    header.chomping = if c == '+' {
                        Chomping::Keep
                    } else {
                        Chomping::Strip
                    };
                }
                '0' if header.increment.is_none() => {
                    return Err(self.fault("found an indentation indicator equal to 0"));
                }
                c @ '1'..='9' if header.increment.is_none() => {
                    header.increment = c.to_digit(10).and_then(|n| isize::try_from(n).ok());
                }
                _ => break,
            }
            self.skip(1);
        }
        self.take_while(is_blank);
        if self.at(0) == '#' {
            self.skip_comment();
        }
        if !is_break_or_end(self.at(0)) {
            return Err(self.fault("did not find expected comment or line break"));
        }
        if self.at(0) != '\0' {
            self.take_line(&mut String::new());
        }
        Ok(header)
    }

    /// Empty lines, and the indentation of the next one, which is found out if it is not known.
    fn block_breaks(&mut self, indent: &mut isize, breaks: &mut String) -> Scanned {
        let mut deepest = 0;
        loop {
            while (*indent == 0 || self.column() < *indent) && self.at(0) == ' ' {
                self.skip(1);
            }
            deepest = deepest.max(self.column());
            if (*indent == 0 || self.column() < *indent) && self.at(0) == '\t' {
                return Err(
                    self.fault("found a tab character where an indentation space is expected")
                );
            }
            if !is_break(self.at(0)) {
                break;
            }
            self.take_line(breaks);
        }
        if *indent == 0 {
            *indent = deepest.max(self.indent + 1).max(1);
        }
        Ok(())
    }
}

struct Header {
    chomping: Chomping,
    increment: Option<isize>,
}

enum Chomping {
    Strip,
    Clip,
    Keep,
}
