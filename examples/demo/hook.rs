//! One hook that ran, as the model and LXD saw it.

use std::collections::BTreeMap;

use juju_bed::{agent::End, model::Entry};
use lxd_bed::Request;

/// What one hook did.
#[derive(Debug)]
pub(crate) struct Hook {
    /// From the model's journal.
    pub(crate) entry: Entry,
    /// What LXD was asked meanwhile; `None` where LXD keeps no list.
    pub(crate) requests: Option<Vec<Request>>,
}

impl Hook {
    /// Its name and whom it is about: `api-relation-changed (my-charm/0)`.
    pub(crate) fn title(&self) -> String {
        let about = ["JUJU_DEPARTING_UNIT", "JUJU_REMOTE_UNIT", "JUJU_REMOTE_APP"]
            .into_iter()
            .filter_map(|name| self.variable(name))
            .find(|text| !text.is_empty());
        match about {
            Some(about) => format!("{} ({about})", self.entry.name),
            None => self.entry.name.clone(),
        }
    }

    /// A variable of its environment.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut variables = self.entry.ran.env.iter();
        variables
            .find(|(key, _)| key == name)
            .map(|(_, text)| text.as_str())
    }

    /// Wall time in milliseconds.
    pub(crate) fn milliseconds(&self) -> f64 {
        self.entry.ran.wall.as_secs_f64() * 1e3
    }

    /// Peak memory in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        self.entry.ran.peak_kib as f64 / 1024.0
    }

    pub(crate) fn ended_well(&self) -> bool {
        self.entry.ran.end == End::Exit(0) && self.entry.ran.effects.hook_error.is_none()
    }

    /// Why it failed, in Juju's words if there are any.
    pub(crate) fn failure(&self) -> String {
        let ran = &self.entry.ran;
        let words = ran.effects.hook_error.clone();
        words.unwrap_or_else(|| format!("{:?}", ran.end))
    }

    /// How many tools it called, but for what it logged.
    pub(crate) fn calls_without_log(&self) -> usize {
        self.entry.ran.calls.len() - self.entry.calls_of("juju-log").count()
    }

    /// The tools it called, each once: `relation-get ×2`.
    pub(crate) fn tools(&self) -> Vec<String> {
        let mut order: Vec<&str> = Vec::new();
        let mut calls: BTreeMap<&str, usize> = BTreeMap::new();
        for tool in self
            .entry
            .ran
            .calls
            .iter()
            .filter_map(|call| call.argv.first())
        {
            *calls.entry(tool).or_default() += 1;
            if !order.contains(&tool.as_str()) {
                order.push(tool);
            }
        }
        order
            .into_iter()
            .map(|tool| match calls[tool] {
                1 => tool.to_owned(),
                many => format!("{tool} ×{many}"),
            })
            .collect()
    }
}
