//! From characters to tokens.
//!
//! The end of the text reads as NUL, which the text itself cannot have.

use std::collections::VecDeque;

use super::{Fault, Mark, keys::SimpleKey};

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    StreamStart,
    StreamEnd,
    VersionDirective(u32, u32),
    TagDirective(String, String),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    /// Handle and suffix.
    Tag(String, String),
    /// The text, and whether it stands there without quotes.
    Scalar(String, bool),
}

/// What is read, and what is known of it.
#[derive(Debug)]
pub(super) struct Scanner {
    chars: Vec<char>,
    pub(super) mark: Mark,
    pub(super) tokens: VecDeque<(Token, Mark)>,
    /// How many tokens were taken away.
    pub(super) taken: usize,
    started: bool,
    ended: bool,
    /// The column of the current block, -1 outside of any.
    pub(super) indent: isize,
    pub(super) indents: Vec<isize>,
    pub(super) flow_level: usize,
    pub(super) key_allowed: bool,
    /// One for each flow level.
    pub(super) keys: Vec<Option<SimpleKey>>,
}

pub(super) type Scanned<T = ()> = Result<T, Fault>;

impl Scanner {
    /// At the beginning.
    pub(super) fn new(chars: Vec<char>) -> Self {
        Self {
            chars,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            taken: 0,
            started: false,
            ended: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            key_allowed: true,
            keys: vec![None],
        }
    }

    /// The next token, which stays.
    pub(super) fn peek(&mut self) -> Scanned<(Token, Mark)> {
        self.fetch_more()?;
        Ok(self
            .tokens
            .front()
            .cloned()
            .unwrap_or((Token::StreamEnd, self.mark)))
    }

    /// Takes the token that was looked at.
    pub(super) fn skip_token(&mut self) {
        if self.tokens.pop_front().is_some() {
            self.taken += 1;
        }
    }

    /// A token is ready when no key can turn up before it any more.
    fn fetch_more(&mut self) -> Scanned {
        loop {
            if !self.tokens.is_empty() {
                self.drop_stale_keys()?;
                if !self.next_may_be_key() {
                    return Ok(());
                }
            }
            if self.ended {
                return Ok(());
            }
            self.fetch_next()?;
        }
    }

    fn fetch_next(&mut self) -> Scanned {
        if !self.started {
            self.started = true;
            self.add(Token::StreamStart, self.mark);
            return Ok(());
        }
        self.skip_to_token();
        self.drop_stale_keys()?;
        self.unroll(self.column());
        let (c, next) = (self.at(0), self.at(1));
        if c == '\0' {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 {
            if c == '%' {
                return self.fetch_directive();
            }
            if let Some(token) = self.document_indicator() {
                return self.fetch_document_indicator(token);
            }
        }
        let in_flow = self.flow_level > 0;
        match c {
            '[' => self.fetch_flow_start(Token::FlowSequenceStart),
            '{' => self.fetch_flow_start(Token::FlowMappingStart),
            ']' => self.fetch_flow_end(Token::FlowSequenceEnd),
            '}' => self.fetch_flow_end(Token::FlowMappingEnd),
            ',' => self.fetch_flow_entry(),
            '-' if is_blank_or_end(next) => self.fetch_block_entry(),
            '?' if in_flow || is_blank_or_end(next) => self.fetch_key(),
            ':' if in_flow || is_blank_or_end(next) => self.fetch_value(),
            '*' | '&' => self.fetch_anchor(),
            '!' => self.fetch_tag(),
            '|' | '>' if !in_flow => self.fetch_block_scalar(),
            '\'' | '"' => self.fetch_quoted(),
            _ if self.begins_plain(c, next) => self.fetch_plain(),
            _ => Err(self.fault("found character that cannot start any token")),
        }
    }

    fn begins_plain(&self, c: char, next: char) -> bool {
        let indicator = is_blank_or_end(c) || "-?:,[]{}#&*!|>'\"%@`".contains(c);
        !indicator
            || (c == '-' && !is_blank(next))
            || (self.flow_level == 0 && matches!(c, '?' | ':') && !is_blank_or_end(next))
    }

    /// `---` or `...` at the beginning of a line.
    pub(super) fn document_indicator(&self) -> Option<Token> {
        if self.mark.column != 0 || !is_blank_or_end(self.at(3)) {
            return None;
        }
        match [self.at(0), self.at(1), self.at(2)] {
            ['-', '-', '-'] => Some(Token::DocumentStart),
            ['.', '.', '.'] => Some(Token::DocumentEnd),
            _ => None,
        }
    }

    fn fetch_stream_end(&mut self) -> Scanned {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        self.ended = true;
        self.add(Token::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, token: Token) -> Scanned {
        self.unroll(-1);
        self.remove_key()?;
        self.key_allowed = false;
        let start = self.mark;
        self.skip(3);
        self.add(token, start);
        Ok(())
    }

    /// Blanks, comments and line breaks; a tab counts as a blank only where it cannot be taken for indentation.
    fn skip_to_token(&mut self) {
        loop {
            if self.mark.index == 0 && self.at(0) == '\u{feff}' {
                self.skip(1);
            }
            while self.at(0) == ' '
                || ((self.flow_level > 0 || !self.key_allowed) && self.at(0) == '\t')
            {
                self.skip(1);
            }
            if self.at(0) == '#' {
                self.skip_comment();
            }
            if !is_break(self.at(0)) {
                return;
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.key_allowed = true;
            }
        }
    }

    pub(super) fn skip_comment(&mut self) {
        while !is_break_or_end(self.at(0)) {
            self.skip(1);
        }
    }

    /// The character so far ahead.
    pub(super) fn at(&self, ahead: usize) -> char {
        self.chars
            .get(self.mark.index + ahead)
            .copied()
            .unwrap_or('\0')
    }

    pub(super) fn column(&self) -> isize {
        self.mark.column.cast_signed()
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.mark.index += count;
        self.mark.column += count;
    }

    pub(super) fn take(&mut self) -> char {
        let c = self.at(0);
        self.skip(1);
        c
    }

    fn skip_line(&mut self) {
        let mut line_break = String::new();
        self.take_line(&mut line_break);
    }

    /// A line break, which becomes a line feed unless Unicode has its own idea of it.
    pub(super) fn take_line(&mut self, into: &mut String) {
        let c = self.at(0);
        let width = if c == '\r' && self.at(1) == '\n' {
            2
        } else {
            1
        };
        into.push(if matches!(c, '\u{2028}' | '\u{2029}') {
            c
        } else {
            '\n'
        });
        self.mark.index += width;
        self.mark.column = 0;
        self.mark.line += 1;
    }

    pub(super) fn fault(&self, text: &'static str) -> Fault {
        Fault::Scanner(self.mark, text)
    }

    pub(super) fn add(&mut self, token: Token, start: Mark) {
        self.tokens.push_back((token, start));
    }
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

pub(super) fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_break_or_end(c: char) -> bool {
    is_break(c) || c == '\0'
}

pub(super) fn is_blank_or_end(c: char) -> bool {
    is_blank(c) || is_break_or_end(c)
}
