//! A Juju model: what an operator does to it, the hooks that follow from it, and what they left behind.
//!
//! An operator's call changes what the controller knows and returns; nothing runs until [`Model::settle`] (or [`Model::step`]).
//! Hooks run one after another, unless [`Model::step_together`] runs those of several units at once. An agent learns of other units' doings when nobody has anything left to do, as on a real
//! controller, whose watchers are slower than its hooks: so a hook runs on an older idea of *who is there*, while what it *reads* is current.
//! Only the databag of a member that an earlier hook has read is as it was then, until the member's own hook.

mod action;
mod begin;
mod clock;
mod commit;
mod copy;
mod cross_model;
mod interrupt;
mod journal;
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

use fastrand::Rng;
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
pub use look::LogLine;
pub use operate::Deploy;
pub use params::Params;

use secrets::UserSecret;
use state::{Application, Relation, Unit};

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
    /// The runs in progress.
    process: Process,
}

/// Everything of a model that is not on disk.
#[derive(Clone, Debug)]
struct Inner {
    version: Version,
    name: String,
    uuid: String,
    lab: Lab,
    random: Rng,
    cloud: Value,
    apps: BTreeMap<String, Application>,
    units: BTreeMap<String, Unit>,
    relations: BTreeMap<u32, Relation>,
    /// The operator's secrets by id.
    secrets: BTreeMap<String, UserSecret>,
    /// The numbers of the next units, by application; 4.0 counts on where an application of that name was before.
    next_unit: BTreeMap<String, u32>,
    next_relation: u32,
    next_machine: u32,
    /// Units of remote sides have addresses, but no machines.
    next_address: u32,
    next_task: u32,
    /// Seconds since the model was made, as the test moves them.
    clock: u64,
    patience: Patience,
    config_changed_twice: bool,
    retry_hooks: bool,
    elections: bool,
    /// Per unit, the relations that go first, instead of chance.
    relation_order: BTreeMap<String, Vec<u32>>,
    /// The unit that ran last; the next one in order has its turn.
    turn: String,
    journal: Vec<Entry>,
    /// Where every databag that a hook commits is recorded.
    databags: Option<PathBuf>,
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
        let mut random = Rng::with_seed(seed);
        let uuid = uuid(&mut random);
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
            secrets: BTreeMap::new(),
            next_unit: BTreeMap::new(),
            next_relation: 0,
            next_machine: 0,
            next_address: 0,
            // Operations and tasks share one sequence, which began at 1 before 4.0.
            next_task: u32::from(version < Version::V4_0),
            clock: 0,
            patience: Patience::default(),
            config_changed_twice: false,
            retry_hooks: true,
            elections: true,
            relation_order: BTreeMap::new(),
            turn: String::new(),
            journal: Vec::new(),
            databags: None,
        };
        // A short name: a unix socket's path may have 107 bytes.
        Ok(Self {
            dir: tempfile::Builder::new().prefix("j").tempdir()?,
            inner,
            process: Process::default(),
        })
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
}

fn uuid(random: &mut Rng) -> String {
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        random.u32(..),
        random.u16(..),
        random.u16(..0x1000),
        random.u16(..0x1000),
        random.u64(..1 << 48)
    )
}
