//! Makes the [`Context`] of a hook from what the model knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    Controller, Lab,
    commit::status,
    state::{Application, Life, Unit},
};
use crate::context::{Addresses, Context, RelationView, Run, Status, Version};

/// When everything happened.
const SINCE: &str = "2026-01-02T15:04:05Z";

impl Controller {
    pub(super) fn context(&self, name: &str, run: Run, lab: &Lab) -> Context {
        let unit = &self.units[name];
        let app = &self.apps[&unit.app];
        Context {
            version: self.version,
            unit: name.to_owned(),
            leader: self.leads(name),
            leader_at_controller: None,
            leadership_change: None,
            model_name: self.name.clone(),
            model_uuid: self.uuid.clone(),
            machine: unit.machine.to_string(),
            config: options_of(app),
            state: unit.state.clone(),
            trust: app.trust,
            cloud: self.cloud.clone(),
            unit_status: unit.status.clone(),
            application_status: self.app_status(&unit.app),
            units_status: self.statuses(&unit.app),
            relations: unit
                .agent
                .relations
                .keys()
                .filter_map(|id| self.relation_view(name, *id, &run))
                .collect(),
            goal_state: self.goal_state(&unit.app),
            network: network(app, &lab.network_info(&unit.address, self.version)),
            addresses: Addresses {
                private: Some(unit.address.clone()),
                public: Some(unit.address.clone()),
            },
            secrets: self.secrets.seen_by(name, &unit.app),
            other_apps: self.other_apps(&unit.app),
            commit_error: None,
            run,
        }
    }

    fn relation_view(&self, name: &str, id: u32, run: &Run) -> Option<RelationView> {
        let unit = &self.units[name];
        let relation = self.relations.get(&id)?;
        let side = relation.side_of(&unit.app)?;
        let remote = relation.remote_of(&unit.app)?;
        let joined = unit.agent.relations.get(&id)?;
        let mut members: BTreeSet<String> = joined.members.keys().cloned().collect();
        if let Run::RelationHook {
            kind,
            relation,
            remote_unit,
            ..
        } = run
            && *relation == id
        {
            match kind.as_str() {
                "joined" => members.insert(remote_unit.clone()),
                "departed" => members.remove(remote_unit),
                _ => false,
            };
        }
        let refused = self.refusal(name, id);
        if refused.is_some() && !relation.removed {
            members.clear();
        }
        let stands_for = self.stands_for(id);
        let now = self.relations.get(&stands_for).unwrap_or(relation);
        Some(RelationView {
            id,
            stands_for,
            endpoint: side.endpoint.clone(),
            remote_endpoint: remote.endpoint.clone(),
            role: side.role,
            remote_app: remote.app.clone(),
            remote_model: relation
                .elsewhere
                .as_ref()
                .map_or(&self.uuid, |there| &there.model)
                .clone(),
            members,
            // The agent of 4.0 does not look at the relation's life again, so it still lists a broken one.
            dying: now.dying && self.version < Version::V4_0 && refused.is_none(),
            // Whether it is shown was decided with the units that were there before the hook.
            suspended: now.suspended && joined.members.is_empty(),
            refused,
            data: now
                .bags
                .iter()
                .map(|(entity, bag)| (entity.clone(), bag.data.clone()))
                .collect(),
            cached: unit
                .agent
                .cache
                .iter()
                .filter(|((relation, _), _)| *relation == id)
                .map(|((_, owner), data)| (owner.clone(), data.clone()))
                .collect(),
        })
    }

    /// The whole application as it is meant to be: every unit, also those a hook has not met yet.
    pub(super) fn goal_state(&self, app: &str) -> Value {
        let mut relations: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        let all = self.relations.values();
        for relation in all.filter(|relation| !relation.is_peer() && !relation.is_gone()) {
            let (Some(side), Some(remote)) = (relation.side_of(app), relation.remote_of(app))
            else {
                continue;
            };
            let offer = relation.elsewhere.as_ref().map(|there| &there.offer);
            // The offering side is not told of those who consume.
            if offer.is_some_and(Option::is_none) {
                continue;
            }
            let known = relations.entry(&side.endpoint).or_default();
            let status = if relation.suspended {
                "suspended"
            } else {
                "joined"
            };
            if let Some(offer) = offer.and_then(Option::as_ref) {
                // What 4.0 says of a consumed offer never changes.
                if self.version >= Version::V4_0 {
                    known.insert(remote.app.clone(), goal("joining"));
                } else {
                    known.insert(offer.clone(), goal(status));
                }
            } else {
                known.insert(remote.app.clone(), goal(status));
                if !self
                    .apps
                    .get(&remote.app)
                    .is_some_and(|app| app.subordinate)
                {
                    known.extend(self.goal_units(&remote.app));
                }
            }
        }
        json!({ "units": self.goal_units(app), "relations": relations })
    }

    fn goal_units(&self, app: &str) -> Map<String, Value> {
        let units = self.units.iter().filter(|(_, unit)| unit.app == app);
        units
            .map(|(name, unit)| (name.clone(), goal(&self.goal_status(unit))))
            .collect()
    }

    fn goal_status(&self, unit: &Unit) -> String {
        if unit.life != Life::Alive {
            return "dying".into();
        }
        if self.version < Version::V4_0 && unit.agent.failed.is_some() {
            return "error".into();
        }
        unit.status.status.clone()
    }

    pub(super) fn statuses(&self, app: &str) -> BTreeMap<String, Status> {
        self.units
            .iter()
            .filter(|(_, unit)| unit.app == app)
            .map(|(name, unit)| (name.clone(), unit.status.clone()))
            .collect()
    }

    /// What the leader set, or else the most pressing of its units'.
    pub(super) fn app_status(&self, name: &str) -> Status {
        const PRESSING: [&str; 7] = [
            "error",
            "blocked",
            "maintenance",
            "waiting",
            "active",
            "terminated",
            "unknown",
        ];
        let set = self.apps.get(name).and_then(|app| app.status.clone());
        set.unwrap_or_else(|| {
            let units = self.statuses(name);
            let rank = |one: &Status| {
                PRESSING
                    .iter()
                    .position(|known| *known == one.status)
                    .unwrap_or(PRESSING.len())
            };
            units
                .into_values()
                .min_by_key(rank)
                .unwrap_or_else(|| status("unknown", ""))
        })
    }

    /// Applications that the unit has nothing to do with.
    fn other_apps(&self, app: &str) -> BTreeSet<String> {
        let related = |other: &str| {
            let mut relations = self.relations.values();
            relations.any(|relation| relation.joins(app, other))
        };
        self.apps
            .keys()
            .filter(|other| *other != app && !related(other))
            .cloned()
            .collect()
    }
}

fn goal(status: &str) -> Value {
    json!({ "status": status, "since": SINCE })
}

/// By binding, the same for each.
fn network(app: &Application, info: &Value) -> BTreeMap<String, Value> {
    let metadata = app.charm.as_ref().map(|deployed| &deployed.charm.metadata);
    let endpoints = metadata
        .into_iter()
        .flat_map(|metadata| metadata.endpoints.keys().chain(&metadata.extra_bindings));
    endpoints
        .cloned()
        .chain(["juju-info".to_owned()])
        .map(|binding| (binding, info.clone()))
        .collect()
}

/// All options with what is set, else the default.
pub(super) fn options_of(app: &Application) -> BTreeMap<String, Value> {
    let Some(deployed) = &app.charm else {
        return BTreeMap::new();
    };
    let specs = deployed.charm.options.specs.iter();
    specs
        .map(|(name, spec)| {
            (
                name.clone(),
                app.options.get(name).unwrap_or(&spec.default).clone(),
            )
        })
        .collect()
}
