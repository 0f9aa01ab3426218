//! Plays a session: Juju, LXD and the units of the integrator over the pure core.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    certificate::Fingerprint,
    entry::EntryName,
    event::Event,
    names::{BagName, RelationId},
};

use crate::{
    equation,
    hook::{self, End},
    juju::{self, Juju, Unit},
    law::Witness,
    lxd::{self, Lxd, Mishap},
    pool,
    sessions::Story,
    steps::{Name, SLOTS, Step, letter, letters},
};

/// The most units of the integrator.
const MOST_UNITS: usize = 3;

/// Everything there is.
pub(crate) struct World<'a> {
    juju: Juju,
    lxd: Lxd,
    witnesses: BTreeMap<u32, Witness>,
    mishap: Option<Mishap>,
    /// Nobody was there to clean up: the last unit left without a hook, or something happened after that.
    excused: bool,
    story: &'a mut Story,
}

/// A session from the first unit to a state at rest.
pub(crate) fn play(steps: &[Step], story: &mut Story) -> Result<(), String> {
    let mut world = World::new(story);
    for step in steps {
        world.step(step)?;
    }
    world.rest()?;
    world.leave()
}

impl<'a> World<'a> {
    fn new(story: &'a mut Story) -> Self {
        let mut lxd = Lxd::default();
        // Our own entry has a name that we would give, and is not touched for all that.
        let name = pool::owner().name(&name_in(RelationId::new(1), 0));
        lxd.entries
            .insert(pool::own(), lxd::entry(pool::own(), &name, "client"));
        lxd.note();
        let mut world = Self {
            juju: Juju::default(),
            lxd,
            witnesses: BTreeMap::new(),
            mishap: None,
            excused: false,
            story,
        };
        world.add_unit();
        world
    }

    fn step(&mut self, step: &Step) -> Result<(), String> {
        match step {
            Step::Hook(unit, choice) => {
                if let Some((unit, event)) = self.choose(*unit, *choice) {
                    self.hook(unit, &event)?;
                }
            }
            Step::Together(one, other) => self.together(*one, *other)?,
            Step::UpdateStatus(unit) => self.now(*unit, &Event::UpdateStatus)?,
            Step::Changed(unit) => self.now(*unit, &Event::Changed)?,
            Step::Rest => self.rest()?,
            Step::Away => self.set_away(true),
            Step::Back => self.set_away(false),
            Step::Lose(write, acted) => self.mishap = Some(mishap(*write, *acted, false)),
            Step::Kill(write, acted) => self.mishap = Some(mishap(*write, *acted, true)),
            Step::Forget(unit) => self.forget(*unit),
            Step::AddUnit => self.add_unit(),
            Step::RemoveUnit(unit) => self.remove_unit(*unit),
            Step::Delete(_) | Step::Add(..) | Step::Rename(..) => self.tamper(step),
            _ => self.operate(step),
        }
        Ok(())
    }

    /// What consumers and operators do with relations.
    fn operate(&mut self, step: &Step) {
        let slot = match step {
            Step::Relate(slot)
            | Step::Publish(slot, ..)
            | Step::Grow(slot)
            | Step::Shrink(slot, _) => *slot,
            Step::Remove(slot) | Step::ForceRemove(slot) | Step::Strand(slot) => *slot,
            Step::Suspend(slot) | Step::Resume(slot) => *slot,
            _ => return,
        };
        let Some(id) = self.juju.at(slot) else {
            if let Step::Relate(_) | Step::Publish(..) = step {
                let id = self.juju.relate(slot);
                self.story
                    .tell(|| format!("{} is related: relation {id}", SLOTS[usize::from(slot)].0));
            }
            return;
        };
        match step {
            Step::Publish(_, bag, asks) => self.publish(id, *bag, asks),
            Step::Grow(_) => {
                let number = self.juju.number();
                self.juju.grow(slot, number);
                self.story
                    .tell(|| format!("{} comes", juju::unit_bag(slot.into(), number)));
            }
            Step::Shrink(_, unit) => {
                let units: Vec<u32> = self.juju.consumers[SLOTS[usize::from(slot)].0]
                    .iter()
                    .copied()
                    .collect();
                if let Some(number) = units.get(usize::from(*unit) % units.len().max(1)) {
                    self.juju.shrink(slot, *number);
                    self.story
                        .tell(|| format!("{} goes", juju::unit_bag(slot.into(), *number)));
                }
            }
            Step::Remove(_) => {
                self.juju.remove(id);
                self.story.tell(|| format!("relation {id} is removed"));
            }
            Step::ForceRemove(_) => {
                self.juju.force_remove(id);
                self.story
                    .tell(|| format!("relation {id} is force-removed, and nobody is told"));
            }
            Step::Strand(_) => {
                self.juju.remove(id);
                for unit in self.juju.units.values_mut() {
                    unit.joined
                        .get_mut(&id)
                        .into_iter()
                        .for_each(|joined| joined.stranded = true);
                }
                self.story
                    .tell(|| format!("relation {id} is stranded: its consumer's model is gone"));
            }
            Step::Suspend(_) => self.set_suspended(id, true),
            Step::Resume(_) => self.set_suspended(id, false),
            _ => {}
        }
    }

    fn publish(&mut self, id: RelationId, bag: u8, asks: &BTreeSet<u8>) {
        let bags: Vec<BagName> = self.juju.relations[&id].bags.keys().cloned().collect();
        let name = &bags[usize::from(bag) % bags.len()];
        self.juju.write(id, name, asks);
        self.story
            .tell(|| format!("in relation {id} {name} asks for {}", letters(asks)));
    }

    fn set_suspended(&mut self, id: RelationId, suspended: bool) {
        if let Some(relation) = self.juju.relations.get_mut(&id) {
            relation.suspended = suspended;
        }
        self.story.tell(|| {
            format!(
                "relation {id} is {}",
                if suspended { "suspended" } else { "resumed" }
            )
        });
    }

    fn set_away(&mut self, away: bool) {
        self.lxd.away = away;
        self.story
            .tell(|| format!("LXD is {}", if away { "away" } else { "there" }));
    }

    fn tamper(&mut self, step: &Step) {
        match step {
            Step::Delete(certificate) => {
                self.lxd.entries.remove(&pool::fingerprint(*certificate));
                self.story
                    .tell(|| format!("an administrator deletes {}", letter(*certificate)));
            }
            Step::Add(certificate, name, kind) => {
                let (fingerprint, name) = (pool::fingerprint(*certificate), self.name(*name));
                let added = lxd::entry(fingerprint, &name, kind.as_str());
                self.lxd.entries.entry(fingerprint).or_insert(added);
                self.story.tell(|| {
                    format!(
                        "an administrator adds {} as the {} {name}",
                        letter(*certificate),
                        kind.as_str()
                    )
                });
            }
            Step::Rename(certificate, name) => {
                let name = self.name(*name);
                if let Some(there) = self.lxd.entries.get_mut(&pool::fingerprint(*certificate)) {
                    there.name.clone_from(&name);
                }
                self.story.tell(|| {
                    format!(
                        "an administrator renames {} to {name}",
                        letter(*certificate)
                    )
                });
            }
            _ => {}
        }
        self.excused |= self.juju.units.is_empty();
        self.lxd.note();
    }

    fn name(&self, name: Name) -> String {
        let owner = pool::owner();
        match name {
            Name::ByHand => "by hand".to_owned(),
            Name::AlmostOurs => format!("{owner}-2:1:alpha"),
            Name::Operators => format!("{owner}:operator:alice"),
            Name::Ours(slot) => {
                let id = self.juju.at(slot).unwrap_or(RelationId::new(77));
                owner.name(&name_in(id, slot.into()))
            }
            Name::OursOfNobody => owner.name(&name_in(RelationId::new(99), 0)),
        }
    }

    fn add_unit(&mut self) {
        let staying = self.juju.leaving().filter(|(_, leaves)| !leaves).count();
        if staying == MOST_UNITS {
            return;
        }
        let number = self.juju.number();
        self.juju.units.insert(number, Unit::default());
        self.witnesses.insert(number, Witness::default());
        self.excused = false;
        self.story
            .tell(|| format!("{} comes", juju::integrator(number)));
    }

    fn remove_unit(&mut self, choice: u8) {
        let units: Vec<u32> = self.juju.units.keys().copied().collect();
        let Some(number) = units.get(usize::from(choice) % units.len().max(1)).copied() else {
            return;
        };
        let unit = self.juju.units.get_mut(&number).expect("it was just found");
        // Juju 4.0 runs no hook for a unit without relations.
        let silent = unit.joined.is_empty();
        unit.dying = true;
        if silent {
            self.juju.units.remove(&number);
            self.excused |= self.juju.units.is_empty();
        }
        self.story.tell(|| {
            format!(
                "{} is removed{}",
                juju::integrator(number),
                if silent { " without a hook" } else { "" }
            )
        });
    }

    fn forget(&mut self, choice: u8) {
        let units: Vec<u32> = self.juju.units.keys().copied().collect();
        let Some(number) = units.get(usize::from(choice) % units.len().max(1)) else {
            return;
        };
        self.juju
            .units
            .get_mut(number)
            .into_iter()
            .for_each(|unit| unit.memory.clear());
        self.story
            .tell(|| format!("{} loses its memory", juju::integrator(*number)));
    }
}

/// The hooks.
impl World<'_> {
    /// A hook that is due on this unit, or on any if it has none.
    fn choose(&mut self, unit: u8, choice: u8) -> Option<(u32, Event)> {
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
    fn now(&mut self, choice: u8, event: &Event) -> Result<(), String> {
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

    fn hook(&mut self, unit: u32, event: &Event) -> Result<(), String> {
        self.overlapping(unit, event, |_| Ok(()))
    }

    /// Two units act at the same time: what one decided is done after the other's whole hook.
    fn together(&mut self, one: u8, other: u8) -> Result<(), String> {
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

    fn overlapping(
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
        for step in looked.steps() {
            self.story.tell(|| {
                format!(
                    "  and decides to {step} ({})",
                    pool::name(step.fingerprint())
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
        let (doubts, away) = (looked.doubts(), self.lxd.away);
        match hook::act(&mut self.juju, &mut self.lxd, looked, mishap)? {
            End::Well => {
                if *event == Event::Stop && away {
                    // It need not wait for LXD if there is nothing to wait for.
                    self.excused |= witness.knows_of_nothing();
                }
                self.juju.end(unit, event);
                if doubts {
                    witness.doubts(self.ours());
                }
                if !away && !self.lxd.undone {
                    witness.is_even();
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

    fn ours(&self) -> impl Iterator<Item = (Fingerprint, EntryName)> {
        let entries = self
            .lxd
            .entries
            .iter()
            .filter(|(entry, _)| !self.lxd.theirs().contains_key(entry));
        entries.filter_map(|(entry, known)| match pool::owner().of(&known.name) {
            lxd_integrator::entry::Ownership::Relation(name) => Some((*entry, name)),
            _ => None,
        })
    }

    /// No hook is due, and every unit has run `update-status` twice since.
    fn rest(&mut self) -> Result<(), String> {
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
    fn quiet(&mut self, unit: u32) -> Result<(), String> {
        let (store, memory) = (self.lxd.store(), self.juju.units[&unit].memory.clone());
        self.hook(unit, &Event::UpdateStatus)?;
        let same = self.lxd.store() == store && self.juju.units[&unit].memory == memory;
        same.then_some(())
            .ok_or_else(|| "a third update-status still changed something".to_owned())
    }

    fn check(&self) -> Result<(), String> {
        if self.juju.units.is_empty() && self.excused {
            return Ok(());
        }
        let theirs = self.lxd.theirs();
        let mut asked = self.juju.asked();
        asked.retain(|certificate, _| {
            let entry = pool::fingerprint(*certificate);
            // What has expired stays if it is there, and is not registered anew.
            !self.juju.units.is_empty()
                && (pool::is_fit(*certificate) || self.lxd.entries.contains_key(&entry))
        });
        let name = |(id, slot): &(RelationId, usize)| pool::owner().name(&name_in(*id, *slot));
        let names = asked.iter().map(|(certificate, askers)| {
            (
                pool::fingerprint(*certificate),
                askers.iter().map(name).collect(),
            )
        });
        equation::holds(&self.lxd.store(), theirs, &names.collect())
            .map_err(|wrong| self.in_letters(wrong))?;
        self.juju
            .units
            .values()
            .try_for_each(|unit| self.check_databags(unit))
    }

    /// Each relation is told of what it asks for and is trusted.
    fn check_databags(&self, unit: &Unit) -> Result<(), String> {
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

    fn in_letters(&self, text: String) -> String {
        let entries = self.lxd.entries.keys();
        entries.fold(text, |text, entry| {
            text.replace(&entry.to_string(), &pool::name(*entry))
        })
    }

    /// All units leave; the last one leaves nothing of ours behind.
    fn leave(&mut self) -> Result<(), String> {
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

fn name_in(id: RelationId, slot: usize) -> EntryName {
    EntryName {
        relation: id,
        consumer: juju::consumer(slot),
    }
}

fn mishap(write: u8, acted: bool, kills: bool) -> Mishap {
    Mishap {
        write: write.into(),
        acted,
        kills,
    }
}

/// A hook in a story.
fn named(event: &Event) -> String {
    match event {
        Event::Changed => "config-changed".to_owned(),
        Event::UpdateStatus => "update-status".to_owned(),
        Event::Stop => "stop".to_owned(),
        Event::RelationCreated(id, _) => format!("created of relation {id}"),
        Event::RelationChanged(id, Some(bag)) => format!("changed of relation {id} for {bag}"),
        Event::RelationChanged(id, None) => format!("changed of relation {id}"),
        Event::RelationDeparted { relation, unit, .. } => {
            format!("departed of relation {relation} for {unit}")
        }
        Event::RelationBroken(id) => format!("broken of relation {id}"),
        Event::Action(action) => format!("{action:?}"),
    }
}
