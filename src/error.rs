//! Errors for people.

use std::error::Error;

/// Who has to do something about an error. A third class, our own or Juju's bugs, ends the hook with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A person must act: the unit is blocked.
    Operator,
    /// The charm tries again: the unit is waiting.
    Transient,
}

/// The error and all its causes in one line, each once.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}
