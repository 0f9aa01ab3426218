//! Which hook a unit runs next, by the order of the agent's resolvers.

use super::{
    Controller,
    chance::Chance,
    state::{Life, Planned},
};
use crate::context::{Run, Version};

impl Controller {
    /// The next unit in turn that has a hook to run, and the hook.
    pub(super) fn next_turn(&mut self, chance: &mut Chance) -> Option<(String, Planned)> {
        let mut names: Vec<String> = self.units.keys().cloned().collect();
        let after = names.partition_point(|name| *name <= chance.turn);
        names.rotate_left(after);
        names
            .into_iter()
            .find_map(|name| self.plan(&name, chance).map(|hook| (name, hook)))
    }

    /// What this unit's agent would run now.
    pub(super) fn plan(&mut self, name: &str, chance: &mut Chance) -> Option<Planned> {
        let unit = self.units.get(name)?;
        if unit.life == Life::Dead || self.is_remote(&unit.app) {
            return None;
        }
        if let Some(failed) = &unit.agent.failed {
            return (failed.retry || failed.skip).then(|| failed.hook.clone());
        }
        if unit.agent.queued.is_some() {
            return unit.agent.queued.clone();
        }
        if unit.life == Life::Dying {
            self.plan_leaving(name, chance)
        } else {
            self.plan_living(name, chance)
        }
    }

    fn plan_living(&mut self, name: &str, chance: &mut Chance) -> Option<Planned> {
        if !self.units[name].agent.installed {
            return Some(Planned::hook("install"));
        }
        self.enter_scopes(name);
        let due = |due: bool, hook: &str| due.then(|| Planned::hook(hook));
        self.plan_created(name, chance)
            .or_else(|| self.plan_leadership(name))
            .or_else(|| self.plan_secret(name))
            .or_else(|| self.plan_upgrade(name))
            .or_else(|| due(self.units[name].agent.config_due > 0, "config-changed"))
            .or_else(|| self.plan_relation(name, chance))
            .or_else(|| due(self.units[name].agent.update_status_due, "update-status"))
    }

    fn plan_leaving(&mut self, name: &str, chance: &mut Chance) -> Option<Planned> {
        let stopped = self.units[name].agent.stopped;
        self.plan_relation(name, chance)
            .or_else(|| Some(Planned::hook(if stopped { "remove" } else { "stop" })))
    }

    fn plan_leadership(&mut self, name: &str) -> Option<Planned> {
        let old = self.version < Version::V4_0;
        let unit = self.units.get_mut(name)?;
        let leader = self.apps.get(&unit.app)?.leader.as_deref()? == name;
        if unit.agent.told_leader == Some(leader) {
            return None;
        }
        if leader {
            return Some(Planned::hook("leader-elected"));
        }
        if old {
            return Some(Planned::hook("leader-settings-changed"));
        }
        unit.agent.told_leader = Some(false);
        None
    }

    fn plan_upgrade(&self, name: &str) -> Option<Planned> {
        let unit = &self.units[name];
        let wanted = self.apps[&unit.app].charm.as_ref()?.revision;
        let there = unit.agent.charm.as_ref()?.revision;
        (wanted != there).then(|| Planned::hook("upgrade-charm"))
    }

    /// `juju resolved --no-retry`: the hook is not run, but counts as done.
    pub(super) fn skip_resolved(&mut self, name: &str) -> bool {
        let unit = self.units.get(name);
        let failed = unit.and_then(|unit| unit.agent.failed.as_ref());
        let skipped = failed.filter(|failed| failed.skip);
        let Some(hook) = skipped.map(|failed| failed.hook.clone()) else {
            return false;
        };
        self.after_hook(name, &hook);
        true
    }

    /// The name under which a run stands in the journal.
    pub(super) fn run_name(&self, unit: &str, run: &Run) -> String {
        match run {
            Run::Hook(name) | Run::Action { name, .. } => name.clone(),
            Run::RelationHook { kind, relation, .. } => {
                let app = &self.units[unit].app;
                let endpoint = self
                    .relations
                    .get(relation)
                    .and_then(|relation| relation.side_of(app))
                    .map(|side| side.endpoint.as_str());
                format!("{}-relation-{kind}", endpoint.unwrap_or_default())
            }
            Run::SecretChanged { .. } => "secret-changed".into(),
            Run::Exec => "juju-exec".into(),
        }
    }
}
