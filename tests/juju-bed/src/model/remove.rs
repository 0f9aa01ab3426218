//! Units and applications that go.

use super::{
    Controller, Error, Model,
    state::{Life, Relation},
};
use crate::context::Version;

impl Model {
    /// `juju remove-unit <unit>`
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn remove_unit(&mut self, unit: &str) -> Result<(), Error> {
        self.controller.unit(unit)?;
        self.controller.let_go(unit, self.clock.now);
        Ok(())
    }

    /// `juju remove-application <app>`: its relations end and its units leave.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn remove_application(&mut self, app: &str) -> Result<(), Error> {
        self.controller.app_mut(app)?.dying = true;
        for name in self.controller.unit_names(app) {
            self.controller.let_go(&name, self.clock.now);
        }
        for id in self.controller.relations_of(app) {
            self.controller.end_relation(id);
        }
        Ok(())
    }

    /// `juju remove-relation --force <one> <other>`: the controller forgets it at once. An agent runs one `departed`,
    /// unless [`Model::part`] says that it runs none or a hook of it has failed, and no `broken`. It goes on listing
    /// the relation, which is refused until the same endpoints are related again; then both numbers mean the new one,
    /// until the agent restarts.
    ///
    /// # Errors
    /// If there is no such relation.
    pub fn remove_relation_forced(&mut self, one: &str, other: &str) -> Result<(), Error> {
        // The one that lives, if an older one of the same endpoints is still being left.
        let find = |meant| self.controller.relation_between(one, other, meant);
        let id = find(Relation::lives).or_else(|_| find(|relation| !relation.is_gone()))?;
        self.controller.remove_at_once(id, "");
        Ok(())
    }

    /// `juju remove-unit --force <unit>`: it is gone at once without a hook of its own, also one in error. On 4.0
    /// nobody is told: the others go on listing it until their agents restart.
    ///
    /// # Errors
    /// If there is no such unit, or its files cannot be removed.
    pub fn remove_unit_forced(&mut self, unit: &str) -> Result<(), Error> {
        self.controller.unit(unit)?;
        if self.controller.version >= Version::V4_0 {
            let relations = self.controller.relations.values_mut();
            for relation in relations.filter(|relation| relation.scope.contains(unit)) {
                relation.ghosts.insert(unit.to_owned());
            }
        }
        self.controller.die(unit);
        self.bury()?;
        Ok(())
    }

    /// `juju remove-application --force <app>`, or `juju remove-saas --force` in the model of a consumer: its relations
    /// go as by [`Model::remove_relation_forced`], its own units run `stop` and `remove` alone. One that never was
    /// installed or stands in error runs nothing.
    ///
    /// # Errors
    /// If there is no such application, or its files cannot be removed.
    pub fn remove_application_forced(&mut self, app: &str) -> Result<(), Error> {
        self.controller.app_mut(app)?.dying = true;
        for name in self.controller.unit_names(app) {
            self.controller.let_go(&name, self.clock.now);
            if self.controller.units[&name].agent.failed.is_some() {
                self.controller.die(&name);
            }
        }
        for id in self.controller.relations_of(app) {
            self.controller.remove_at_once(id, app);
        }
        self.bury()?;
        Ok(())
    }
}

impl Controller {
    /// The controller forgets a relation; the units of `silent` see nothing of it.
    pub(super) fn remove_at_once(&mut self, id: u32, silent: &str) {
        let Some(relation) = self.relations.get_mut(&id) else {
            return;
        };
        relation.removed = true;
        relation.scope.clear();
        relation.bags.clear();
        for unit in self.units.values_mut() {
            let agent = &mut unit.agent;
            let stands = agent.failed.is_some() || unit.app == silent;
            agent.view.remove(&id);
            if let Some(joined) = agent.relations.get_mut(&id) {
                let told = joined.parting.is_none_or(|parting| parting.departed > 0);
                joined.departures = u8::from(told && !stands);
            }
        }
    }

    /// A unit begins to leave. One that has nothing to leave is gone at once: before it was installed, on a remote
    /// side, and on 4.0 without relations, where the agent is shut down with its machine.
    fn let_go(&mut self, name: &str, now: u64) {
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
        unit.leaving_since = Some(now);
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
        if self.version < Version::V4_0 {
            let apps = &self.apps;
            self.next.unit.retain(|name, _| apps.contains_key(name));
        }
        !dead.is_empty() || self.relations.len() < relations || self.apps.len() < apps
    }
}
