//! What the controller knows, and what each unit's agent remembers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;

use super::Parting;
use crate::{
    charm::Charm,
    context::{Role, Run, Settings, Status},
};

/// A charm of an application, counted so that a refresh to the same files is still a refresh.
#[derive(Clone, Debug)]
pub(super) struct Deployed {
    pub(super) charm: Arc<Charm>,
    pub(super) revision: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Application {
    /// `None` is a remote side that a test writes for.
    pub(super) charm: Option<Deployed>,
    /// Its units sit beside those of others.
    pub(super) subordinate: bool,
    /// Where it is, if that is another model.
    pub(super) elsewhere: Option<Elsewhere>,
    pub(super) options: BTreeMap<String, Value>,
    pub(super) trust: bool,
    pub(super) leader: Option<String>,
    pub(super) dying: bool,
    pub(super) version: String,
    pub(super) status: Option<Status>,
    pub(super) env: BTreeMap<String, String>,
}

/// Another model with one side of a relation.
#[derive(Clone, Debug)]
pub(super) struct Elsewhere {
    /// Its UUID.
    pub(super) model: String,
    /// The offer that is consumed from there; `None` if that model is the one that consumes.
    pub(super) offer: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    Dying,
    Dead,
}

#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) app: String,
    pub(super) machine: u32,
    pub(super) address: String,
    /// Where its files are, within the model's folder.
    pub(super) folder: String,
    pub(super) life: Life,
    /// Since when it has been dying.
    pub(super) leaving_since: Option<u64>,
    pub(super) status: Status,
    pub(super) state: Settings,
    pub(super) agent: Agent,
}

impl Unit {
    /// The hook that it stands in error with.
    pub(super) fn failed(&self) -> Option<&Failed> {
        let failed = self.agent.failed.as_ref();
        failed.filter(|_| self.life != Life::Dead)
    }
}

/// What a unit's agent knows and remembers between hooks.
#[derive(Clone, Debug, Default)]
pub(super) struct Agent {
    /// What lies in the charm's folder.
    pub(super) charm: Option<Deployed>,
    pub(super) installed: bool,
    pub(super) started: bool,
    pub(super) stopped: bool,
    pub(super) told_leader: Option<bool>,
    /// How many times `config-changed` is still to run.
    pub(super) config_due: u8,
    pub(super) update_status_due: bool,
    /// A hook that follows the last one before anything else.
    pub(super) queued: Option<Planned>,
    pub(super) failed: Option<Failed>,
    pub(super) charm_set_status: bool,
    pub(super) relations: BTreeMap<u32, Joined>,
    /// The controller's relations as its watchers last told.
    pub(super) view: BTreeMap<u32, Seen>,
    /// Databags of remote units as they were read last, by relation and unit. It is not looked again before that unit's
    /// own hook.
    pub(super) cache: BTreeMap<(u32, String), Settings>,
    /// Secrets that have new content since the unit read them.
    pub(super) secrets_changed: BTreeSet<String>,
    /// What is to happen in the middle of the next run.
    pub(super) change_of_leader: Option<ChangeOfLeader>,
    pub(super) interruption: Option<Interruption>,
}

/// The end of a run before its time.
#[derive(Clone, Debug)]
pub(super) struct Interruption {
    pub(super) after_calls: usize,
    /// The whole agent restarts.
    pub(super) restart: bool,
}

/// Leadership that goes over to another unit.
#[derive(Clone, Debug)]
pub(super) struct ChangeOfLeader {
    pub(super) after_calls: usize,
    pub(super) leader: String,
}

/// A hook that failed, and what may happen to it.
#[derive(Clone, Debug)]
pub(super) struct Failed {
    pub(super) hook: Planned,
    pub(super) message: String,
    /// When it failed first and last.
    pub(super) since: u64,
    pub(super) at: u64,
    /// How often it has failed.
    pub(super) tries: u32,
    /// The retry timer has fired.
    pub(super) retry: bool,
    /// `juju resolved --no-retry`
    pub(super) skip: bool,
}

/// A hook that is to run, and the version of the databag that it reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) run: Run,
    pub(super) version: u64,
}

impl Planned {
    pub(super) fn hook(name: &str) -> Self {
        Self {
            run: Run::Hook(name.into()),
            version: 0,
        }
    }
}

/// A relation that a unit's agent is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Joined {
    pub(super) created: bool,
    /// Remote units it has met, with the databag's version it has seen.
    pub(super) members: BTreeMap<String, u64>,
    pub(super) app_version: u64,
    /// A unit that has joined and whose `changed` is owed.
    pub(super) owed: Option<String>,
    /// The agent restarted since it entered, and does not know the other application's name any more.
    pub(super) nameless: bool,
    /// How it ends, if not as usual.
    pub(super) parting: Option<Parting>,
    /// It was removed by force, and this many `departed` run before the agent loses sight of it.
    pub(super) departures: u8,
    /// Units that have departed once and will so a second time.
    pub(super) again: BTreeSet<String>,
}

/// A relation in an agent's view of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// It is dying or suspended: whoever is in it leaves.
    pub(super) over: bool,
    pub(super) members: BTreeMap<String, u64>,
    pub(super) app_version: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Bag {
    pub(super) data: Settings,
    /// 0 until it is written for the first time.
    pub(super) version: u64,
}

impl Bag {
    /// Applies a commit; only real differences count as a new version.
    pub(super) fn apply(&mut self, changes: &BTreeMap<String, Option<String>>) {
        let before = self.data.clone();
        for (key, value) in changes {
            match value.as_deref() {
                None | Some("") => self.data.remove(key),
                Some(text) => self.data.insert(key.clone(), text.to_owned()),
            };
        }
        if self.data != before {
            self.version += 1;
        }
    }
}

/// One end of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    pub(super) app: String,
    pub(super) endpoint: String,
    pub(super) role: Role,
}

#[derive(Clone, Debug)]
pub(super) struct Relation {
    /// Two, or one of a peer relation.
    pub(super) sides: Vec<Side>,
    pub(super) dying: bool,
    /// It was removed by force.
    pub(super) removed: bool,
    pub(super) suspended: bool,
    /// Where the other side is, if that is another model.
    pub(super) elsewhere: Option<Elsewhere>,
    /// Units that have entered and not left.
    pub(super) scope: BTreeSet<String>,
    /// Units that were removed by force: whoever has heard of them does not hear that they went.
    pub(super) ghosts: BTreeSet<String>,
    /// By unit or application; those of departed units stay.
    pub(super) bags: BTreeMap<String, Bag>,
}

impl Relation {
    pub(super) fn side_of(&self, app: &str) -> Option<&Side> {
        self.sides.iter().find(|side| side.app == app)
    }

    /// The other side; of a peer relation, the same.
    pub(super) fn remote_of(&self, app: &str) -> Option<&Side> {
        self.side_of(app)?;
        self.sides
            .iter()
            .find(|side| side.app != app)
            .or_else(|| self.sides.first())
    }

    pub(super) fn bag_mut(&mut self, entity: &str) -> &mut Bag {
        self.bags.entry(entity.to_owned()).or_default()
    }

    pub(super) fn joins(&self, one: &str, other: &str) -> bool {
        self.side_of(one).is_some() && self.side_of(other).is_some()
    }

    /// Whether it joins the same endpoints: that is all by which an agent and the controller of it speak to each other.
    pub(super) fn is_between(&self, sides: &[Side]) -> bool {
        self.sides.len() == sides.len() && sides.iter().all(|side| self.sides.contains(side))
    }

    /// Nobody has removed it.
    pub(super) fn lives(&self) -> bool {
        !self.dying && !self.removed
    }

    /// Nobody may enter, and whoever is there leaves.
    pub(super) fn is_over(&self) -> bool {
        self.dying || self.suspended || self.removed
    }

    /// The controller has forgotten it, although an agent may not have.
    pub(super) fn is_gone(&self) -> bool {
        self.removed || self.dying && self.scope.is_empty()
    }

    pub(super) fn is_peer(&self) -> bool {
        self.sides.len() == 1
    }
}

/// `app/3` belongs to `app`.
pub(super) fn app_of(unit: &str) -> &str {
    unit.split('/').next().unwrap_or_default()
}
