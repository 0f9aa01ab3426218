//! The characters of a document as it grows: columns, blanks, line breaks, and scalars in their styles.

use super::{
    scanner::is_break,
    shape::{Shape, Style, escape, prints},
};

/// A line is broken at the first space beyond this column.
const WIDTH: usize = 80;
const INDENT: isize = 2;

/// The text so far, and what the next character may be.
#[derive(Debug)]
pub(super) struct Emitter {
    out: String,
    column: usize,
    /// -1 before anything has begun.
    indent: isize,
    /// The last character was a blank.
    whitespace: bool,
    /// Nothing but indentation and its marks is in the line.
    indention: bool,
}

impl Emitter {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            out: String::new(),
            column: 0,
            indent: -1,
            whitespace: true,
            indention: true,
        }
    }

    /// The whole text.
    pub(super) fn finish(mut self) -> String {
        self.new_line();
        self.out
    }

    /// Only indentation is in the line so far.
    pub(super) fn at_indent(&self) -> bool {
        self.indention
    }

    /// Goes further in; gives what to go back to.
    pub(super) fn deeper(&mut self, flow: bool, indentless: bool) -> isize {
        let before = self.indent;
        if before < 0 {
            self.indent = if flow { INDENT } else { 0 };
        } else if !indentless {
            self.indent += INDENT;
        }
        before
    }

    /// Goes back.
    pub(super) fn back_to(&mut self, indent: isize) {
        self.indent = indent;
    }

    /// To the indentation, on a new line unless this one is as good.
    pub(super) fn new_line(&mut self) {
        let indent = self.indent.max(0).cast_unsigned();
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// A mark such as `-`, `:` or `{}`; `indention` says that a block may begin behind it.
    pub(super) fn indicator(&mut self, mark: &str, after_space: bool, indention: bool) {
        if after_space && !self.whitespace {
            self.put(' ');
        }
        mark.chars().for_each(|c| self.put(c));
        self.whitespace = false;
        self.indention &= indention;
    }

    /// A tag before a scalar.
    pub(super) fn tag(&mut self, tag: &str) {
        self.indicator(tag, true, false);
    }

    /// A scalar, in this style if that can hold it.
    pub(super) fn scalar(&mut self, text: &str, wanted: Style, simple_key: bool) {
        match Shape::of(text).style(wanted, simple_key) {
            Style::Plain => self.plain(text, !simple_key),
            Style::SingleQuoted => self.single_quoted(text, !simple_key),
            Style::DoubleQuoted => self.double_quoted(text, !simple_key),
            Style::Literal => self.literal(text),
        }
    }

    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// A break of the text itself.
    fn own_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    fn is_beyond(&self, breaks: bool, after_space: bool) -> bool {
        breaks && !after_space && self.column > WIDTH
    }

    fn plain(&mut self, text: &str, breaks: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        let mut after_space = false;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == ' ' && self.is_beyond(breaks, after_space) && chars.peek() != Some(&' ') {
                self.new_line();
            } else {
                self.put(c);
            }
            self.indention &= c == ' ';
            after_space = c == ' ';
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, breaks: bool) {
        self.indicator("'", true, false);
        let (mut after_space, mut after_break, mut first) = (false, false, true);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let inner = !first && chars.peek().is_some_and(|next| *next != ' ');
            if c == ' ' && self.is_beyond(breaks, after_space) && inner {
                self.new_line();
            } else if is_break(c) {
                if !after_break && c == '\n' {
                    self.line_break();
                }
                self.own_break(c);
                self.indention = true;
            } else {
                if after_break && c != ' ' {
                    self.new_line();
                }
                if c == '\'' {
                    self.put('\'');
                }
                self.put(c);
                self.indention &= c == ' ';
            }
            after_space = c == ' ';
            after_break = is_break(c) || after_break && c == ' ';
            first = false;
        }
        self.indicator("'", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn double_quoted(&mut self, text: &str, breaks: bool) {
        self.indicator("\"", true, false);
        // A byte order mark at the beginning makes Juju's library escape everything.
        let escape_all = text.starts_with('\u{feff}');
        let (mut after_space, mut first) = (false, true);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let space = c == ' ' && !escape_all;
            if escape_all || !prints(c) || is_break(c) || matches!(c, '"' | '\\') {
                escape(c).chars().for_each(|c| self.put(c));
            } else if space
                && self.is_beyond(breaks, after_space)
                && !first
                && chars.peek().is_some()
            {
                self.new_line();
                if chars.peek() == Some(&' ') {
                    self.put('\\');
                }
            } else {
                self.put(c);
            }
            after_space = space;
            first = false;
        }
        self.indicator("\"", false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn literal(&mut self, text: &str) {
        self.indicator("|", true, false);
        if text.starts_with(|c| c == ' ' || is_break(c)) {
            self.indicator(&INDENT.to_string(), false, false);
        }
        let mut from_end = text.chars().rev();
        match (from_end.next().is_some_and(is_break), from_end.next()) {
            (false, _) => self.indicator("-", false, false),
            (true, before) if before.is_none_or(is_break) => self.indicator("+", false, false),
            _ => {}
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        let mut after_break = true;
        for c in text.chars() {
            if is_break(c) {
                self.own_break(c);
                self.indention = true;
            } else {
                if after_break {
                    self.new_line();
                }
                self.put(c);
                self.indention = false;
            }
            after_break = is_break(c);
        }
    }
}
