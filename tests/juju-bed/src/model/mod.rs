//! A Juju model: what an operator does to it, the hooks that follow from it, and what they left behind.
//!
//! An operator's call changes what the controller knows and returns; nothing runs until [`Model::settle`] (or
//! [`Model::step`]). Hooks run one after another, unless [`Model::step_together`] runs those of several units at once.
//! An agent learns of other units' doings when nobody has anything left to do, as on a real controller, whose watchers
//! are slower than its hooks: so a hook runs on an older idea of *who is there*, while what it *reads* is current. Only
//! the databag of a member that an earlier hook has read is as it was then, until the member's own hook.

mod action;
mod begin;
mod chance;
mod clock;
mod commit;
mod copy;
mod cross_model;
mod interrupt;
mod journal;
mod lab;
mod look;
mod operate;
mod params;
mod perform;
mod plan;
mod record;
mod refresh;
mod relate;
mod relation_hooks;
mod remote;
mod remove;
mod secrets;
mod settings;
mod snapshot;
mod state;
mod together;
mod views;

use std::{collections::BTreeMap, io, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    agent::{Place, Process},
    charm::Refused,
    context::Version,
};

pub use action::ActionResult;
pub use clock::Patience;
pub use cross_model::{Broken, Parting};
pub use journal::{Cost, Entry};
pub use lab::Lab;
pub use look::LogLine;
pub use operate::Deploy;
pub use params::Params;

use chance::Chance;
use clock::Clock;
use journal::Journal;
use secrets::Secrets;
use state::{Agent, Application, Relation, Unit};

/// Why an operator's call did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Juju refuses it, in its words.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The bed could not do it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Error {
    fn refused(text: impl Into<String>) -> Self {
        Self::Refused(Refused::because(text))
    }
}

/// A simulated model. Its units' folders go when it goes.
#[derive(Debug)]
pub struct Model {
    dir: TempDir,
    controller: Controller,
    chance: Chance,
    clock: Clock,
    lab: Lab,
    journal: Journal,
    /// The runs in progress.
    process: Process,
}

/// What the controller knows, with what it knows of the units' agents, and what the test has set of its ways.
#[derive(Clone, Debug)]
struct Controller {
    version: Version,
    /// The model's name and UUID.
    name: String,
    uuid: String,
    /// The cloud spec with its credential.
    cloud: Value,
    apps: BTreeMap<String, Application>,
    units: BTreeMap<String, Unit>,
    relations: BTreeMap<u32, Relation>,
    secrets: Secrets,
    next: Numbers,
    config_changed_twice: bool,
    elections: bool,
}

/// The numbers of what comes next.
#[derive(Clone, Debug, Default)]
struct Numbers {
    /// By application; 4.0 counts on where an application of that name was before.
    unit: BTreeMap<String, u32>,
    relation: u32,
    machine: u32,
    /// Units of remote sides have addresses, but no machines.
    address: u32,
    /// Of operations as well, in one sequence.
    task: u32,
}

impl Model {
    /// An empty model of this Juju version.
    ///
    /// # Errors
    /// If there is no place for its files.
    pub fn new(version: Version) -> Result<Self, Error> {
        Self::with_seed(version, 1)
    }

    /// The same with another seed for what Juju leaves to chance.
    ///
    /// # Errors
    /// If there is no place for its files.
    pub fn with_seed(version: Version, seed: u64) -> Result<Self, Error> {
        let mut chance = Chance::with_seed(seed);
        // A short name: a unix socket's path may have 107 bytes.
        Ok(Self {
            dir: tempfile::Builder::new().prefix("j").tempdir()?,
            controller: Controller::new(version, chance.uuid()),
            chance,
            clock: Clock::default(),
            lab: Lab::default(),
            journal: Journal::default(),
            process: Process::default(),
        })
    }

    fn folder(&self, unit: &str) -> PathBuf {
        self.dir.path().join(&self.controller.units[unit].folder)
    }

    fn place(&self, unit: &str) -> Place {
        let lab = &self.lab;
        let app = &self.controller.apps[&self.controller.units[unit].app];
        Place {
            base: self.folder(unit),
            path: lab.path.clone(),
            api_addresses: lab.api_addresses.clone(),
            availability_zone: lab.availability_zone.clone(),
            no_proxy: lab.no_proxy.clone(),
            extra_env: app.env.clone().into_iter().collect(),
        }
    }
}

impl Controller {
    fn new(version: Version, uuid: String) -> Self {
        Self {
            version,
            name: "test".into(),
            uuid,
            cloud: Value::Null,
            apps: BTreeMap::new(),
            units: BTreeMap::new(),
            relations: BTreeMap::new(),
            secrets: Secrets::default(),
            next: Numbers {
                // The sequence began at 1 before 4.0.
                task: u32::from(version < Version::V4_0),
                ..Numbers::default()
            },
            config_changed_twice: false,
            elections: true,
        }
    }

    fn unit(&self, name: &str) -> Result<&Unit, Error> {
        let unit = self.units.get(name);
        unit.ok_or_else(|| Error::refused(format!("unit {name:?} not found")))
    }

    fn agent_mut(&mut self, unit: &str) -> Result<&mut Agent, Error> {
        let known = self.units.get_mut(unit);
        known
            .map(|known| &mut known.agent)
            .ok_or_else(|| Error::refused(format!("unit {unit:?} not found")))
    }

    fn app(&self, name: &str) -> Result<&Application, Error> {
        let app = self.apps.get(name);
        app.ok_or_else(|| Error::refused(format!("application {name:?} not found")))
    }

    fn app_mut(&mut self, name: &str) -> Result<&mut Application, Error> {
        let app = self.apps.get_mut(name);
        app.ok_or_else(|| Error::refused(format!("application {name:?} not found")))
    }

    /// Whether a test plays the application's part.
    fn is_remote(&self, app: &str) -> bool {
        self.apps.get(app).is_some_and(|app| app.charm.is_none())
    }

    fn unit_names(&self, app: &str) -> Vec<String> {
        let units = self.units.iter().filter(|(_, unit)| unit.app == app);
        units.map(|(name, _)| name.clone()).collect()
    }

    fn relations_of(&self, app: &str) -> Vec<u32> {
        let relations = self.relations.iter();
        let related = relations.filter(|(_, relation)| relation.side_of(app).is_some());
        related.map(|(id, _)| *id).collect()
    }
}

/// This number; the next one counts on.
fn take(number: &mut u32) -> u32 {
    std::mem::replace(number, *number + 1)
}
