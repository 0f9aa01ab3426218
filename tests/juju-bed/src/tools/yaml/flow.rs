//! The tokens that are one character or a word: brackets, entries, keys, anchors, tags, directives.

use super::scanner::{Scanned, Scanner, Token, is_blank, is_blank_or_end, is_break_or_end};

impl Scanner {
    pub(super) fn fetch_flow_start(&mut self, token: Token) -> Scanned {
        self.save_key()?;
        self.keys.push(None);
        self.flow_level += 1;
        self.key_allowed = true;
        self.add_one(token);
        Ok(())
    }

    pub(super) fn fetch_flow_end(&mut self, token: Token) -> Scanned {
        self.remove_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.keys.pop();
        }
        self.key_allowed = false;
        self.add_one(token);
        Ok(())
    }

    pub(super) fn fetch_flow_entry(&mut self) -> Scanned {
        self.remove_key()?;
        self.key_allowed = true;
        self.add_one(Token::FlowEntry);
        Ok(())
    }

    pub(super) fn fetch_block_entry(&mut self) -> Scanned {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault("block sequence entries are not allowed in this context"));
            }
            self.roll(self.column(), None, Token::BlockSequenceStart, self.mark);
        }
        self.remove_key()?;
        self.key_allowed = true;
        self.add_one(Token::BlockEntry);
        Ok(())
    }

    pub(super) fn fetch_key(&mut self) -> Scanned {
        if self.flow_level == 0 {
            if !self.key_allowed {
                return Err(self.fault("mapping keys are not allowed in this context"));
            }
            self.roll(self.column(), None, Token::BlockMappingStart, self.mark);
        }
        self.remove_key()?;
        self.key_allowed = self.flow_level == 0;
        self.add_one(Token::Key);
        Ok(())
    }

    pub(super) fn fetch_value(&mut self) -> Scanned {
        if let Some(key) = self.take_key() {
            self.insert_key(key);
            self.key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.key_allowed {
                    return Err(self.fault("mapping values are not allowed in this context"));
                }
                self.roll(self.column(), None, Token::BlockMappingStart, self.mark);
            }
            self.key_allowed = self.flow_level == 0;
        }
        self.add_one(Token::Value);
        Ok(())
    }

    fn add_one(&mut self, token: Token) {
        let start = self.mark;
        self.skip(1);
        self.add(token, start);
    }

    pub(super) fn fetch_anchor(&mut self) -> Scanned {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let is_anchor = self.take() == '&';
        let name = self.take_while(is_word);
        let c = self.at(0);
        if name.is_empty() || !(is_blank_or_end(c) || "?:,]}%@`".contains(c)) {
            return Err(self.fault("did not find expected alphabetic or numeric character"));
        }
        self.add(
            if is_anchor {
                Token::Anchor(name)
            } else {
                Token::Alias(name)
            },
            start,
        );
        Ok(())
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut text = String::new();
        while wanted(self.at(0)) {
            text.push(self.take());
        }
        text
    }

    pub(super) fn fetch_tag(&mut self) -> Scanned {
        self.save_key()?;
        self.key_allowed = false;
        let start = self.mark;
        let token = self.scan_tag()?;
        if !is_blank_or_end(self.at(0)) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        self.add(token, start);
        Ok(())
    }

    fn scan_tag(&mut self) -> Scanned<Token> {
        if self.at(1) == '<' {
            self.skip(2);
            let uri = self.scan_uri("")?;
            if self.at(0) != '>' {
                return Err(self.fault("did not find the expected '>'"));
            }
            self.skip(1);
            return Ok(Token::Tag(String::new(), uri));
        }
        self.skip(1);
        let word = self.take_while(is_word);
        if self.at(0) == '!' {
            self.skip(1);
            return Ok(Token::Tag(format!("!{word}!"), self.scan_uri("")?));
        }
        let nothing_follows = word.is_empty() && !is_uri(self.at(0));
        Ok(if nothing_follows {
            Token::Tag(String::new(), "!".into())
        } else {
            Token::Tag("!".into(), self.scan_uri(&word)?)
        })
    }

    fn scan_uri(&mut self, head: &str) -> Scanned<String> {
        let uri = format!("{head}{}", self.take_while(is_uri));
        if uri.is_empty() {
            Err(self.fault("did not find expected tag URI"))
        } else {
            Ok(uri)
        }
    }

    pub(super) fn fetch_directive(&mut self) -> Scanned {
        self.unroll_all();
        self.remove_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip(1);
        let name = self.take_while(is_word);
        if name.is_empty() {
            return Err(self.fault("could not find expected directive name"));
        }
        if !is_blank_or_end(self.at(0)) {
            return Err(self.fault("found unexpected non-alphabetical character"));
        }
        self.take_while(is_blank);
        let token = match name.as_str() {
            "YAML" => {
                let major = self.scan_number()?;
                if self.at(0) != '.' {
                    return Err(self.fault("did not find expected digit or '.' character"));
                }
                self.skip(1);
                Token::VersionDirective(major, self.scan_number()?)
            }
            "TAG" => self.scan_tag_directive()?,
            _ => return Err(self.fault("found unknown directive name")),
        };
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
        self.add(token, start);
        Ok(())
    }

    fn scan_number(&mut self) -> Scanned<u32> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.len() > 2 {
            return Err(self.fault("found extremely long version number"));
        }
        digits
            .parse()
            .map_err(|_| self.fault("did not find expected version number"))
    }

    fn scan_tag_directive(&mut self) -> Scanned<Token> {
        if self.at(0) != '!' {
            return Err(self.fault("did not find expected '!'"));
        }
        self.skip(1);
        let word = self.take_while(is_word);
        let handle = if self.at(0) == '!' {
            self.skip(1);
            format!("!{word}!")
        } else if word.is_empty() {
            "!".into()
        } else {
            return Err(self.fault("did not find expected '!'"));
        };
        if !is_blank(self.at(0)) {
            return Err(self.fault("did not find expected whitespace"));
        }
        self.take_while(is_blank);
        let prefix = self.scan_uri("")?;
        if !is_blank_or_end(self.at(0)) {
            return Err(self.fault("did not find expected whitespace or line break"));
        }
        Ok(Token::TagDirective(handle, prefix))
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_uri(c: char) -> bool {
    is_word(c) || (c != '\0' && ";/?:@&=+$,.!~*'()[]%".contains(c))
}
