//! What a test can look at.

use std::path::PathBuf;

use super::{Entry, Model, state::Life};
use crate::context::{Settings, Status, Version};

/// A line of `juju debug-log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// `INFO`, `WARNING`, ….
    pub level: String,
    /// The text.
    pub text: String,
}

impl Model {
    /// Whose behaviour it has.
    #[must_use]
    pub fn version(&self) -> Version {
        self.controller.version
    }

    /// The model's UUID.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.controller.uuid
    }

    /// Every hook, action and command that ran, in order.
    #[must_use]
    pub fn journal(&self) -> &[Entry] {
        &self.journal.entries
    }

    /// What ran on one unit.
    pub fn ran_on<'a>(&'a self, unit: &'a str) -> impl Iterator<Item = &'a Entry> {
        let entries = self.journal.entries.iter();
        entries.filter(move |entry| entry.unit == unit)
    }

    /// The names of what ran on one unit, in order.
    #[must_use]
    pub fn hooks(&self, unit: &str) -> Vec<String> {
        self.ran_on(unit).map(|entry| entry.name.clone()).collect()
    }

    /// The applications.
    #[must_use]
    pub fn applications(&self) -> Vec<String> {
        self.controller.apps.keys().cloned().collect()
    }

    /// The units of an application that are not gone.
    #[must_use]
    pub fn units(&self, app: &str) -> Vec<String> {
        let mut names = self.controller.unit_names(app);
        names.retain(|name| self.controller.units[name].life != Life::Dead);
        names
    }

    /// The leader of an application.
    #[must_use]
    pub fn leader(&self, app: &str) -> Option<&str> {
        self.controller.apps.get(app)?.leader.as_deref()
    }

    /// A unit's workload status; `error` with Juju's message if a hook failed.
    #[must_use]
    pub fn status(&self, unit: &str) -> Option<Status> {
        let unit = self.controller.units.get(unit)?;
        let failed = unit.agent.failed.as_ref();
        Some(failed.map_or_else(
            || unit.status.clone(),
            |failed| super::commit::status("error", &failed.message),
        ))
    }

    /// What the unit's charm set last, also while a hook of it is failing.
    #[must_use]
    pub fn workload_status(&self, unit: &str) -> Option<Status> {
        self.controller
            .units
            .get(unit)
            .map(|unit| unit.status.clone())
    }

    /// An application's status: what its leader set, else the most pressing of its units'.
    #[must_use]
    pub fn application_status(&self, app: &str) -> Status {
        self.controller.app_status(app)
    }

    /// What `application-version-set` said last.
    #[must_use]
    pub fn application_version(&self, app: &str) -> Option<&str> {
        self.controller
            .apps
            .get(app)
            .map(|app| app.version.as_str())
    }

    /// A unit's charm state.
    #[must_use]
    pub fn state(&self, unit: &str) -> Option<&Settings> {
        self.controller.units.get(unit).map(|unit| &unit.state)
    }

    /// The databag of a unit or an application; also of a unit that left.
    #[must_use]
    pub fn databag(&self, relation: u32, entity: &str) -> Option<&Settings> {
        let relation = self.controller.relations.get(&relation)?;
        relation.bags.get(entity).map(|bag| &bag.data)
    }

    /// What `goal-state` answers to a unit of an application now.
    #[must_use]
    pub fn goal_state(&self, app: &str) -> serde_json::Value {
        self.controller.goal_state(app)
    }

    /// The numbers of the relations between two applications, dying ones included.
    #[must_use]
    pub fn relations(&self, one: &str, other: &str) -> Vec<u32> {
        let mut relations = self.all_relations();
        relations.retain(|id| self.controller.relations[id].joins(one, other));
        relations
    }

    /// The numbers of all relations.
    #[must_use]
    pub fn all_relations(&self) -> Vec<u32> {
        let relations = self.controller.relations.iter();
        relations
            .filter(|(_, relation)| !relation.is_gone())
            .map(|(id, _)| *id)
            .collect()
    }

    /// The units that have entered a relation and not left it.
    #[must_use]
    pub fn in_scope(&self, relation: u32) -> Vec<String> {
        let relation = self.controller.relations.get(&relation);
        relation
            .map(|relation| relation.scope.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// The entities that have a databag in a relation.
    #[must_use]
    pub fn databag_owners(&self, relation: u32) -> Vec<String> {
        let relation = self.controller.relations.get(&relation);
        relation
            .map(|relation| relation.bags.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// All that a unit logged.
    #[must_use]
    pub fn log(&self, unit: &str) -> Vec<LogLine> {
        let lines = self.ran_on(unit).flat_map(|entry| &entry.ran.effects.log);
        lines
            .map(|(level, _, text)| LogLine {
                level: level.clone(),
                text: text.clone(),
            })
            .collect()
    }

    /// The address of a unit's machine.
    #[must_use]
    pub fn address(&self, unit: &str) -> Option<&str> {
        self.controller
            .units
            .get(unit)
            .map(|unit| unit.address.as_str())
    }

    /// The agent's folder of a unit; the charm's files are in `charm` there.
    #[must_use]
    pub fn agent_folder(&self, unit: &str) -> Option<PathBuf> {
        self.controller
            .units
            .contains_key(unit)
            .then(|| self.folder(unit))
    }
}
