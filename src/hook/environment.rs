//! Which hook or action runs, for whom: Juju's environment. Pure: the variables come in as a function.

use std::path::PathBuf;

use crate::{
    credential::has_user_secrets,
    decision::event::{Action, Event},
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
