//! Which hook or action runs, and what it has to look at. Pure: the environment comes in as a function.

use std::path::PathBuf;

use crate::{
    action::Action,
    credential::has_user_secrets,
    names::{ApplicationName, BadName, BagName, ModelUuid, RelationId, UnitName},
};

/// Every hook that the charm answers to; `hooks/` has one symlink for each.
pub const HOOKS: &[&str] = &[
    "install",
    "config-changed",
    "upgrade-charm",
    "update-status",
    "stop",
    "secret-changed",
    "api-relation-created",
    "api-relation-changed",
    "api-relation-departed",
    "api-relation-broken",
];

/// What Juju tells in the environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// What happened.
    pub event: Event,
    /// The unit that we are.
    pub unit: UnitName,
    /// The model that we are in.
    pub model: ModelUuid,
    /// The charm's folder.
    pub folder: PathBuf,
    /// This Juju has secrets that operators make.
    pub user_secrets: bool,
}

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

/// Why the environment cannot be one that Juju made.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// A variable is missing.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable holds something else.
    #[error("{0} cannot be read")]
    Bad(&'static str, #[source] BadName),
    /// There is no such hook.
    #[error("{0:?} is no hook of this charm")]
    UnknownHook(String),
    /// There is no such action.
    #[error("{0:?} is no action of this charm")]
    UnknownAction(String),
}

impl Environment {
    /// Reads the environment through `variable`; `program` is `argv[0]`, for a Juju that does not set `JUJU_DISPATCH_PATH`.
    ///
    /// # Errors
    /// When a variable that Juju always sets is missing or unreadable, or there is no such hook or action.
    pub fn read(
        variable: impl Fn(&'static str) -> Option<String>,
        program: &str,
    ) -> Result<Self, EnvironmentError> {
        let variables = Variables(variable);
        let unit: UnitName = variables.needed("JUJU_UNIT_NAME")?;
        let model = variables.needed("JUJU_MODEL_UUID")?;
        // Hooks run in the charm's folder anyway.
        let folder = variables
            .text("JUJU_CHARM_DIR")
            .map_or_else(|| PathBuf::from("."), PathBuf::from);
        let version = variables.text("JUJU_VERSION").unwrap_or_default();
        let user_secrets = has_user_secrets(&version);
        if let Some(name) = variables.text("JUJU_ACTION_NAME") {
            let action = Action::named(&name).ok_or(EnvironmentError::UnknownAction(name))?;
            return Ok(Self {
                event: Event::Action(action),
                folder,
                unit,
                model,
                user_secrets,
            });
        }
        let path = variables.text("JUJU_DISPATCH_PATH");
        let path = path.as_deref().unwrap_or(program);
        let hook = path.rsplit('/').next().unwrap_or(path);
        let event = event(hook, &variables, &unit)?;
        Ok(Self {
            event,
            folder,
            unit,
            model,
            user_secrets,
        })
    }
}

fn event<F: Fn(&'static str) -> Option<String>>(
    hook: &str,
    variables: &Variables<F>,
    unit: &UnitName,
) -> Result<Event, EnvironmentError> {
    let relation = || variables.needed::<RelationId>("JUJU_RELATION_ID");
    let application = || variables.optional::<ApplicationName>("JUJU_REMOTE_APP");
    Ok(match hook {
        "install" => Event::Installed,
        "config-changed" | "upgrade-charm" | "secret-changed" => Event::Changed,
        "update-status" => Event::UpdateStatus,
        "stop" => Event::Stop,
        "api-relation-created" => Event::RelationCreated(relation()?, application()?),
        "api-relation-changed" => {
            let bag = match variables.optional::<UnitName>("JUJU_REMOTE_UNIT")? {
                Some(unit) => Some(BagName::Unit(unit)),
                None => application()?.map(BagName::Application),
            };
            Event::RelationChanged(relation()?, bag)
        }
        "api-relation-departed" => Event::RelationDeparted {
            relation: relation()?,
            unit: variables.needed("JUJU_REMOTE_UNIT")?,
            ourselves: variables
                .optional::<UnitName>("JUJU_DEPARTING_UNIT")?
                .as_ref()
                == Some(unit),
        },
        "api-relation-broken" => Event::RelationBroken(relation()?),
        other => return Err(EnvironmentError::UnknownHook(other.to_owned())),
    })
}

/// The environment; Juju sets some variables to the empty text where they do not apply.
struct Variables<F>(F);

impl<F: Fn(&'static str) -> Option<String>> Variables<F> {
    fn text(&self, name: &'static str) -> Option<String> {
        (self.0)(name).filter(|text| !text.is_empty())
    }

    fn optional<T: std::str::FromStr<Err = BadName>>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, EnvironmentError> {
        self.text(name)
            .map(|text| text.parse().map_err(|bad| EnvironmentError::Bad(name, bad)))
            .transpose()
    }

    fn needed<T: std::str::FromStr<Err = BadName>>(
        &self,
        name: &'static str,
    ) -> Result<T, EnvironmentError> {
        self.optional(name)?.ok_or(EnvironmentError::Missing(name))
    }
}

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
    pub doubts: bool,
    /// Remove those that the last `update-status` noticed.
    pub acts_on_doubts: bool,
    /// Ask whether this unit is leaving and whether others stay.
    pub standing: bool,
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
            doubts: false,
            acts_on_doubts: false,
            standing: false,
            dry_run: false,
        };
        Some(match event.clone() {
            Event::Installed | Event::Changed => Self {
                wide: true,
                ..narrow(Subject::Nothing)
            },
            Event::UpdateStatus => Self {
                wide: true,
                doubts: true,
                acts_on_doubts: true,
                standing: true,
                ..narrow(Subject::Nothing)
            },
            Event::Action(Action::AddTrustedClient | Action::GetClientToken) => {
                narrow(Subject::Nothing)
            }
            // Hooks may still be due, so it must not doubt what is out of sight.
            Event::Action(Action::Sync) => Self {
                wide: true,
                acts_on_doubts: true,
                standing: true,
                ..narrow(Subject::Nothing)
            },
            Event::Stop => Self {
                standing: true,
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
                standing: true,
                ..narrow(Subject::Broken(relation))
            },
        })
    }
}
