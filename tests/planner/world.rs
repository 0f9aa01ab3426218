//! Plays a session: Juju, LXD and the units of the integrator over the pure core.

mod hooks;
mod operators;
mod rest;

use std::collections::BTreeMap;

use lab::{sessions::Story, steps::Step};
use lxd_integrator::{decision::event::Event, names::RelationId, trust::owner::Requirer};

use crate::{
    juju::{self, Juju, Unit},
    law::Witness,
    lxd::{self, Lxd, Mishap},
    pool,
};

/// The most units of the integrator.
const MOST_UNITS: usize = 3;

/// Everything there is.
pub(crate) struct World<'a> {
    juju: Juju,
    lxd: Lxd,
    /// The one that the options do not point to.
    other: Lxd,
    witnesses: BTreeMap<u32, Witness>,
    mishap: Option<Mishap>,
    /// Nobody was there to clean up: the last unit left without a hook, or something happened after that.
    excused: bool,
    story: &'a mut Story,
}

/// A session from the first unit to a state at rest.
pub(crate) fn play(seed: u64, steps: &[Step], story: &mut Story) -> Result<(), String> {
    pool::deal(seed);
    let mut world = World::new(story);
    for step in steps {
        world.step(step)?;
    }
    world.rest()?;
    world.leave()
}

impl<'a> World<'a> {
    fn new(story: &'a mut Story) -> Self {
        // Our own entry has a name that we would give, and is not touched for all that.
        let [name, _] = pool::owner().names(&name_in(RelationId::new(1), 0), pool::own());
        let lxd = |number| {
            let mut lxd = Lxd::default();
            lxd.number = number;
            let own = lxd::entry(pool::own(), &name, "client");
            lxd.entries.insert(pool::own(), own);
            lxd.note();
            lxd
        };
        let mut world = Self {
            juju: Juju::default(),
            lxd: lxd(0),
            other: lxd(1),
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
            Step::Restrict(choice) => self.restrict(*choice),
            Step::Move => self.move_on(),
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

    fn set_away(&mut self, away: bool) {
        self.lxd.away = away;
        self.story
            .tell(|| format!("LXD is {}", if away { "away" } else { "there" }));
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
            .for_each(|unit| {
                unit.memory.clear();
                unit.even_with = None;
            });
        self.story
            .tell(|| format!("{} loses its memory", juju::integrator(*number)));
    }
}

fn name_in(id: RelationId, slot: usize) -> Requirer {
    Requirer {
        relation: id,
        application: juju::consumer(slot),
    }
}

fn mishap(write: u8, acted: bool, kills: bool) -> Mishap {
    Mishap {
        write: write.into(),
        acted,
        kills,
    }
}
