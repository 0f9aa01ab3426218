//! What others showed while a step was played. Units run beside each other on a real Juju, so a hook may have seen any
//! of it.

use std::collections::{BTreeMap, BTreeSet};

use juju_bed::model::Model;
use serde_json::Value;

use crate::names::Names;

/// Everything that was visible of others at some time during one step.
#[derive(Default)]
pub(crate) struct Timing {
    /// Model, relation, entity: the databag in JSON.
    bags: BTreeMap<(String, u32, String), BTreeSet<String>>,
    /// Model, application: what `goal-state` said.
    goals: BTreeMap<(String, String), Vec<Value>>,
    /// Model, unit: whether it led.
    leading: BTreeMap<(String, String), BTreeSet<bool>>,
    /// Databags that were there before anything ran.
    first: Option<BTreeSet<(String, u32, String)>>,
}

impl Timing {
    /// Takes down what can be seen in a model now.
    pub(crate) fn watch(&mut self, name: &str, model: &Model, names: &Names) {
        for relation in model.all_relations() {
            for owner in model.databag_owners(relation) {
                let text =
                    serde_json::to_string(&model.databag(relation, &owner)).unwrap_or_default();
                self.bags
                    .entry((name.into(), relation, names.consumers_in(&owner)))
                    .or_default()
                    .insert(names.in_text(&text));
            }
        }
        for app in model.applications() {
            let goals = self.goals.entry((name.into(), app.clone())).or_default();
            let now = model.goal_state(&app);
            if goals.last() != Some(&now) {
                goals.push(now);
            }
            for unit in model.units(&app) {
                let leads = model.leader(&app) == Some(unit.as_str());
                self.leading
                    .entry((name.into(), unit))
                    .or_default()
                    .insert(leads);
            }
        }
    }

    /// How often a databag changed.
    pub(crate) fn writes(&self, model: &str, relation: u32, entity: &str) -> usize {
        self.bags
            .get(&(model.into(), relation, entity.into()))
            .map_or(0, |texts| texts.len().saturating_sub(1))
    }

    /// Whether a databag read so at some time; one that nobody wrote is empty.
    pub(crate) fn bag_was(&self, model: &str, relation: u32, entity: &str, text: &str) -> bool {
        let known = self
            .bags
            .get(&(model.to_owned(), relation, entity.to_owned()));
        known.map_or(text == "{}", |texts| {
            texts.contains(text)
                || text == "{}" && !entity.contains('/')
                || self.came(model, relation, entity) && is_new(text)
        })
    }

    /// Whether a databag appeared during the step.
    pub(crate) fn came(&self, model: &str, relation: u32, entity: &str) -> bool {
        let key = (model.to_owned(), relation, entity.to_owned());
        self.bags.contains_key(&key)
            && self
                .first
                .as_ref()
                .is_none_or(|first| !first.contains(&key))
    }

    /// Everything that was taken down until now was there before the step.
    pub(crate) fn begin(&mut self) {
        self.first = Some(self.bags.keys().cloned().collect());
    }

    /// Whether a unit led or did not at some time.
    pub(crate) fn led(&self, model: &str, unit: &str, leads: bool) -> bool {
        self.leading
            .get(&(model.into(), unit.into()))
            .is_some_and(|known| known.contains(&leads))
    }

    /// Whether every entry of a `goal-state` was so at some time; the unit's own must be as it is in `ours`.
    pub(crate) fn goal_was(&self, model: &str, unit: &str, recorded: &Value, ours: &Value) -> bool {
        let app = unit.split('/').next().unwrap_or_default();
        let Some(times) = self.goals.get(&(model.into(), app.into())) else {
            return false;
        };
        if recorded["units"][unit]["status"] != ours["units"][unit]["status"] {
            return false;
        }
        let paths: BTreeSet<Vec<String>> =
            times.iter().chain([recorded]).flat_map(entries).collect();
        paths
            .iter()
            .filter(|path| path.last().is_none_or(|last| last != unit))
            .all(|path| {
                let status = |state: &Value| {
                    path.iter().fold(state, |value, key| &value[key.as_str()])["status"].clone()
                };
                times.iter().any(|state| status(state) == status(recorded))
            })
    }
}

/// A unit's databag begins with what Juju itself writes.
fn is_new(text: &str) -> bool {
    let bag: BTreeMap<String, String> = serde_json::from_str(text).unwrap_or_default();
    bag.keys().eq(["egress-subnets", "ingress-address"])
}

/// The paths of everything that has a status.
fn entries(state: &Value) -> Vec<Vec<String>> {
    let keys = |value: &Value| {
        value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>()
    };
    let mut paths: Vec<Vec<String>> = keys(&state["units"])
        .into_iter()
        .map(|unit| vec!["units".into(), unit])
        .collect();
    for endpoint in keys(&state["relations"]) {
        for name in keys(&state["relations"][&endpoint]) {
            paths.push(vec!["relations".into(), endpoint.clone(), name]);
        }
    }
    paths
}
