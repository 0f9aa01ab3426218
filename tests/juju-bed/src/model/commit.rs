//! What a hook changes: Juju's own bookkeeping before and after it, and what the hook itself set.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Controller,
    journal::Journal,
    relation_hooks::network_keys,
    state::{Life, Planned, Relation},
};
use crate::context::{Effects, Run, Settings, Status, Version};

const BAG_LIMIT: usize = 16_777_216;
const STATE_LIMIT: usize = 2_097_152;

impl Controller {
    /// The status that Juju shows while it begins certain hooks.
    pub(super) fn before_hook(&mut self, name: &str, hook: &Planned) {
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        match hook_of(hook) {
            "install" if !unit.agent.charm_set_status => {
                unit.status = status("maintenance", "installing charm software");
            }
            "stop" => unit.status = status("maintenance", "stopping charm software"),
            "remove" => unit.status = status("maintenance", "cleaning up prior to charm deletion"),
            _ => {}
        }
    }

    /// A hook is done, or skipped: the agent goes on from here.
    pub(super) fn after_hook(&mut self, name: &str, hook: &Planned) {
        let leader = self.leads(name);
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        let agent = &mut unit.agent;
        agent.failed = None;
        agent.queued = None;
        if let Run::SecretChanged { uri, .. } = &hook.run {
            let id = uri.trim_start_matches("secret:");
            agent.secrets_changed.remove(id);
            return;
        }
        match hook_of(hook) {
            "install" => agent.installed = true,
            "update-status" => agent.update_status_due = false,
            "leader-elected" | "leader-settings-changed" => agent.told_leader = Some(leader),
            "upgrade-charm" => agent.queued = Some(Planned::hook("config-changed")),
            "config-changed" => {
                agent.config_due = agent.config_due.saturating_sub(1);
                if !agent.started {
                    agent.queued = Some(Planned::hook("start"));
                }
                self.update_network_keys(name);
            }
            "start" => {
                agent.started = true;
                if !agent.charm_set_status {
                    unit.status = status("unknown", "");
                }
            }
            "stop" => {
                agent.stopped = true;
                unit.status = status("maintenance", "");
            }
            "remove" => {
                unit.status = status("terminated", "");
                self.die(name);
            }
            _ => self.after_relation_hook(name, hook),
        }
    }

    /// The unit is gone as far as the controller is concerned.
    pub(super) fn die(&mut self, name: &str) {
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        unit.life = Life::Dead;
        unit.agent.relations.clear();
        for relation in self.relations.values_mut() {
            relation.scope.remove(name);
        }
    }

    /// Takes over what a run left: first what took effect at once, then the commit, which may fail.
    pub(super) fn take_in(&mut self, name: &str, effects: &mut Effects, journal: &Journal) {
        self.take_in_at_once(name, effects);
        self.keep_read(name, effects);
        self.secrets.consume(name, &effects.secrets);
        if let Some(error) = self.too_large(effects) {
            effects.hook_error = Some(format!("committing requested changes failed: {error}"));
            if let Some(end) = &mut effects.action {
                end.status = "failed".into();
                end.message = "committing requested changes failed".into();
                end.results["return-code"] = json!(1);
            }
            return;
        }
        for (id, entities) in &effects.relations {
            let id = self.stands_for(*id);
            let Some(relation) = self.relations.get_mut(&id) else {
                continue;
            };
            for (entity, changes) in entities {
                let bag = relation.bag_mut(entity);
                let before = bag.version;
                bag.apply(changes);
                if bag.version > before {
                    journal.databag(relation, id, entity);
                }
            }
        }
        if let (Some(unit), Some(state)) = (self.units.get_mut(name), &effects.state) {
            unit.state.clone_from(state);
        }
    }

    fn take_in_at_once(&mut self, name: &str, effects: &Effects) {
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        if let Some(last) = effects.unit_status.last() {
            unit.status = last.clone();
            unit.agent.charm_set_status = true;
        }
        let Some(app) = self.apps.get_mut(&unit.app) else {
            return;
        };
        if let Some(last) = effects.application_status.last() {
            app.status = Some(last.clone());
        }
        if let Some(version) = &effects.application_version {
            app.version.clone_from(version);
        }
    }

    /// Whether a quota of the controller refuses the commit, and how.
    fn too_large(&self, effects: &Effects) -> Option<String> {
        if self.version < Version::V4_0
            && effects
                .state
                .as_ref()
                .is_some_and(|state| size(state) > STATE_LIMIT)
        {
            return Some(format!("max allowed size ({STATE_LIMIT}) exceeded"));
        }
        let over = effects.relations.iter().any(|(id, entities)| {
            let relation = self.relations.get(&self.stands_for(*id));
            relation.is_some_and(|relation| {
                entities
                    .iter()
                    .any(|(entity, changes)| size_after(relation, entity, changes) > BAG_LIMIT)
            })
        });
        over.then(|| match self.version {
            Version::V4_0 => format!("max allowed total size ({BAG_LIMIT}): quota limit exceeded"),
            Version::V2_9 | Version::V3_6 => {
                "Resulting document after update is larger than 16777216".into()
            }
        })
    }

    /// What Juju itself writes into the unit's databags follows its address.
    fn update_network_keys(&mut self, name: &str) {
        let Some(unit) = self.units.get(name) else {
            return;
        };
        let keys = network_keys(&unit.address, self.version).into_iter();
        let changes: BTreeMap<_, _> = keys.map(|(key, value)| (key, Some(value))).collect();
        let relations = self.relations.values_mut();
        for relation in relations.filter(|relation| relation.scope.contains(name)) {
            relation.bag_mut(name).apply(&changes);
        }
    }

    pub(super) fn leads(&self, name: &str) -> bool {
        let app = self
            .units
            .get(name)
            .and_then(|unit| self.apps.get(&unit.app));
        app.is_some_and(|app| app.leader.as_deref() == Some(name))
    }
}

pub(super) fn status(status: &str, message: &str) -> Status {
    Status {
        status: status.into(),
        message: message.into(),
        data: json!({}),
    }
}

fn hook_of(hook: &Planned) -> &str {
    match &hook.run {
        Run::Hook(name) => name,
        _ => "",
    }
}

fn size(settings: &Settings) -> usize {
    settings
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum()
}

fn size_after(
    relation: &Relation,
    entity: &str,
    changes: &BTreeMap<String, Option<String>>,
) -> usize {
    let mut bag = relation.bags.get(entity).cloned().unwrap_or_default();
    bag.apply(changes);
    size(&bag.data)
}
