//! Databags as hooks commit them, in a file, for whoever holds them to a schema.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    thread,
};

use serde_json::{Value, json};

use super::{
    Model,
    journal::Journal,
    state::{Relation, app_of},
};
use crate::context::Role;

impl Model {
    /// From now on each databag that a hook has changed is appended to this file, a line of JSON each: `side` and
    /// `databag` say whose it is, `settings` is all of it, `source` is for people. Peers' are left out.
    pub fn record_databags(&mut self, file: impl Into<PathBuf>) {
        self.journal.databags = Some(file.into());
    }
}

impl Journal {
    /// Records a databag that has changed.
    pub(super) fn databag(&self, relation: &Relation, id: u32, entity: &str) {
        if let Some((file, record)) = self.databags.as_ref().zip(of(relation, id, entity)) {
            append(file, &record).expect("the file of databags can be written");
        }
    }
}

/// The record of one databag; `None` of a peer's.
fn of(relation: &Relation, id: u32, entity: &str) -> Option<Value> {
    let side = match relation.side_of(app_of(entity))?.role {
        Role::Provider => "provider",
        Role::Requirer => "requirer",
        Role::Peer => return None,
    };
    let test = thread::current();
    Some(json!({
        "side": side,
        "databag": if entity.contains('/') { "unit" } else { "app" },
        "settings": relation.bags.get(entity)?.data,
        "source": format!("{}: {entity}, relation {id}", test.name().unwrap_or("a test")),
    }))
}

/// In one write, so that the lines of tests that run at the same time do not mix.
fn append(file: &Path, record: &Value) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(format!("{record}\n").as_bytes())
}
