//! What one hook or action can see, taken when it starts, and what it leaves behind.
//!
//! A [`Context`] is plain data: the model makes one for each hook, a recorded scenario makes one for each case.
//! The hook tools read it, stage into it, and what came of the run is one [`Effects`].
//! Within a hook nothing that is read changes, so a snapshot is as good as Juju's caches.

mod secret;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use secret::{Consumed, Grant, Secret, SecretOwner};

/// A databag, the charm's state, or an option map: keys and texts in order.
pub type Settings = BTreeMap<String, String>;

/// The Juju whose behaviour is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 2.9.52
    V2_9,
    /// 3.6.28
    V3_6,
    /// 4.0.15
    V4_0,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// A hook without a relation, by its full name.
    Hook(String),
    /// One of the five relation hooks.
    RelationHook {
        /// `created`, `joined`, `changed`, `departed` or `broken`.
        kind: String,
        /// The number of the relation.
        relation: u32,
        /// Empty in created, broken and for an application databag.
        remote_unit: String,
        /// Empty in broken after the agent restarted.
        remote_app: String,
        /// Only in departed.
        departing: Option<String>,
    },
    /// `secret-changed`: a secret that the unit reads has new content.
    SecretChanged {
        /// The secret's URI.
        uri: String,
        /// The unit's name for it, or empty.
        label: String,
    },
    /// An action.
    Action {
        /// Its name.
        name: String,
        /// The id that Juju gives the task.
        id: String,
        /// Parameters with the schema's defaults merged in.
        params: Value,
    },
    /// `juju exec` (optionally in a relation's context, which is given by `-r` there and is not modelled).
    Exec,
}

/// Which side of a relation the unit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `provides`
    Provider,
    /// `requires`
    Requirer,
    /// `peers`
    Peer,
}

/// What an agent of 4.0 says of the application databags of a relation that the controller knows no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `permission denied (unauthorized access)`
    Unauthorized,
    /// `getting regular relation by key: relation not found`
    NotFound,
    /// The leader hears the one of its own application's databag, and everybody the other of all else but the own
    /// unit's.
    ByReader,
}

/// One relation as the unit's agent knows it.
#[derive(Clone, Debug)]
pub struct RelationView {
    /// The number in `api:7`.
    pub id: u32,
    /// The number of the relation that the controller takes it for: of a newer one between the same endpoints, where
    /// this one was removed without a word to the agent.
    pub stands_for: u32,
    /// This side's endpoint.
    pub endpoint: String,
    /// The other side's endpoint.
    pub remote_endpoint: String,
    /// This side's role.
    pub role: Role,
    /// The other application.
    pub remote_app: String,
    /// The model of the other side, a UUID.
    pub remote_model: String,
    /// Remote units in scope, as `relation-list` shows them now.
    pub members: BTreeSet<String>,
    /// The relation is dying, as far as the agent knows.
    pub dying: bool,
    /// The relation is suspended.
    pub suspended: bool,
    /// The controller knows it no more, but the agent still lists it.
    pub refused: Option<Refusal>,
    /// Databags by unit or application name; a bag of a unit that is no member belongs to one that left.
    pub data: BTreeMap<String, Settings>,
    /// What the agent read of members' databags in earlier hooks. It answers from these, whatever the controller has by
    /// now.
    pub cached: BTreeMap<String, Settings>,
}

/// A status as `status-get` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// `active`, `blocked`, ….
    pub status: String,
    /// May be empty.
    pub message: String,
    /// Usually `{}`.
    pub data: Value,
}

/// Leadership that changes hands while a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadershipChange {
    /// After how many calls of hook tools.
    pub after_calls: usize,
    /// Whether the unit leads from then on.
    pub leader: bool,
}

/// The unit's addresses, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// `unit-get private-address`
    pub private: Option<String>,
    /// `unit-get public-address`
    pub public: Option<String>,
}

/// Everything that a hook can ask.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whose behaviour.
    pub version: Version,
    /// What runs.
    pub run: Run,
    /// `app/0`
    pub unit: String,
    /// What the agent believes.
    pub leader: bool,
    /// What the controller knows, when that is something else.
    pub leader_at_controller: Option<bool>,
    /// A change of leadership in the middle of the run.
    pub leadership_change: Option<LeadershipChange>,
    /// The model's name.
    pub model_name: String,
    /// The model's UUID.
    pub model_uuid: String,
    /// The machine, `0`.
    pub machine: String,
    /// All options with their values, `Null` where unset without default.
    pub config: BTreeMap<String, Value>,
    /// The charm's state.
    pub state: Settings,
    /// `juju trust`.
    pub trust: bool,
    /// The cloud spec in JSON spelling, as `credential-get --format=json` prints it.
    pub cloud: Value,
    /// The unit's status when the hook began.
    pub unit_status: Status,
    /// The application's.
    pub application_status: Status,
    /// The status of every unit of the application (for `status-get --application`).
    pub units_status: BTreeMap<String, Status>,
    /// All relations of the unit.
    pub relations: Vec<RelationView>,
    /// As the controller returns it: `{"units": {…}, "relations": {…}}`, times in RFC 3339.
    pub goal_state: Value,
    /// By binding, as the controller returns it.
    pub network: BTreeMap<String, Value>,
    /// `unit-get`
    pub addresses: Addresses,
    /// By id, all that the controller has.
    pub secrets: BTreeMap<String, Secret>,
    /// Applications that exist without being related.
    pub other_apps: BTreeSet<String>,
    /// `Some(text)`: the commit of a successful hook fails with this.
    pub commit_error: Option<String>,
}

impl Context {
    /// The relation with this number.
    #[must_use]
    pub fn relation(&self, id: u32) -> Option<&RelationView> {
        self.relations.iter().find(|r| r.id == id)
    }

    /// The unit's application.
    #[must_use]
    pub fn application(&self) -> &str {
        self.unit.split('/').next().unwrap_or_default()
    }
}

/// What a run writes when it is committed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// As in [`Effects`].
    pub relations: BTreeMap<u32, BTreeMap<String, BTreeMap<String, Option<String>>>>,
    /// As in [`Effects`].
    pub state: Option<Settings>,
}

/// How an action ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActionEnd {
    /// `completed` or `failed`.
    pub status: String,
    /// Of `action-fail`, or Juju's own.
    pub message: String,
    /// What `action-set` and the runner gave.
    pub results: Value,
}

/// What a run leaves behind: what took effect at once, and what is committed because it ended well.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// At commit: relation → unit or application → key → new text, or `None` for a deleted key.
    pub relations: BTreeMap<u32, BTreeMap<String, BTreeMap<String, Option<String>>>>,
    /// At commit: the whole new charm state, if anything was set or deleted.
    pub state: Option<Settings>,
    /// At once, in order.
    pub unit_status: Vec<Status>,
    /// At once, in order.
    pub application_status: Vec<Status>,
    /// At once.
    pub application_version: Option<String>,
    /// At once.
    pub action_log: Vec<String>,
    /// At once, by id: secrets that were read for the first time, refreshed or named.
    pub secrets: BTreeMap<String, Consumed>,
    /// Databags of remote units that were read, by relation: the agent keeps what it read of members.
    pub read: BTreeSet<(u32, String)>,
    /// How the action or the command of `juju exec` ended, if it was one.
    pub action: Option<ActionEnd>,
    /// Level, logger, text.
    pub log: Vec<(String, String, String)>,
    /// Why the hook failed, in the words of the runner.
    pub hook_error: Option<String>,
    /// What was to be committed when the commit failed; none of it counts.
    pub in_vain: Option<Commit>,
    /// The run ended by SIGTERM or SIGKILL: it is queued again and has not failed.
    pub requeue: bool,
    /// Neither dispatch nor the hook exists: it counts as done.
    pub skipped: bool,
}
