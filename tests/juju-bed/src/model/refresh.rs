//! A charm's files: where an operator puts them in the place of others, and when a unit gets them.

use std::{path::Path, sync::Arc};

use super::{
    Error, Model,
    state::{Deployed, Planned},
};
use crate::{charm::Charm, context::Version};

impl Model {
    /// `juju refresh <app> --path <charm>`
    ///
    /// # Errors
    /// If Juju refuses the charm.
    pub fn refresh(&mut self, app: &str, charm: impl AsRef<Path>) -> Result<(), Error> {
        let version = self.inner.version;
        let old = self.inner.charm_of(app)?;
        let charm = Charm::open(charm.as_ref(), version)?;
        let format = |charm: &Charm| charm.metadata.format(&charm.manifest, version);
        if version < Version::V4_0 && format(&old.charm) > format(&charm) {
            return Err(Error::refused(
                "cannot downgrade from v2 charm format to v1",
            ));
        }
        self.inner.app_mut(app)?.charm = Some(Deployed {
            charm: Arc::new(charm),
            revision: old.revision + 1,
        });
        Ok(())
    }

    /// `juju refresh --force-units`: units in error get the new files too, and then try the failed hook again.
    ///
    /// # Errors
    /// If Juju refuses the charm, or the files cannot be replaced.
    pub fn refresh_forced(&mut self, app: &str, charm: impl AsRef<Path>) -> Result<(), Error> {
        self.refresh(app, charm)?;
        for name in self.inner.unit_names(app) {
            if self.inner.units[&name].agent.failed.is_some() {
                self.replace_charm(&name)?;
                self.resolve(&name, true)?;
            }
        }
        Ok(())
    }

    /// Puts the charm's files where the unit runs them, when it is installed or upgraded; a retry finds them there.
    pub(super) fn lay_out(&mut self, unit: &str, hook: &Planned) -> Result<(), Error> {
        let fresh = [Planned::hook("install"), Planned::hook("upgrade-charm")].contains(hook);
        if fresh && self.inner.units[unit].agent.failed.is_none() {
            self.replace_charm(unit)
        } else {
            Ok(())
        }
    }

    fn replace_charm(&mut self, unit: &str) -> Result<(), Error> {
        let folder = self.folder(unit).join("charm");
        let Some(deployed) = self.inner.apps[&self.inner.units[unit].app].charm.clone() else {
            return Ok(());
        };
        match &self.inner.units[unit].agent.charm {
            Some(old) if old.revision == deployed.revision => return Ok(()),
            Some(old) => deployed
                .charm
                .expand_over(&old.charm, &folder, deployed.revision)?,
            None => deployed.charm.expand(&folder, deployed.revision)?,
        }
        if let Some(unit) = self.inner.units.get_mut(unit) {
            unit.agent.charm = Some(deployed);
        }
        Ok(())
    }
}
