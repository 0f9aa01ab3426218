//! Rest: no hook is due, and what has to hold does.

use std::collections::{BTreeMap, BTreeSet};

use lab::{equation, steps::letters};
use lxd_integrator::{
    decision::event::Event, names::RelationId, trust::owner::Requirer,
    x509::certificate::Fingerprint,
};

use super::{World, name_in};
use crate::{hook, juju::Unit, pool};

impl World<'_> {
    /// No hook is due, and every unit has run `update-status` twice since.
    pub(super) fn rest(&mut self) -> Result<(), String> {
        self.story.tell(|| "everything comes to rest".to_owned());
        self.mishap = None;
        self.set_away(false);
        let mut turn = 0u8;
        while let Some((unit, event)) = self.choose(turn, turn.wrapping_mul(7)) {
            self.hook(unit, &event)?;
            turn = turn.wrapping_add(1);
        }
        let units: Vec<u32> = self.juju.units.keys().copied().collect();
        for unit in units.iter().chain(&units) {
            self.hook(*unit, &Event::UpdateStatus)?;
        }
        self.check()?;
        for unit in units {
            self.quiet(unit)?;
        }
        Ok(())
    }

    /// One more look changes nothing.
    pub(super) fn quiet(&mut self, unit: u32) -> Result<(), String> {
        let (store, memory) = (self.lxd.store(), self.juju.units[&unit].memory.clone());
        self.hook(unit, &Event::UpdateStatus)?;
        let same = self.lxd.store() == store && self.juju.units[&unit].memory == memory;
        same.then_some(())
            .ok_or_else(|| "a third update-status still changed something".to_owned())
    }

    pub(super) fn check(&self) -> Result<(), String> {
        if self.juju.units.is_empty() && self.excused {
            return Ok(());
        }
        let theirs = self.lxd.theirs();
        let mut asked = self.juju.asked();
        asked.retain(|certificate, _| {
            let entry = pool::fingerprint(*certificate);
            // What has expired, or cannot be restricted, stays if it is there, and is not registered anew.
            let may_be_new = pool::is_fit(*certificate) && self.lxd.is_as_asked();
            !self.juju.units.is_empty() && (may_be_new || self.lxd.entries.contains_key(&entry))
        });
        let name = |(id, slot): &(RelationId, usize)| {
            let Requirer {
                relation,
                application,
            } = name_in(*id, *slot);
            format!("{}:{relation}:{application}", pool::owner())
        };
        let names = asked.iter().map(|(certificate, askers)| {
            (
                pool::fingerprint(*certificate),
                askers.iter().map(name).collect(),
            )
        });
        equation::holds(&self.lxd.store(), theirs, &names.collect())
            .map_err(|wrong| self.in_letters(wrong))?;
        self.check_confinement()?;
        self.juju
            .units
            .values()
            .try_for_each(|unit| self.check_databags(unit))
    }

    /// What is ours may do what is asked for, and no more.
    fn check_confinement(&self) -> Result<(), String> {
        let wanted = self.lxd.restriction(true).for_relations();
        let mut ours = self.ours().filter(|(entry, _)| *entry != pool::own());
        match ours.find(|(entry, _)| Some(&self.lxd.entries[entry].confinement) != wanted.as_ref())
        {
            Some((entry, _)) if !self.juju.units.is_empty() => Err(format!(
                "{} may do something else than is asked for",
                pool::name(entry)
            )),
            _ => Ok(()),
        }
    }

    /// Each relation is told of what it asks for and is trusted.
    pub(super) fn check_databags(&self, unit: &Unit) -> Result<(), String> {
        for (id, joined) in unit.joined.iter().filter(|(_, joined)| !joined.stranded) {
            let bags = self.juju.relations[id].bags.values();
            let asks: BTreeSet<u8> = bags.flat_map(|bag| bag.asks.iter().copied()).collect();
            let trusted = asks.into_iter().filter(|certificate| {
                let there = self.lxd.entries.get(&pool::fingerprint(*certificate));
                there.is_some_and(|entry| entry.kind == "client")
            });
            let trusted: BTreeMap<Fingerprint, u8> = trusted
                .map(|certificate| (pool::fingerprint(certificate), certificate))
                .collect();
            let texts: Vec<String> = trusted
                .values()
                .map(|certificate| pool::text(*certificate).text.clone())
                .collect();
            let prints: Vec<String> = trusted.keys().map(ToString::to_string).collect();
            let nodes = serde_json::json!([{
                "endpoint": "https://10.0.0.1:8443", "name": "node-1", "trusted_certs_fp": prints,
            }]);
            if hook::says(&joined.own) != (texts, nodes.to_string()) {
                let told = trusted.values().copied().collect();
                return Err(format!(
                    "relation {id} should be told of {}",
                    letters(&told)
                ));
            }
        }
        Ok(())
    }

    pub(super) fn in_letters(&self, text: String) -> String {
        let entries = self.lxd.entries.keys();
        entries.fold(text, |text, entry| {
            text.replace(&entry.to_string(), &pool::name(*entry))
        })
    }

    /// All units leave; the last one leaves nothing of ours behind.
    pub(super) fn leave(&mut self) -> Result<(), String> {
        self.story.tell(|| "all units are removed".to_owned());
        while !self.juju.units.values().all(|unit| unit.dying) {
            let living = self
                .juju
                .units
                .iter()
                .position(|(_, unit)| !unit.dying)
                .unwrap_or_default();
            self.remove_unit(u8::try_from(living).unwrap_or_default());
        }
        self.rest()
    }
}
