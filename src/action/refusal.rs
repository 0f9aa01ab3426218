//! Why an action cannot do what it should, and what to do about it.

use std::fmt;

use super::Results;
use crate::{
    error::Class,
    hook::problem::{self, Problem},
    lxd::{Error, ErrorKind, session::Session},
};

/// Words for the operator.
#[derive(Debug)]
pub(super) struct Refusal(String);

impl Refusal {
    /// LXD did not do what was asked of it.
    pub(super) fn of(error: &Error, session: &Session) -> Self {
        match error.kind() {
            ErrorKind::Refused { words, .. } => Self(format!("LXD refuses it: {words}")),
            _ => problem::of(error, session).into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<String> for Refusal {
    fn from(words: String) -> Self {
        Self(words)
    }
}

/// As in the status, but an action is not tried again by itself.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let message = problem.status.message;
        match problem.class {
            Class::Operator => Self(message),
            Class::Transient => {
                let complaint = message.trim_end_matches("; retrying");
                Self(format!("{complaint}; the action check tells more"))
            }
        }
    }
}

impl From<Refusal> for Results {
    fn from(Refusal(words): Refusal) -> Self {
        Self::failed(words)
    }
}
