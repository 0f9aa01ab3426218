//! Rest: no hook is due, and what has to hold does.

use std::{collections::BTreeSet, sync::PoisonError};

use juju_bed::model::Error;
use lab::{
    APP,
    equation::{self, Asked},
    steps::{CERTIFICATES, Step, letter},
};

use super::{World, store};

impl World<'_> {
    /// No hook is due, and every unit has run `update-status` twice since.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        self.story.tell(|| "everything comes to rest".to_owned());
        self.lxd(&Step::Back);
        if self.lxd.requests().is_some() {
            self.lxd.clear_faults();
        }
        self.settle().map_err(|error| error.to_string())?;
        self.watch()?;
        self.check().map_err(|wrong| self.in_letters(wrong))
    }

    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let before = self.model.journal().len();
        // What was killed or failed runs again.
        self.model.settle_together()?;
        self.model.settle()?;
        for _ in 0..2 {
            for unit in self.model.units(APP) {
                self.model.update_status(&unit)?;
            }
            self.model.settle()?;
        }
        for entry in self.model.journal().iter().skip(before) {
            self.story
                .tell(|| format!("  {} ran {}: {:?}", entry.unit, entry.name, entry.ran.end));
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let (list, owner) = (store(&self.lxd.trust_list()), self.owner());
        let nobody = self.model.units(APP).is_empty();
        // Juju 4.0 runs no hook for a unit that is in no relation.
        let ran_stop = |unit: &String| self.model.hooks(unit).iter().any(|hook| hook == "stop");
        if nobody && (self.excused || !self.last.iter().any(ran_stop)) {
            return Ok(());
        }
        let mut asked = Asked::new();
        for related in self
            .related
            .values()
            .filter(|related| !related.suspended && !nobody)
        {
            for certificate in related.asks.values().flatten() {
                let fingerprint = &self.clients[usize::from(*certificate)].fingerprint;
                // What has expired stays if it is there, and is not registered anew.
                if *certificate != CERTIFICATES - 1 || list.contains_key(fingerprint) {
                    let names: &mut BTreeSet<String> =
                        asked.entry(fingerprint.clone()).or_default();
                    names.insert(format!("{owner}:{}:{}", related.number, related.app));
                }
            }
        }
        let theirs = &self
            .guard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .theirs;
        equation::holds(&list, theirs, &asked)
    }

    pub(super) fn in_letters(&self, text: String) -> String {
        let clients = self.clients.iter().zip(0..CERTIFICATES);
        clients.fold(text, |text, (client, number)| {
            text.replace(&client.fingerprint, &letter(number).to_string())
        })
    }
}
