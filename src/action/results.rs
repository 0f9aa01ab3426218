//! What an action shows, within what Juju and Linux take.

use std::fmt::Display;

use crate::{
    juju::{Error, Writer},
    visible::visible,
};

/// The longest value, in bytes: Linux takes arguments of up to 128 KiB. A longer one is cut.
const LONGEST: usize = 100_000;

/// The most that goes into one call, in bytes: Linux takes 2 MiB of arguments and environment.
const MOST_AT_ONCE: usize = 500_000;

/// The most that is shown in all, in bytes: Juju keeps a task's results in a document of at most 16 MiB.
const MOST: usize = 8_000_000;

/// The results of an action, and why it failed if it did.
#[derive(Debug, Default)]
pub(super) struct Results {
    results: Vec<String>,
    bytes: usize,
    omitted: usize,
    notes: Vec<String>,
    failure: Option<String>,
}

impl Results {
    /// The action could not do what it should, for this reason.
    #[must_use]
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        let mut results = Self::default();
        results.fail(reason);
        results
    }

    /// Adds a result. Keys are lower-case letters, digits and dashes, in levels with dots between them.
    pub(super) fn set(&mut self, key: impl Display, value: impl Display) {
        self.set_as_written(key, visible(&value.to_string()));
    }

    /// Adds a text of several lines that is one of ours or of LXD's, and is to be copied.
    pub(super) fn set_as_written(&mut self, key: impl Display, value: impl Display) {
        let result = shortened(&format!("{key}={value}"));
        if self.bytes + result.len() > MOST {
            self.omitted += 1;
            return;
        }
        self.bytes += result.len();
        self.results.push(result);
    }

    /// Adds what the operator should know beside the results.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Makes the action a failure; its results are shown all the same.
    pub(super) fn fail(&mut self, reason: impl Into<String>) {
        self.failure = Some(reason.into());
    }

    /// Hands everything to Juju.
    ///
    /// # Errors
    /// When a hook tool fails.
    pub(super) fn show(mut self) -> Result<(), Error> {
        if self.omitted > 0 {
            self.results.push(format!("omitted={}", self.omitted));
        }
        for results in calls(&self.results) {
            Writer.results(results)?;
        }
        for note in &self.notes {
            Writer.note(&shortened(&visible(note)))?;
        }
        match self.failure {
            Some(reason) => Writer.fail(&shortened(&visible(&reason))),
            None => Ok(()),
        }
    }
}

/// The results in groups that each fit into a call.
fn calls(results: &[String]) -> impl Iterator<Item = &[String]> {
    let mut bytes = 0;
    results.chunk_by(move |one, _| {
        bytes += one.len();
        let fits = bytes + LONGEST <= MOST_AT_ONCE;
        if !fits {
            bytes = 0;
        }
        fits
    })
}

/// A text that can be an argument.
fn shortened(text: &str) -> String {
    let text = text.replace('\0', " ");
    if text.len() <= LONGEST {
        return text;
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (kept, _) = text.split_at(end);
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_goes_in_several_calls_and_in_order() {
        let mut results = Results::default();
        for number in 0..100 {
            results.set(format!("key-{number}"), "é".repeat(30_000));
        }
        let calls: Vec<_> = calls(&results.results).collect();
        let bytes = |call: &[String]| call.iter().map(String::len).sum::<usize>();
        assert!(calls.len() > 1);
        assert!(calls.iter().all(|call| bytes(call) <= MOST_AT_ONCE));
        assert_eq!(calls.concat(), results.results);
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_is_too_much_is_counted() {
        let mut results = Results::default();
        results.set("long", "é".repeat(LONGEST));
        assert!(results.results[0].len() < 110_000);
        assert!(results.results[0].ends_with("é…"));
        for number in 0..100 {
            results.set(format!("key-{number}"), "x".repeat(LONGEST));
        }
        assert_eq!(results.results.len() + results.omitted, 101);
        assert!(results.omitted > 0 && results.bytes <= MOST);
    }
}
