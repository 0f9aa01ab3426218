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
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

/// A message with those parts of `detail`, a chain, that it does not say already, in whatever case.
#[must_use]
pub fn with_detail(message: &str, detail: &str) -> String {
    let mut said = message.to_lowercase();
    let mut rest = Vec::new();
    for part in detail.split(": ") {
        let words = part.split(" (os error").next().unwrap_or(part);
        if !said.contains(&words.to_lowercase()) {
            said.push_str(&part.to_lowercase());
            rest.push(part);
        }
    }
    if rest.is_empty() {
        message.to_owned()
    } else {
        format!("{message} ({})", rest.join(": "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_twice() {
        let message = "LXD at lxd:8443: connection refused; retrying";
        let detail =
            "LXD at lxd:8443: GET /1.0: error sending request: Connection refused (os error 111)";
        let line =
            "LXD at lxd:8443: connection refused; retrying (GET /1.0: error sending request)";
        assert_eq!(with_detail(message, detail), line);
        assert_eq!(with_detail("Bad option", "Bad option"), "Bad option");
    }
}
