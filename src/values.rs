//! What Juju keeps for a charm, as plain values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A databag, or the charm's state.
pub type Settings = BTreeMap<String, String>;

/// A unit status as `juju status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// `active`, `waiting` or `blocked`; Juju itself sets others.
    #[serde(rename = "status")]
    pub state: String,
    /// One line.
    pub message: String,
}

/// A value of texts and numbers as the compact JSON that is kept in databags and charm state.
#[must_use]
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"))
}
