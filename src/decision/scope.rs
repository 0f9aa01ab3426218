//! How far a hook or an action looks and goes, and whether its unit is leaving.

use std::collections::BTreeMap;

use super::event::{Action, Event};
use crate::names::{ApplicationName, BagName, RelationId, UnitName};

/// What a hook or an action is about; everything else it leaves alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Nothing in particular.
    Nothing,
    /// A new relation.
    Created(RelationId, Option<ApplicationName>),
    /// One databag; `None` is the application's, whose name Juju did not tell.
    Databag(RelationId, Option<BagName>),
    /// A unit that left.
    Departed(RelationId, UnitName),
    /// A relation that is over.
    Broken(RelationId),
    /// Ourselves.
    Stop,
}

impl Subject {
    /// The relation that it is about.
    #[must_use]
    pub const fn relation(&self) -> Option<RelationId> {
        match self {
            Self::Created(id, _)
            | Self::Databag(id, _)
            | Self::Departed(id, _)
            | Self::Broken(id) => Some(*id),
            Self::Nothing | Self::Stop => None,
        }
    }

    /// The databag that it is about.
    #[must_use]
    pub const fn databag(&self) -> Option<&BagName> {
        match self {
            Self::Databag(_, bag) => bag.as_ref(),
            _ => None,
        }
    }
}

/// How far a hook or an action looks and goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// What it is about.
    pub subject: Subject,
    /// Look at every relation and the whole trust store, not only at the subject.
    pub wide: bool,
    /// Notice entries of ours that nobody asks for (only `update-status`).
    pub finds_unclaimed: bool,
    /// Remove those that the last `update-status` noticed.
    pub removes_unclaimed: bool,
    /// Ask whether this unit is leaving and whether others stay.
    pub asks_goal_state: bool,
    /// Only find out what is to be done, and write nothing at all.
    pub dry_run: bool,
}

impl Scope {
    /// What the event demands, or `None` where there is nothing to do: in the `departed` hooks of our own removal
    /// (what we hold is let go in `broken` and `stop`, by the last unit).
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        let narrow = |subject| Self {
            subject,
            wide: false,
            finds_unclaimed: false,
            removes_unclaimed: false,
            asks_goal_state: false,
            dry_run: false,
        };
        Some(match event.clone() {
            Event::Installed | Event::Changed => Self {
                wide: true,
                ..narrow(Subject::Nothing)
            },
            Event::UpdateStatus => Self {
                wide: true,
                finds_unclaimed: true,
                removes_unclaimed: true,
                asks_goal_state: true,
                ..narrow(Subject::Nothing)
            },
            Event::Action(Action::AddTrustedClient | Action::GetClientToken) => {
                narrow(Subject::Nothing)
            }
            // Hooks may still be due, so it must not doubt what is out of sight.
            Event::Action(Action::Sync) => Self {
                wide: true,
                removes_unclaimed: true,
                asks_goal_state: true,
                ..narrow(Subject::Nothing)
            },
            Event::Stop => Self {
                asks_goal_state: true,
                ..narrow(Subject::Stop)
            },
            Event::Action(_) => Self {
                wide: true,
                ..narrow(Subject::Nothing)
            },
            Event::RelationCreated(relation, application) => {
                narrow(Subject::Created(relation, application))
            }
            Event::RelationChanged(relation, bag) => narrow(Subject::Databag(relation, bag)),
            Event::RelationDeparted {
                ourselves: true, ..
            } => return None,
            Event::RelationDeparted { relation, unit, .. } => {
                narrow(Subject::Departed(relation, unit))
            }
            Event::RelationBroken(relation) => Self {
                asks_goal_state: true,
                ..narrow(Subject::Broken(relation))
            },
        })
    }
}

/// Whether this unit is leaving, and the charm with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// It stays.
    No,
    /// It leaves, and other units of the application stay.
    OthersStay,
    /// It leaves as the last one.
    AsLast,
}

impl Leaving {
    /// What `goal-state` says of the application's `units`, each leaving or not, for this `unit`.
    #[must_use]
    pub fn of(units: &BTreeMap<UnitName, bool>, unit: &UnitName, subject: &Subject) -> Self {
        let leaves = *subject == Subject::Stop || units.get(unit) == Some(&true);
        let others_stay = units.iter().any(|(other, leaves)| other != unit && !leaves);
        match (leaves, others_stay) {
            (false, _) => Self::No,
            (true, true) => Self::OthersStay,
            (true, false) => Self::AsLast,
        }
    }
}
