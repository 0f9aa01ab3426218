//! What a test sets: credentials, environments, and what Juju leaves to chance.

use serde_json::Value;

use super::{Error, Lab, Model, Patience};

impl Model {
    /// The cloud spec with its credential, in JSON spelling. No hook follows.
    pub fn set_cloud_credential(&mut self, cloud: Value) {
        self.controller.cloud = cloud;
    }

    /// Gives a variable to every hook of an application, for the test's own purposes.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn set_env(&mut self, app: &str, key: &str, value: &str) -> Result<(), Error> {
        self.controller
            .app_mut(app)?
            .env
            .insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// Makes a unit its application's leader.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn set_leader(&mut self, unit: &str) -> Result<(), Error> {
        let app = self.controller.unit(unit)?.app.clone();
        self.controller.app_mut(&app)?.leader = Some(unit.to_owned());
        Ok(())
    }

    /// Whether an application whose leader is gone gets another one by itself; if not, it waits for
    /// [`Model::set_leader`].
    pub fn set_elections(&mut self, automatic: bool) {
        self.controller.elections = automatic;
    }

    /// Which relations' hooks a unit runs first where Juju leaves it to chance.
    pub fn set_relation_order(&mut self, unit: &str, relations: &[u32]) {
        self.chance
            .relation_order
            .insert(unit.to_owned(), relations.to_vec());
    }

    /// Whether a change of options or trust runs `config-changed` twice, as a real 4.0 does in about half the cases.
    pub fn set_config_changed_twice(&mut self, twice: bool) {
        self.controller.config_changed_twice = twice;
    }

    /// How long 4.0 waits for a dying unit that stands in error.
    pub fn set_patience(&mut self, patience: Patience) {
        self.clock.patience = patience;
    }

    /// Model config `automatically-retry-hooks`.
    pub fn set_retry_hooks(&mut self, automatic: bool) {
        self.clock.retry_hooks = automatic;
    }

    /// The model's name, `JUJU_MODEL_NAME`.
    pub fn set_name(&mut self, name: &str) {
        self.controller.name = name.to_owned();
    }

    /// What differs from one lab to another; machines made later follow it.
    pub fn lab_mut(&mut self) -> &mut Lab {
        &mut self.lab
    }
}
