//! Units and applications that go.

use super::{Error, Inner, Model, state::Life};
use crate::context::Version;

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
        let related: Vec<u32> = self
            .inner
            .relations
            .iter()
            .filter(|(_, relation)| relation.side_of(app).is_some())
            .map(|(id, _)| *id)
            .collect();
        for id in related {
            self.inner.end_relation(id);
        }
        Ok(())
    }
}

impl Inner {
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
        self.relations
            .retain(|_, relation| !relation.dying || !relation.scope.is_empty());
        let apps = self.apps.len();
        let units = &self.units;
        self.apps
            .retain(|name, app| !app.dying || units.values().any(|unit| unit.app == *name));
        !dead.is_empty() || self.relations.len() < relations || self.apps.len() < apps
    }
}
