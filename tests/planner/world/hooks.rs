//! The hooks: which one runs, what it decides, and what comes of it.

use lab::steps::{CERTIFICATES, letter};
use lxd_integrator::{
    decision::{event::Event, memory, scope::Scope},
    trust::{
        Entry,
        owner::{Ownership, Requirer},
    },
    x509::certificate::Fingerprint,
};

use super::World;
use crate::{
    hook::{self, End},
    juju, pool,
};

impl World<'_> {
    /// A hook that is due on this unit, or on any if it has none.
    pub(super) fn choose(&self, unit: u8, choice: u8) -> Option<(u32, Event)> {
        let units: Vec<u32> = self.juju.units.keys().copied().collect();
        let mut units: Vec<u32> = units;
        let first = usize::from(unit) % units.len().max(1);
        units.rotate_left(first);
        units.into_iter().find_map(|unit| {
            let mut due = self.juju.due(unit);
            (!due.is_empty()).then(|| (unit, due.swap_remove(usize::from(choice) % due.len())))
        })
    }

    /// A hook that may come at any time, unless another one has to be run again.
    pub(super) fn now(&mut self, choice: u8, event: &Event) -> Result<(), String> {
        let units: Vec<u32> = self.juju.units.keys().copied().collect();
        let unit = units.get(usize::from(choice) % units.len().max(1)).copied();
        let ready = |unit: &u32| {
            let unit = &self.juju.units[unit];
            unit.installed && unit.failed.is_none()
        };
        match unit.filter(ready) {
            Some(unit) => self.hook(unit, event),
            None => Ok(()),
        }
    }

    pub(super) fn hook(&mut self, unit: u32, event: &Event) -> Result<(), String> {
        let was_even = self.juju.units.get(&unit).and_then(|unit| unit.even_with);
        self.overlapping(unit, event, |_| Ok(()))?;
        self.has_caught_up(unit, event, was_even)
    }

    /// Two units act at the same time: what one decided is done after the other's whole hook.
    pub(super) fn together(&mut self, one: u8, other: u8) -> Result<(), String> {
        let Some((first, event)) = self.choose(one % 3, one) else {
            return Ok(());
        };
        self.overlapping(first, &event, |world| {
            let second = world
                .choose(other % 3, other)
                .filter(|(second, _)| *second != first);
            second.map_or(Ok(()), |(second, event)| world.hook(second, &event))
        })
    }

    pub(super) fn overlapping(
        &mut self,
        unit: u32,
        event: &Event,
        meanwhile: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let before = self.witnesses.get(&unit).cloned().unwrap_or_default();
        self.juju.begin(unit, event);
        self.story
            .tell(|| format!("{} runs {}", juju::integrator(unit), named(event)));
        let looked = hook::look(&mut self.juju, &self.lxd, unit, event, &before)?;
        let Some(looked) = looked else {
            self.juju.end(unit, event);
            return meanwhile(self);
        };
        for change in looked.changes() {
            self.story.tell(|| {
                format!(
                    "  and decides to {change} ({})",
                    pool::name(change.fingerprint())
                )
            });
        }
        let mishap = self.mishap.take();
        if let Some(mishap) = mishap {
            self.story.tell(|| format!("  with a mishap: {mishap:?}"));
        }
        meanwhile(self)?;
        self.story
            .tell(|| format!("  {} acts", juju::integrator(unit)));
        let mut witness = looked.witness.clone();
        let (looks, away) = (looked.finds_unclaimed(), self.lxd.away);
        match hook::act(&mut self.juju, &mut self.lxd, &looked, mishap)? {
            End::Well => {
                if *event == Event::Stop && away {
                    // It need not wait for LXD if there is nothing to wait for.
                    self.excused |= witness.knows_of_nothing();
                }
                self.juju.end(unit, event);
                if looks {
                    witness.has_looked(self.lxd.number, self.ours());
                }
                let even = !away && !self.lxd.undone;
                if even {
                    witness.is_even();
                }
                let even_with = even.then_some((self.lxd.number, self.lxd.asked));
                if let Some(unit) = self.juju.units.get_mut(&unit) {
                    unit.even_with = even_with;
                }
                self.witnesses.insert(unit, witness);
            }
            End::Again => {
                let unit = self.juju.units.get_mut(&unit);
                unit.into_iter()
                    .for_each(|unit| unit.failed = Some(event.clone()));
            }
        }
        Ok(())
    }

    /// A hook that finds another LXD, other options or no memory catches up with all: everything that this unit tells is
    /// true there, and it remembers every relation that it is in.
    fn has_caught_up(
        &self,
        unit: u32,
        event: &Event,
        was_even: Option<(u8, usize)>,
    ) -> Result<(), String> {
        let Some(known) = self.juju.units.get(&unit) else {
            return Ok(());
        };
        let looked = Scope::of(event).is_some() && known.failed.is_none() && !known.dying;
        if !looked || known.even_with.is_none() || was_even == known.even_with {
            return Ok(());
        }
        let ledger = memory::read(&known.memory).unwrap_or_default();
        for (id, joined) in known.joined.iter().filter(|(_, joined)| !joined.stranded) {
            if !ledger.relations.contains_key(id) {
                return Err(format!("relation {id} is not remembered"));
            }
            let (_, nodes) = hook::says(&joined.own);
            let is_there = |number: &u8| {
                let there = self.lxd.entries.get(&pool::fingerprint(*number));
                there.is_some_and(Entry::is_client)
            };
            let mut told = (0..CERTIFICATES)
                .filter(|number| nodes.contains(&pool::fingerprint(*number).to_string()));
            if let Some(wrong) = told.find(|number| !is_there(number)) {
                let wrong = letter(wrong);
                return Err(format!(
                    "relation {id} is told of {wrong}, which is not there"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn ours(&self) -> impl Iterator<Item = (Fingerprint, Requirer)> {
        let entries = self
            .lxd
            .entries
            .iter()
            .filter(|(entry, _)| !self.lxd.theirs().contains_key(entry));
        entries.filter_map(|(entry, known)| match pool::owner().of(&known.name) {
            Ownership::Relation(name) => Some((*entry, name)),
            _ => None,
        })
    }
}

/// A hook in a story.
fn named(event: &Event) -> String {
    match event {
        Event::Installed => "install".to_owned(),
        Event::Changed => "config-changed".to_owned(),
        Event::UpdateStatus => "update-status".to_owned(),
        Event::Stop => "stop".to_owned(),
        Event::Action(action) => format!("{action:?}"),
        Event::RelationCreated(id, _) => format!("created of relation {id}"),
        Event::RelationChanged(id, Some(bag)) => format!("changed of relation {id} for {bag}"),
        Event::RelationChanged(id, None) => format!("changed of relation {id}"),
        Event::RelationDeparted { relation, unit, .. } => {
            format!("departed of relation {relation} for {unit}")
        }
        Event::RelationBroken(id) => format!("broken of relation {id}"),
    }
}
