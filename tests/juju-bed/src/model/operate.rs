//! What an operator does with applications: deploy, configure, trust, scale up.

use std::{path::Path, sync::Arc};

use super::{
    Controller, Error, Lab, Model,
    commit::status,
    snapshot::options_of,
    state::{Agent, Application, Deployed, Life, Unit},
    take,
};
use crate::{charm::Charm, context::Version};

/// How an application is deployed.
#[derive(Clone, Debug)]
pub struct Deploy {
    /// `--trust`
    pub trust: bool,
    /// `--config key=value`
    pub config: Vec<(String, String)>,
    /// `-n`
    pub units: u32,
}

impl Default for Deploy {
    fn default() -> Self {
        Self {
            trust: false,
            config: Vec::new(),
            units: 1,
        }
    }
}

impl Model {
    /// `juju deploy <charm> <name>` with one unit.
    ///
    /// # Errors
    /// If Juju refuses the charm or the name.
    pub fn deploy(&mut self, charm: impl AsRef<Path>, name: &str) -> Result<(), Error> {
        self.deploy_with(charm, name, &Deploy::default())
    }

    /// `juju deploy` with options. A folder is packed first.
    ///
    /// # Errors
    /// If Juju refuses the charm, the name or an option.
    pub fn deploy_with(
        &mut self,
        charm: impl AsRef<Path>,
        name: &str,
        how: &Deploy,
    ) -> Result<(), Error> {
        self.controller.check_new_name(name)?;
        let charm = Arc::new(Charm::open(charm.as_ref(), self.controller.version)?);
        let mut app = Application {
            trust: how.trust,
            ..Application::default()
        };
        for (key, text) in &how.config {
            app.options
                .insert(key.clone(), charm.options.parse(key, text)?);
        }
        app.charm = Some(Deployed { charm, revision: 0 });
        self.controller.apps.insert(name.to_owned(), app);
        self.controller.add_peer_relations(name);
        self.add_units(name, how.units)?;
        Ok(())
    }

    /// `juju add-unit <app>`; the new unit's name.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn add_unit(&mut self, app: &str) -> Result<String, Error> {
        self.add_units(app, 1).map(|mut names| names.remove(0))
    }

    /// `juju add-unit -n <count> <app>`; the new units' names.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn add_units(&mut self, app: &str, count: u32) -> Result<Vec<String>, Error> {
        if self.controller.app(app)?.dying {
            return Err(Error::refused(format!("application {app:?} is not alive")));
        }
        let names = (0..count)
            .map(|_| self.controller.new_unit(app, &self.lab))
            .collect::<Result<Vec<_>, _>>()?;
        for name in names.iter().filter(|_| !self.controller.is_remote(app)) {
            std::fs::create_dir_all(self.folder(name))?;
        }
        Ok(names)
    }

    /// `juju config <app> key=value…`; only a real difference is a change.
    ///
    /// # Errors
    /// If an option does not exist or does not take the text.
    pub fn config(&mut self, app: &str, options: &[(&str, &str)]) -> Result<(), Error> {
        let deployed = self.controller.charm_of(app)?;
        let parsed = options
            .iter()
            .map(|(key, text)| Ok((*key, deployed.charm.options.parse(key, text)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let known = self.controller.app_mut(app)?;
        let before = options_of(known);
        for (key, value) in parsed {
            known.options.insert(key.to_owned(), value);
        }
        if options_of(known) != before {
            self.controller.config_changed(app);
        }
        Ok(())
    }

    /// `juju config <app> --reset a,b`: the defaults again. No hook follows on 4.0.
    ///
    /// # Errors
    /// If an option does not exist.
    pub fn reset(&mut self, app: &str, options: &[&str]) -> Result<(), Error> {
        let deployed = self.controller.charm_of(app)?;
        if let Some(unknown) = options
            .iter()
            .find(|key| !deployed.charm.options.specs.contains_key(**key))
        {
            return Err(Error::refused(format!("unknown option {unknown:?}")));
        }
        let known = self.controller.app_mut(app)?;
        let before = options_of(known);
        known
            .options
            .retain(|key, _| !options.contains(&key.as_str()));
        if options_of(known) != before && self.controller.version < Version::V4_0 {
            self.controller.config_changed(app);
        }
        Ok(())
    }

    /// `juju trust <app>`
    ///
    /// # Errors
    /// If there is no such application.
    pub fn trust(&mut self, app: &str) -> Result<(), Error> {
        self.controller.set_trust(app, true)
    }

    /// `juju trust --remove <app>`
    ///
    /// # Errors
    /// If there is no such application.
    pub fn untrust(&mut self, app: &str) -> Result<(), Error> {
        self.controller.set_trust(app, false)
    }

    /// Lets `update-status` fire on a unit as soon as nothing else is to be done there.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn update_status(&mut self, unit: &str) -> Result<(), Error> {
        self.controller.agent_mut(unit)?.update_status_due = true;
        Ok(())
    }

    /// `juju resolved <unit>`, or with `--no-retry` if `retry` is false.
    ///
    /// # Errors
    /// If the unit is not in error.
    pub fn resolve(&mut self, unit: &str, retry: bool) -> Result<(), Error> {
        let failed = self.controller.agent_mut(unit)?.failed.as_mut();
        let failed = failed
            .ok_or_else(|| Error::refused(format!("unit {unit:?} is not in an error state")))?;
        failed.retry = retry;
        failed.skip = !retry;
        Ok(())
    }
}

impl Controller {
    pub(super) fn check_new_name(&self, name: &str) -> Result<(), Error> {
        if !crate::charm::valid_name(name) {
            return Err(Error::refused(format!("invalid application name {name:?}")));
        }
        if self.apps.contains_key(name) {
            return Err(Error::refused(format!(
                "application {name:?} already exists"
            )));
        }
        Ok(())
    }

    pub(super) fn charm_of(&self, app: &str) -> Result<Deployed, Error> {
        let deployed = self.app(app)?.charm.clone();
        deployed.ok_or_else(|| Error::refused(format!("application {app:?} has no charm")))
    }

    pub(super) fn new_unit(&mut self, app: &str, lab: &Lab) -> Result<String, Error> {
        let remote = self.app(app)?.charm.is_none();
        let next = &mut self.next;
        let count = next.unit.entry(app.to_owned()).or_default();
        let name = format!("{app}/{}", take(count));
        let number = take(&mut next.address);
        let unit = Unit {
            app: app.to_owned(),
            machine: next.machine,
            address: format!("{}.{}", lab.network, 10 + number),
            folder: number.to_string(),
            life: Life::Alive,
            leaving_since: None,
            status: status("waiting", "installing agent"),
            state: Default::default(),
            agent: Agent {
                config_due: 1,
                ..Agent::default()
            },
        };
        next.machine += u32::from(!remote);
        self.units.insert(name.clone(), unit);
        let leader = &mut self.app_mut(app)?.leader;
        leader.get_or_insert_with(|| name.clone());
        if remote {
            for id in self.relations_of(app) {
                self.enter(id, &name);
            }
        }
        Ok(name)
    }

    fn set_trust(&mut self, app: &str, trust: bool) -> Result<(), Error> {
        let before = std::mem::replace(&mut self.app_mut(app)?.trust, trust);
        if before != trust {
            self.config_changed(app);
        }
        Ok(())
    }

    fn config_changed(&mut self, app: &str) {
        let times = if self.config_changed_twice { 2 } else { 1 };
        for unit in self.units.values_mut().filter(|unit| unit.app == app) {
            unit.agent.config_due = times;
        }
    }

    /// Gives every application without a living leader one; whether that changed anything.
    pub(super) fn elect(&mut self) -> bool {
        let mut changed = false;
        for (name, app) in self.apps.iter_mut().filter(|_| self.elections) {
            let alive = |unit: &&String| {
                self.units
                    .get(*unit)
                    .is_some_and(|unit| unit.app == *name && unit.life != Life::Dead)
            };
            if app.leader.as_ref().is_some_and(|leader| alive(&leader)) {
                continue;
            }
            let next = self.units.keys().find(alive).cloned();
            changed |= next != app.leader;
            app.leader = next;
        }
        changed
    }
}
