//! What happens to a unit, and how its hook can end.

use crate::names::{ApplicationName, BagName, RelationId, UnitName};

/// What happened, with the names that Juju gives along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `install`: the unit is new.
    Installed,
    /// `config-changed`, `upgrade-charm`, `secret-changed`: something about us changed.
    Changed,
    /// `update-status`: time has passed.
    UpdateStatus,
    /// `stop`: the unit is being removed.
    Stop,
    /// There is a new relation, or a suspended one was resumed.
    RelationCreated(RelationId, Option<ApplicationName>),
    /// A databag changed: the named unit's, or the application's.
    RelationChanged(RelationId, Option<BagName>),
    /// A consumer's unit left the relation, or we are leaving it ourselves.
    RelationDeparted {
        /// Which relation.
        relation: RelationId,
        /// The consumer's unit.
        unit: UnitName,
        /// We are the one that leaves.
        ourselves: bool,
    },
    /// The relation is over for this unit.
    RelationBroken(RelationId),
    /// An operator asks for something.
    Action(Action),
}

/// How a hook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0: Juju commits what was written.
    Done,
    /// Exit code 1: Juju runs the hook again.
    Again,
}

/// The actions; `actions.yaml` and `actions/` have each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Shows what consumers are told of LXD.
    ShowNodes,
    /// Shows what became of each certificate.
    ListCertificates,
    /// Tries every change of the way to LXD.
    Check,
    /// Reconciles now.
    Sync,
    /// Has LXD trust a client of the operator's.
    AddTrustedClient,
    /// Takes that back.
    RemoveTrustedClient,
    /// Has LXD trust whoever shows a token first.
    GetClientToken,
}

/// Every action with its name.
pub const ACTIONS: &[(&str, Action)] = &[
    ("show-nodes", Action::ShowNodes),
    ("list-certificates", Action::ListCertificates),
    ("check", Action::Check),
    ("sync", Action::Sync),
    ("add-trusted-client", Action::AddTrustedClient),
    ("remove-trusted-client", Action::RemoveTrustedClient),
    ("get-client-token", Action::GetClientToken),
];

impl Action {
    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = ACTIONS.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }
}
