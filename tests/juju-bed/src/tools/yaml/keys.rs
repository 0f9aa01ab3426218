//! Keys that are only known to be such when their colon comes, and the blocks that begin and end with the indentation.

use super::{
    Fault, Mark,
    scanner::{Scanned, Scanner, Token},
};

/// A key may be so many characters before its colon.
const LONGEST_KEY: usize = 1024;

/// A place where a key may have begun that only its colon will show to be one.
#[derive(Clone, Copy, Debug)]
pub(super) struct SimpleKey {
    required: bool,
    token: usize,
    mark: Mark,
}

impl Scanner {
    /// A key has its colon on the same line and not too far away.
    pub(super) fn drop_stale_keys(&mut self) -> Scanned {
        let mark = self.mark;
        for key in &mut self.keys {
            if let Some(k) = key
                && (k.mark.line < mark.line || k.mark.index + LONGEST_KEY < mark.index)
            {
                if k.required {
                    return Err(Fault::Scanner(mark, "could not find expected ':'"));
                }
                *key = None;
            }
        }
        Ok(())
    }

    /// The next token may turn out to be a key.
    pub(super) fn next_may_be_key(&self) -> bool {
        self.keys.iter().flatten().any(|k| k.token == self.taken)
    }

    fn next_token(&self) -> usize {
        self.taken + self.tokens.len()
    }

    /// A key may begin here.
    pub(super) fn save_key(&mut self) -> Scanned {
        if self.key_allowed {
            let required = self.flow_level == 0 && self.indent == self.column();
            self.remove_key()?;
            let key = SimpleKey {
                required,
                token: self.next_token(),
                mark: self.mark,
            };
            if let Some(last) = self.keys.last_mut() {
                *last = Some(key);
            }
        }
        Ok(())
    }

    /// No colon can make a key of it any more.
    pub(super) fn remove_key(&mut self) -> Scanned {
        let fault = self.fault("could not find expected ':'");
        match self.keys.last_mut().and_then(Option::take) {
            Some(key) if key.required => Err(fault),
            _ => Ok(()),
        }
    }

    /// Takes the key, if one may still have begun before.
    pub(super) fn take_key(&mut self) -> Option<SimpleKey> {
        self.keys.last_mut().and_then(Option::take)
    }

    /// Marks the beginning of a key that is known to be one only now.
    pub(super) fn insert_key(&mut self, key: SimpleKey) {
        let place = key.token - self.taken;
        self.tokens.insert(place, (Token::Key, key.mark));
        self.roll(
            key.mark.column.cast_signed(),
            Some(key.token),
            Token::BlockMappingStart,
            key.mark,
        );
    }

    /// A block begins if this column is further in.
    pub(super) fn roll(&mut self, column: isize, before: Option<usize>, token: Token, mark: Mark) {
        if self.flow_level > 0 || self.indent >= column {
            return;
        }
        self.indents.push(self.indent);
        self.indent = column;
        match before {
            Some(number) => self.tokens.insert(number - self.taken, (token, mark)),
            None => self.add(token, mark),
        }
    }

    /// Blocks end that are further in than this column.
    pub(super) fn unroll(&mut self, column: isize) {
        while self.flow_level == 0 && self.indent > column {
            self.add(Token::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    /// All blocks end, as before a directive.
    pub(super) fn unroll_all(&mut self) {
        self.unroll(-1);
    }
}
