//! What consumers and operators do with relations.

use std::collections::{BTreeMap, BTreeSet};

use juju_bed::model::Error;
use lab::{
    APP,
    steps::{SLOTS, Step, letters},
};
use serde_json::json;

use super::{FAR, Related, World};

impl World<'_> {
    /// What consumers and operators do with relations.
    pub(super) fn operate(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Relate(slot) => self.relate(*slot)?,
            Step::Publish(slot, bag, asks) => {
                self.relate(*slot)?;
                self.publish(*slot, *bag, asks)?;
            }
            Step::Grow(slot) => {
                if let Some(related) = self.related.get(slot) {
                    let unit = self.model.add_unit(&related.app)?;
                    self.story.tell(|| format!("{unit} comes"));
                }
            }
            Step::Shrink(slot, choice) => self.shrink(*slot, *choice, false)?,
            // `goal-state` does not show units of other models.
            Step::ForceShrink(slot, choice) if *slot != FAR => self.shrink(*slot, *choice, true)?,
            Step::Remove(slot) | Step::ForceRemove(slot) => {
                if let Some(related) = self.related.remove(slot) {
                    let other = format!("{}:{}", related.app, SLOTS[usize::from(*slot)].1);
                    match step {
                        Step::Remove(_) => self.model.remove_relation(APP, &other)?,
                        _ => self.model.remove_relation_forced(APP, &other)?,
                    }
                    self.story
                        .tell(|| format!("{step:?}: relation {}", related.number));
                }
            }
            Step::Strand(_) => {
                if let Some(far) = self.far.take() {
                    self.related.remove(&FAR);
                    self.model.remove_cross_model(&far, None)?;
                    self.story.tell(|| format!("{far} goes"));
                }
            }
            Step::Suspend(slot) => self.set_suspended(*slot, true)?,
            Step::Resume(slot) => self.set_suspended(*slot, false)?,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn relate(&mut self, slot: u8) -> Result<(), Error> {
        if self.related.contains_key(&slot) {
            return Ok(());
        }
        let (name, endpoint) = SLOTS[usize::from(slot)];
        let app = match (slot, &self.far) {
            (FAR, Some(far)) => far.clone(),
            (FAR, None) => self.model.remote_cross_model(1)?,
            _ => name.to_owned(),
        };
        if slot == FAR {
            self.far = Some(app.clone());
        } else if !self.model.applications().contains(&app) {
            self.model.remote(&app, 1)?;
        }
        // An old relation of the same endpoints may not be over yet.
        let Ok(number) = self
            .model
            .integrate("lxd-integrator:api", &format!("{app}:{endpoint}"))
        else {
            return Ok(());
        };
        self.story
            .tell(|| format!("{app} is related: relation {number}"));
        let related = Related {
            number,
            app,
            suspended: false,
            asks: BTreeMap::new(),
        };
        self.related.insert(slot, related);
        Ok(())
    }

    pub(super) fn publish(
        &mut self,
        slot: u8,
        choice: u8,
        asks: &BTreeSet<u8>,
    ) -> Result<(), Error> {
        let Some(related) = self
            .related
            .get_mut(&slot)
            .filter(|related| !related.suspended)
        else {
            return Ok(());
        };
        let mut bags = self.model.units(&related.app);
        bags.push(related.app.clone());
        let bag = bags.swap_remove(usize::from(choice) % bags.len());
        let texts: Vec<&str> = asks
            .iter()
            .map(|one| self.clients[usize::from(*one)].certificate_pem.as_str())
            .collect();
        let text = json!(texts).to_string();
        self.model
            .write(related.number, &bag, &[("client_certificates", &text)])?;
        self.story.tell(|| {
            format!(
                "in relation {} {bag} asks for {}",
                related.number,
                letters(asks)
            )
        });
        related.asks.insert(bag, asks.clone());
        Ok(())
    }

    pub(super) fn shrink(&mut self, slot: u8, choice: u8, force: bool) -> Result<(), Error> {
        let Some(app) = self.related.get(&slot).map(|related| related.app.clone()) else {
            return Ok(());
        };
        let mut units = self.model.units(&app);
        if units.len() < 2 {
            return Ok(());
        }
        let unit = units.swap_remove(usize::from(choice) % units.len());
        match force {
            true => self.model.remove_unit_forced(&unit)?,
            false => self.model.remove_unit(&unit)?,
        }
        for related in self.related.values_mut() {
            related.asks.remove(&unit);
        }
        self.story
            .tell(|| format!("{unit} goes{}", if force { " by force" } else { "" }));
        Ok(())
    }

    pub(super) fn set_suspended(&mut self, slot: u8, suspended: bool) -> Result<(), Error> {
        let Some(related) = self
            .related
            .get_mut(&slot)
            .filter(|related| related.suspended != suspended)
        else {
            return Ok(());
        };
        related.suspended = suspended;
        if suspended {
            self.model.suspend_relation(related.number)?;
        } else {
            self.model.resume_relation(related.number)?;
            // The units enter anew, with empty databags; the application's stays.
            related.asks.retain(|bag, _| !bag.contains('/'));
        }
        self.story.tell(|| {
            format!(
                "relation {} is {}",
                related.number,
                if suspended { "suspended" } else { "resumed" }
            )
        });
        Ok(())
    }
}
