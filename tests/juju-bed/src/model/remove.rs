//! Units and applications that go.

use super::{
    Error, Inner, Model,
    state::{Agent, Life, Planned},
};
use crate::context::{Run, Version};

impl Model {
    /// `juju remove-unit <unit>`
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn remove_unit(&mut self, unit: &str) -> Result<(), Error> {
        self.inner.unit(unit)?;
        self.inner.let_go(unit);
        Ok(())
    }

    /// `juju remove-application <app>`: its relations end and its units leave.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn remove_application(&mut self, app: &str) -> Result<(), Error> {
        self.inner.app_mut(app)?.dying = true;
        for name in self.inner.unit_names(app) {
            self.inner.let_go(&name);
        }
        self.inner.end_relations_of(app);
        Ok(())
    }

    /// `juju remove-relation --force <one> <other>`: it is gone at once for everybody, and no hook tells of it.
    ///
    /// # Errors
    /// If there is no such relation.
    pub fn remove_relation_forced(&mut self, one: &str, other: &str) -> Result<(), Error> {
        let id = self
            .inner
            .relation_between(one, other, |relation| !relation.is_gone())?;
        self.inner.relations.remove(&id);
        for unit in self.inner.units.values_mut() {
            unit.agent.forget_relation(id);
        }
        Ok(())
    }

    /// `juju remove-unit --force <unit>`: it is gone at once without a hook of its own, also one in error.
    ///
    /// # Errors
    /// If there is no such unit, or its files cannot be removed.
    pub fn remove_unit_forced(&mut self, unit: &str) -> Result<(), Error> {
        self.inner.unit(unit)?;
        self.inner.die(unit);
        self.bury()?;
        Ok(())
    }

    /// `juju remove-application --force <app>`: it is gone at once with its units, which run no hooks; the other sides see its relations end.
    ///
    /// # Errors
    /// If there is no such application, or its files cannot be removed.
    pub fn remove_application_forced(&mut self, app: &str) -> Result<(), Error> {
        self.inner.app_mut(app)?.dying = true;
        for name in self.inner.unit_names(app) {
            self.inner.die(&name);
        }
        self.inner.end_relations_of(app);
        self.bury()?;
        Ok(())
    }
}

impl Agent {
    /// Nothing is known of a relation any more, and no hook of it is to come.
    fn forget_relation(&mut self, id: u32) {
        let about = |hook: &Planned| matches!(hook.run, Run::RelationHook { relation, .. } if relation == id);
        self.relations.remove(&id);
        self.view.remove(&id);
        self.cache.retain(|(relation, _), _| *relation != id);
        self.queued.take_if(|hook| about(hook));
        self.failed.take_if(|failed| about(&failed.hook));
    }
}

impl Inner {
    fn end_relations_of(&mut self, app: &str) {
        for id in self.relations_of(app) {
            self.end_relation(id);
        }
    }

    /// A unit begins to leave. One that has nothing to leave is gone at once: before it was installed, on a remote side, and on 4.0
    /// without relations, where the agent is shut down with its machine.
    fn let_go(&mut self, name: &str) {
        let lonely = self.version >= Version::V4_0
            && !self
                .relations
                .values()
                .any(|relation| relation.scope.contains(name));
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        if unit.life != Life::Alive {
            return;
        }
        unit.life = Life::Dying;
        let untouched = !unit.agent.installed && unit.agent.failed.is_none();
        if lonely || untouched {
            self.die(name);
        }
    }

    /// Forgets dead units, relations that everybody left and applications without units; whether there were any.
    pub(super) fn forget(&mut self, dead: &[String]) -> bool {
        self.units.retain(|name, _| !dead.contains(name));
        let relations = self.relations.len();
        let units = &self.units;
        self.relations.retain(|id, relation| {
            if relation.is_gone() {
                relation.bags.clear();
            }
            // An agent that was not told everything still names it.
            let agents = units.values().map(|unit| &unit.agent);
            !relation.is_gone()
                || agents
                    .into_iter()
                    .any(|agent| agent.relations.contains_key(id))
        });
        let apps = self.apps.len();
        self.apps
            .retain(|name, app| !app.dying || units.values().any(|unit| unit.app == *name));
        !dead.is_empty() || self.relations.len() < relations || self.apps.len() < apps
    }
}
