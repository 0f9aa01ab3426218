//! The hook tools that look. Always JSON: the other formats cannot tell missing from empty.

use std::collections::BTreeMap;

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};

use super::{Error, run::run};
use crate::{
    credential::{Attributes, Cloud, Options, SecretRefusal, SecretUri},
    names::{ApplicationName, BagName, RelationId, UnitName},
    relation::presence::Goal,
    values::{Settings, Status},
};

/// What can be asked of Juju.
#[derive(Clone, Copy, Debug)]
pub struct Reader;

#[derive(Deserialize)]
struct GoalState {
    #[serde(default)]
    units: BTreeMap<String, GoalUnit>,
    /// By endpoint; each names applications and units.
    #[serde(default)]
    relations: BTreeMap<String, BTreeMap<String, IgnoredAny>>,
}

#[derive(Deserialize)]
struct GoalUnit {
    status: String,
}

impl Reader {
    /// `config-get`
    ///
    /// # Errors
    /// When the tool fails or its answer cannot be read.
    pub fn options(self) -> Result<Options, Error> {
        json(&["config-get", "--format=json"])
    }

    /// `credential-get`; `None` where the application is not trusted.
    ///
    /// # Errors
    /// When the tool fails for another reason.
    pub fn cloud(self) -> Result<Option<Cloud>, Error> {
        match json(&["credential-get", "--format=json"]) {
            Ok(cloud) => Ok(Some(cloud)),
            Err(error) if error.is_permission_denied() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `secret-get --refresh`: the newest content of an operator's secret.
    ///
    /// # Errors
    /// When the tool fails for another reason than that Juju does not show us the secret.
    pub fn secret(self, uri: &SecretUri) -> Result<Result<Attributes, SecretRefusal>, Error> {
        match json(&["secret-get", "--refresh", "--format=json", uri.as_str()]) {
            Ok(content) => Ok(Ok(content)),
            Err(error) => error.secret_refusal().map(Err).ok_or(error),
        }
    }

    /// `state-get`: all that the charm remembers.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn state(self) -> Result<Settings, Error> {
        json::<Option<Settings>>(&["state-get", "--format=json"]).map(Option::unwrap_or_default)
    }

    /// `status-get`: what `juju status` shows for this unit.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn status(self) -> Result<Status, Error> {
        json(&["status-get", "--include-data", "--format=json"])
    }

    /// `goal-state`: the units that there are to be, ours and the consumers'.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn goal(self) -> Result<Goal, Error> {
        let goal: GoalState = json(&["goal-state", "--format=json"])?;
        let leaving = |unit: &GoalUnit| unit.status == "dying" || unit.status == "dead";
        let units = goal.units.iter();
        let consumers = goal.relations.get(crate::names::ENDPOINT).into_iter();
        Ok(Goal {
            units: units
                .filter_map(|(name, unit)| Some((name.parse().ok()?, leaving(unit))))
                .collect(),
            consumers: consumers
                .flat_map(BTreeMap::keys)
                .filter_map(|name| name.parse().ok())
                .collect(),
        })
    }

    /// `relation-ids`: the relations of our endpoint.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn relations(self) -> Result<Vec<RelationId>, Error> {
        let ids: Vec<String> = json(&["relation-ids", "--format=json", crate::names::ENDPOINT])?;
        Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
    }

    /// `relation-list`: the consumer's units that this unit has met.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn units(self, relation: RelationId) -> Result<Vec<UnitName>, Error> {
        let id = relation.with_endpoint();
        let units: Vec<String> = json(&["relation-list", "--format=json", "-r", &id])?;
        Ok(units.iter().filter_map(|unit| unit.parse().ok()).collect())
    }

    /// `relation-list --app`: the consumer. It is known even where Juju leaves `JUJU_REMOTE_APP` empty.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn application(self, relation: RelationId) -> Result<Option<ApplicationName>, Error> {
        let id = relation.with_endpoint();
        let name: Option<String> = json(&["relation-list", "--app", "--format=json", "-r", &id])?;
        Ok(name.and_then(|name| name.parse().ok()))
    }

    /// `relation-get`: a whole databag, the consumer's or our own.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn databag(self, relation: RelationId, bag: &BagName) -> Result<Settings, Error> {
        let id = relation.with_endpoint();
        let name = bag.to_string();
        let mut argv = vec!["relation-get", "--format=json", "-r", &id];
        if matches!(bag, BagName::Application(_)) {
            argv.push("--app");
        }
        argv.extend(["-", &name]);
        json::<Option<Settings>>(&argv).map(Option::unwrap_or_default)
    }
}

pub(super) fn json<T: DeserializeOwned>(argv: &[&str]) -> Result<T, Error> {
    let answer = run(argv, None)?;
    serde_json::from_slice(&answer).map_err(|error| Error::unreadable(argv, &error))
}
