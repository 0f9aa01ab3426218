//! A charm's files: where an operator puts them in the place of others, and when a unit gets them.

use std::{path::Path, sync::Arc};

use super::{
    Error, Model,
    state::{Deployed, Planned},
};
use crate::{charm::Charm, context::Version};

impl Model {
    /// `juju refresh <app> --path <charm>`. On 4.0 a unit in error gets the new files at once, and no `upgrade-charm`
    /// ever.
    ///
    /// # Errors
    /// If Juju refuses the charm, or the files cannot be replaced.
    pub fn refresh(&mut self, app: &str, charm: impl AsRef<Path>) -> Result<(), Error> {
        let version = self.controller.version;
        let old = self.controller.charm_of(app)?;
        let charm = Charm::open(charm.as_ref(), version)?;
        let format = |charm: &Charm| charm.metadata.format(&charm.manifest, version);
        if version < Version::V4_0 && format(&old.charm) > format(&charm) {
            return Err(Error::refused(
                "cannot downgrade from v2 charm format to v1",
            ));
        }
        self.controller.app_mut(app)?.charm = Some(Deployed {
            charm: Arc::new(charm),
            revision: old.revision + 1,
        });
        if version >= Version::V4_0 {
            self.replace_in_error(app)?;
        }
        Ok(())
    }

    /// `juju refresh --force-units`: before 4.0, units in error get the new files too, and then try the failed hook
    /// again. On 4.0 it is no more than [`Model::refresh`].
    ///
    /// # Errors
    /// As [`Model::refresh`].
    pub fn refresh_forced(&mut self, app: &str, charm: impl AsRef<Path>) -> Result<(), Error> {
        self.refresh(app, charm)?;
        if self.controller.version >= Version::V4_0 {
            return Ok(());
        }
        for name in self.replace_in_error(app)? {
            self.resolve(&name, true)?;
        }
        Ok(())
    }

    /// The units in error of an application get its files; which they are.
    fn replace_in_error(&mut self, app: &str) -> Result<Vec<String>, Error> {
        let mut names = self.controller.unit_names(app);
        names.retain(|name| self.controller.units[name].agent.failed.is_some());
        for name in &names {
            self.replace_charm(name)?;
        }
        Ok(names)
    }

    /// Puts the charm's files where the unit runs them, when it is installed or upgraded; a retry finds them there.
    pub(super) fn lay_out(&mut self, unit: &str, hook: &Planned) -> Result<(), Error> {
        let fresh = [Planned::hook("install"), Planned::hook("upgrade-charm")].contains(hook);
        if fresh && self.controller.units[unit].agent.failed.is_none() {
            self.replace_charm(unit)
        } else {
            Ok(())
        }
    }

    fn replace_charm(&mut self, unit: &str) -> Result<(), Error> {
        let folder = self.folder(unit).join("charm");
        let Some(deployed) = self.controller.apps[&self.controller.units[unit].app]
            .charm
            .clone()
        else {
            return Ok(());
        };
        match &self.controller.units[unit].agent.charm {
            Some(old) if old.revision == deployed.revision => return Ok(()),
            Some(old) => deployed
                .charm
                .expand_over(&old.charm, &folder, deployed.revision)?,
            None => deployed.charm.expand(&folder, deployed.revision)?,
        }
        self.controller.agent_mut(unit)?.charm = Some(deployed);
        Ok(())
    }
}
