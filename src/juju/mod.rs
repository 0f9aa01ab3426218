//! What touches Juju: its hook tools. [`Reader`] and [`Writer`] are two types, so that what only looks cannot change
//! anything.

mod action;
mod log;
mod read;
mod run;
mod write;

pub use action::Parameters;
pub use log::{install as log_to_juju, line as log_line};
pub use read::Reader;
pub use run::Error;
pub use write::Writer;

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
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("texts and numbers are JSON"))
}
