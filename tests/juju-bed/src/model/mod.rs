//! A Juju model: what an operator does to it, the hooks that follow from it, and what they left behind.
//!
//! An operator's call changes what the controller knows and returns; nothing runs until [`Model::settle`] (or [`Model::step`]).
//! Hooks run one after another. An agent learns of other units' doings when nobody has anything left to do, as on a real
//! controller, whose watchers are slower than its hooks: so a hook runs on an older idea of *who is there*, while what it *reads* is current.

mod action;
mod commit;
mod copy;
mod journal;
mod look;
mod operate;
mod plan;
mod random;
mod relate;
mod relation_hooks;
mod remove;
mod snapshot;
mod state;

use std::{collections::BTreeMap, io, path::PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    agent::{self, Place},
    charm::Refused,
    context::{Run, Version},
};

pub use action::ActionResult;
pub use journal::{Cost, Entry};
pub use look::LogLine;
pub use operate::Deploy;

use random::Random;
use state::{Application, Failed, Life, Planned, Relation, Unit};

/// More hooks than any sane charm runs before it is quiet.
const ENOUGH: usize = 20_000;

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

/// What differs from one lab to another.
#[derive(Clone, Debug)]
pub struct Lab {
    /// What follows the tools on `PATH`.
    pub path: String,
    /// `JUJU_API_ADDRESSES`
    pub api_addresses: String,
    /// `JUJU_AVAILABILITY_ZONE`
    pub availability_zone: String,
    /// `JUJU_CHARM_NO_PROXY`
    pub no_proxy: String,
    /// The first three numbers of every machine's address.
    pub network: String,
    /// The network that `network-get` names.
    pub cidr: String,
    /// The machines' interface.
    pub interface: String,
    /// Its hardware address.
    pub mac: String,
}

impl Default for Lab {
    fn default() -> Self {
        Self {
            path: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into(),
            api_addresses: "10.99.0.2:17070".into(),
            availability_zone: String::new(),
            no_proxy: "127.0.0.1,localhost,::1".into(),
            network: "10.99.0".into(),
            cidr: "10.99.0.0/24".into(),
            interface: "eth0".into(),
            mac: "00:16:3e:00:00:01".into(),
        }
    }
}

/// A simulated model. Its units' folders go when it goes.
#[derive(Debug)]
pub struct Model {
    dir: TempDir,
    inner: Inner,
}

/// Everything of a model that is not on disk.
#[derive(Clone, Debug)]
struct Inner {
    version: Version,
    name: String,
    uuid: String,
    lab: Lab,
    random: Random,
    cloud: Value,
    apps: BTreeMap<String, Application>,
    units: BTreeMap<String, Unit>,
    relations: BTreeMap<u32, Relation>,
    next_relation: u32,
    next_machine: u32,
    next_task: u32,
    config_changed_twice: bool,
    retry_hooks: bool,
    elections: bool,
    /// Per unit, the relations that go first, instead of chance.
    relation_order: BTreeMap<String, Vec<u32>>,
    /// The unit that ran last; the next one in order has its turn.
    turn: String,
    journal: Vec<Entry>,
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
        let mut random = Random::new(seed);
        let uuid = format!(
            "{:08x}-0000-4000-8000-{:012x}",
            random.next() >> 32,
            random.next() >> 16
        );
        let inner = Inner {
            version,
            name: "test".into(),
            uuid,
            lab: Lab::default(),
            random,
            cloud: Value::Null,
            apps: BTreeMap::new(),
            units: BTreeMap::new(),
            relations: BTreeMap::new(),
            next_relation: 0,
            next_machine: 0,
            // Operations and tasks share one sequence, which began at 1 before 4.0.
            next_task: u32::from(version < Version::V4_0),
            config_changed_twice: false,
            retry_hooks: true,
            elections: true,
            relation_order: BTreeMap::new(),
            turn: String::new(),
            journal: Vec::new(),
        };
        // A short name: a unix socket's path may have 107 bytes.
        Ok(Self {
            dir: tempfile::Builder::new().prefix("j").tempdir()?,
            inner,
        })
    }

    /// Runs hooks until no unit has anything left to do. A hook that failed before is tried again first, once.
    ///
    /// # Errors
    /// If the bed cannot run hooks, or they do not come to an end.
    pub fn settle(&mut self) -> Result<(), Error> {
        self.wake();
        for _ in 0..ENOUGH {
            if !self.step()? {
                return Ok(());
            }
        }
        Err(io::Error::other("the model does not settle").into())
    }

    /// Time passes: every agent hears the news, and hooks that failed may be tried again.
    pub fn wake(&mut self) {
        self.inner.let_retry();
        self.inner.refresh_views();
    }

    /// Runs one hook of whichever unit's turn it is; `false` if there is none to run.
    ///
    /// # Errors
    /// If the bed cannot run it.
    pub fn step(&mut self) -> Result<bool, Error> {
        loop {
            if let Some((unit, hook)) = self.inner.next_turn() {
                self.perform(&unit, &hook)?;
                return Ok(true);
            }
            if !self.inner.refresh_views() && !self.bury()? {
                return Ok(false);
            }
        }
    }

    /// One unit's agent hears all the news.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn hear(&mut self, unit: &str) -> Result<(), Error> {
        self.inner.unit(unit)?;
        self.inner.refresh_view(unit);
        Ok(())
    }

    /// One unit's agent hears of one unit or application in a relation; with an empty name, of the relation itself: that it
    /// exists (and who is there), or that it ends. What it hears of a databag may be some versions behind.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn tell(
        &mut self,
        unit: &str,
        relation: u32,
        entity: &str,
        behind: u64,
    ) -> Result<(), Error> {
        self.inner.unit(unit)?;
        self.inner.tell(unit, relation, entity, behind);
        Ok(())
    }

    /// What one unit's agent would run next, going by what it has heard.
    pub fn next_hook(&mut self, unit: &str) -> Option<Run> {
        self.inner.plan(unit).map(|hook| hook.run)
    }

    /// Runs what [`Model::next_hook`] names; `false` if there is nothing.
    ///
    /// # Errors
    /// If the bed cannot run the hook.
    pub fn step_unit(&mut self, unit: &str) -> Result<bool, Error> {
        let Some(hook) = self.inner.plan(unit) else {
            return Ok(false);
        };
        self.perform(unit, &hook)?;
        Ok(true)
    }

    /// Runs a planned hook and takes in what came of it.
    fn perform(&mut self, unit: &str, hook: &Planned) -> Result<(), Error> {
        self.inner.turn = unit.to_owned();
        if self.inner.skip_resolved(unit) {
            return Ok(());
        }
        self.lay_out(unit, hook)?;
        self.inner.before_hook(unit, hook);
        let context = self.inner.context(unit, hook.run.clone());
        let mut ran = agent::run(&self.place(unit), &context)?;
        // A broken relation is forgotten below, and its endpoint with it.
        let name = self.inner.run_name(unit, &hook.run);
        self.inner.take_in(unit, &mut ran.effects);
        if ran.effects.requeue {
            self.inner.requeue(unit, hook);
        } else if ran.effects.hook_error.is_some() {
            self.inner.fail(unit, hook, format!("hook failed: {name:?}"));
        } else {
            self.inner.after_hook(unit, hook);
        }
        if !ran.effects.skipped {
            self.inner.journal.push(Entry {
                unit: unit.to_owned(),
                name,
                ran,
            });
        }
        Ok(())
    }

    /// Puts the charm's files where the unit runs them, when it is installed or upgraded; a retry finds them there.
    fn lay_out(&mut self, unit: &str, hook: &Planned) -> Result<(), Error> {
        let fresh = [Planned::hook("install"), Planned::hook("upgrade-charm")].contains(hook);
        if fresh && self.inner.units[unit].agent.failed.is_none() {
            self.replace_charm(unit)
        } else {
            Ok(())
        }
    }

    fn replace_charm(&mut self, unit: &str) -> Result<(), Error> {
        let folder = self.folder(unit).join("charm");
        let Some(deployed) = self.inner.apps[&self.inner.units[unit].app].charm.clone() else {
            return Ok(());
        };
        match &self.inner.units[unit].agent.charm {
            Some(old) if old.revision == deployed.revision => return Ok(()),
            Some(old) => deployed
                .charm
                .expand_over(&old.charm, &folder, deployed.revision)?,
            None => deployed.charm.expand(&folder, deployed.revision)?,
        }
        if let Some(unit) = self.inner.units.get_mut(unit) {
            unit.agent.charm = Some(deployed);
        }
        Ok(())
    }

    /// Removes what is gone for good: dead units with their folders, relations that everybody left, applications without units.
    fn bury(&mut self) -> Result<bool, Error> {
        let dead: Vec<String> = self
            .inner
            .units
            .iter()
            .filter(|(_, unit)| unit.life == Life::Dead)
            .map(|(name, _)| name.clone())
            .collect();
        for name in &dead {
            let folder = self.folder(name);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
        }
        let buried = self.inner.forget(&dead);
        Ok(self.inner.elect() || buried)
    }

    fn folder(&self, unit: &str) -> PathBuf {
        self.dir.path().join(&self.inner.units[unit].folder)
    }

    fn place(&self, unit: &str) -> Place {
        let lab = &self.inner.lab;
        let app = &self.inner.apps[&self.inner.units[unit].app];
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

impl Inner {
    fn unit(&self, name: &str) -> Result<&Unit, Error> {
        self.units
            .get(name)
            .ok_or_else(|| Error::refused(format!("unit {name:?} not found")))
    }

    fn app(&self, name: &str) -> Result<&Application, Error> {
        self.apps
            .get(name)
            .ok_or_else(|| Error::refused(format!("application {name:?} not found")))
    }

    fn app_mut(&mut self, name: &str) -> Result<&mut Application, Error> {
        self.apps
            .get_mut(name)
            .ok_or_else(|| Error::refused(format!("application {name:?} not found")))
    }

    fn unit_names(&self, app: &str) -> Vec<String> {
        self.units
            .iter()
            .filter(|(_, unit)| unit.app == app)
            .map(|(name, _)| name.clone())
            .collect()
    }

    fn requeue(&mut self, unit: &str, hook: &Planned) {
        if let Some(unit) = self.units.get_mut(unit) {
            unit.agent.failed = None;
            unit.agent.queued = Some(hook.clone());
        }
    }

    fn fail(&mut self, unit: &str, hook: &Planned, message: String) {
        if let Some(unit) = self.units.get_mut(unit) {
            unit.agent.queued = None;
            unit.agent.failed = Some(Failed {
                hook: hook.clone(),
                message,
                retry: false,
                skip: false,
            });
        }
    }

    /// Time has passed: the retry timers have fired.
    fn let_retry(&mut self) {
        let automatic = self.retry_hooks;
        for failed in self
            .units
            .values_mut()
            .filter_map(|unit| unit.agent.failed.as_mut())
        {
            failed.retry |= automatic;
        }
    }
}
