//! What an operator does with applications: deploy, configure, trust, scale up.

use std::{path::Path, sync::Arc};

use super::{
    Error, Inner, Model,
    commit::status,
    state::{Agent, Application, Deployed, Life, Unit, app_of},
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
        self.inner.check_new_name(name)?;
        let charm = Arc::new(Charm::open(charm.as_ref(), self.inner.version)?);
        let mut app = Application {
            trust: how.trust,
            ..Application::default()
        };
        for (key, text) in &how.config {
            app.options
                .insert(key.clone(), charm.options.parse(key, text)?);
        }
        app.charm = Some(Deployed { charm, revision: 0 });
        self.inner.apps.insert(name.to_owned(), app);
        self.inner.add_peer_relations(name);
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
        if self.inner.app(app)?.dying {
            return Err(Error::refused(format!("application {app:?} is not alive")));
        }
        let names = (0..count)
            .map(|_| self.inner.new_unit(app))
            .collect::<Result<Vec<_>, _>>()?;
        for name in names.iter().filter(|_| !self.inner.is_remote(app)) {
            std::fs::create_dir_all(self.folder(name))?;
        }
        Ok(names)
    }

    /// `juju config <app> key=value…`; only a real difference is a change.
    ///
    /// # Errors
    /// If an option does not exist or does not take the text.
    pub fn config(&mut self, app: &str, options: &[(&str, &str)]) -> Result<(), Error> {
        let deployed = self.inner.charm_of(app)?;
        let parsed = options
            .iter()
            .map(|(key, text)| Ok((*key, deployed.charm.options.parse(key, text)?)))
            .collect::<Result<Vec<_>, Error>>()?;
        let before = super::snapshot::options(self.inner.app(app)?);
        for (key, value) in parsed {
            self.inner
                .app_mut(app)?
                .options
                .insert(key.to_owned(), value);
        }
        if super::snapshot::options(self.inner.app(app)?) != before {
            self.inner.config_changed(app);
        }
        Ok(())
    }

    /// `juju config <app> --reset a,b`: the defaults again. No hook follows on 4.0.
    ///
    /// # Errors
    /// If an option does not exist.
    pub fn reset(&mut self, app: &str, options: &[&str]) -> Result<(), Error> {
        let deployed = self.inner.charm_of(app)?;
        if let Some(unknown) = options
            .iter()
            .find(|key| !deployed.charm.options.specs.contains_key(**key))
        {
            return Err(Error::refused(format!("unknown option {unknown:?}")));
        }
        let before = super::snapshot::options(self.inner.app(app)?);
        self.inner
            .app_mut(app)?
            .options
            .retain(|key, _| !options.contains(&key.as_str()));
        let changed = super::snapshot::options(self.inner.app(app)?) != before;
        if changed && self.inner.version < Version::V4_0 {
            self.inner.config_changed(app);
        }
        Ok(())
    }

    /// `juju trust <app>`
    ///
    /// # Errors
    /// If there is no such application.
    pub fn trust(&mut self, app: &str) -> Result<(), Error> {
        self.inner.set_trust(app, true)
    }

    /// `juju trust --remove <app>`
    ///
    /// # Errors
    /// If there is no such application.
    pub fn untrust(&mut self, app: &str) -> Result<(), Error> {
        self.inner.set_trust(app, false)
    }

    /// Lets `update-status` fire on a unit as soon as nothing else is to be done there.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn update_status(&mut self, unit: &str) -> Result<(), Error> {
        self.inner.unit(unit)?;
        if let Some(unit) = self.inner.units.get_mut(unit) {
            unit.agent.update_status_due = true;
        }
        Ok(())
    }

    /// `juju resolved <unit>`, or with `--no-retry` if `retry` is false.
    ///
    /// # Errors
    /// If the unit is not in error.
    pub fn resolve(&mut self, unit: &str, retry: bool) -> Result<(), Error> {
        self.inner.unit(unit)?;
        let failed = self
            .inner
            .units
            .get_mut(unit)
            .and_then(|unit| unit.agent.failed.as_mut());
        let failed = failed
            .ok_or_else(|| Error::refused(format!("unit {unit:?} is not in an error state")))?;
        failed.retry = retry;
        failed.skip = !retry;
        Ok(())
    }
}

impl Inner {
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

    pub(super) fn new_unit(&mut self, app: &str) -> Result<String, Error> {
        self.app(app)?;
        let next = self.next_unit.entry(app.to_owned()).or_default();
        let name = format!("{app}/{next}");
        *next += 1;
        let (machine, number) = (self.next_machine, self.next_address);
        let unit = Unit {
            app: app.to_owned(),
            machine,
            address: format!("{}.{}", self.lab.network, 10 + number),
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
        self.next_machine += u32::from(!self.is_remote(app));
        self.next_address += 1;
        self.units.insert(name.clone(), unit);
        let app = self.app_mut(app)?;
        app.leader.get_or_insert_with(|| name.clone());
        if app.charm.is_none() {
            let ids: Vec<u32> = self
                .relations
                .iter()
                .filter(|(_, relation)| relation.side_of(app_of(&name)).is_some())
                .map(|(id, _)| *id)
                .collect();
            for id in ids {
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
