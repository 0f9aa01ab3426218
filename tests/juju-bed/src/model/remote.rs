//! Remote sides: applications without processes, whose part a test plays.

use std::collections::BTreeMap;

use super::{
    Error, Model,
    state::{Application, app_of},
};

impl Model {
    /// An application without processes: its units take part in relations, and the test writes their databags with
    /// [`Model::write`].
    ///
    /// # Errors
    /// If the name is taken.
    pub fn remote(&mut self, name: &str, units: u32) -> Result<(), Error> {
        self.controller.check_new_name(name)?;
        self.controller
            .apps
            .insert(name.to_owned(), Application::default());
        self.add_units(name, units)?;
        Ok(())
    }

    /// The same as a subordinate, of whose units `goal-state` shows nothing to others.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn remote_subordinate(&mut self, name: &str, units: u32) -> Result<(), Error> {
        self.remote(name, units)?;
        self.controller.app_mut(name)?.subordinate = true;
        Ok(())
    }

    /// Writes keys of a remote side's unit or application databag; an empty text deletes the key.
    ///
    /// # Errors
    /// If the databag does not belong to a remote side of that relation.
    pub fn write(
        &mut self,
        relation: u32,
        entity: &str,
        keys: &[(&str, &str)],
    ) -> Result<(), Error> {
        let remote = self.controller.is_remote(app_of(entity));
        let known = self.controller.relations.get_mut(&relation);
        let known = known.filter(|relation| remote && relation.side_of(app_of(entity)).is_some());
        let known = known.ok_or_else(|| {
            Error::refused(format!(
                "{entity:?} is no remote side of relation {relation}"
            ))
        })?;
        let changes = keys
            .iter()
            .map(|(key, text)| ((*key).to_owned(), Some((*text).to_owned())))
            .collect::<BTreeMap<_, _>>();
        known.bag_mut(entity).apply(&changes);
        Ok(())
    }
}
