//! What ran, in order, and what it cost.

use std::{collections::BTreeMap, path::PathBuf};

use crate::agent::{Call, Ran};

/// What is written down of a model.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(super) entries: Vec<Entry>,
    /// Where every databag that a hook commits is recorded.
    pub(super) databags: Option<PathBuf>,
}

impl Journal {
    pub(super) fn push(&mut self, unit: &str, name: &str, ran: Ran) {
        self.entries.push(Entry {
            unit: unit.to_owned(),
            name: name.to_owned(),
            ran,
        });
    }
}

/// One hook, action or command that ran on a unit.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The unit.
    pub unit: String,
    /// Name of the hook or action; `juju-exec` for a command.
    pub name: String,
    /// What happened.
    pub ran: Ran,
}

/// What the calls of one hook tool cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Processes.
    pub calls: usize,
    /// Round trips to the agent: two where the tool reads its standard input.
    pub round_trips: usize,
    /// Bytes of arguments and standard input.
    pub sent: usize,
    /// Bytes printed.
    pub received: usize,
    /// Requests that the agent made to the controller.
    pub requests: usize,
}

impl Entry {
    /// The cost of every tool that was called, by its name.
    #[must_use]
    pub fn costs(&self) -> BTreeMap<String, Cost> {
        let mut costs: BTreeMap<String, Cost> = BTreeMap::new();
        for call in &self.ran.calls {
            costs
                .entry(call.argv.first().cloned().unwrap_or_default())
                .or_default()
                .add(call);
        }
        costs
    }

    /// The cost of all tools together.
    #[must_use]
    pub fn cost(&self) -> Cost {
        let mut cost = Cost::default();
        self.ran.calls.iter().for_each(|call| cost.add(call));
        cost
    }

    /// The calls of one tool.
    pub fn calls_of<'a>(&'a self, tool: &'a str) -> impl Iterator<Item = &'a Call> {
        self.ran
            .calls
            .iter()
            .filter(move |call| call.argv.first().is_some_and(|name| name == tool))
    }
}

impl Cost {
    fn add(&mut self, call: &Call) {
        self.calls += 1;
        self.round_trips += 1 + usize::from(call.stdin.is_some());
        self.sent += call.argv.iter().map(String::len).sum::<usize>()
            + call.stdin.as_ref().map_or(0, Vec::len);
        self.received += call.stdout.len() + call.stderr.len();
        self.requests += call.requests;
    }
}
