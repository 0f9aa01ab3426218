//! Juju as far as the pure core can tell: what consumers wrote, and what each unit of the integrator has met.

mod agent;

use std::collections::{BTreeMap, BTreeSet};

use lab::steps::SLOTS;
use lxd_integrator::{
    decision::event::Event,
    names::{ApplicationName, BagName, RelationId, UnitName},
    values::Settings,
};

/// What a databag asks for.
pub(crate) type Certificates = BTreeSet<u8>;

/// A relation of an application with the integrator.
pub(crate) struct Relation {
    pub(crate) slot: usize,
    pub(crate) suspended: bool,
    pub(crate) bags: BTreeMap<BagName, Bag>,
}

/// A databag; a unit that was not met has seen version 0.
#[derive(Clone, Default)]
pub(crate) struct Bag {
    pub(crate) asks: Certificates,
    pub(crate) version: u64,
}

/// A unit of the integrator, as its agent and the controller know it.
#[derive(Default)]
pub(crate) struct Unit {
    pub(crate) dying: bool,
    pub(crate) installed: bool,
    /// The options changed, and it was not told yet.
    pub(crate) changed: bool,
    /// The options and the LXD with which it has done everything last, if it has.
    pub(crate) even_with: Option<(u8, usize)>,
    pub(crate) joined: BTreeMap<RelationId, Joined>,
    /// A hook that was killed or failed; it runs again before any other.
    pub(crate) failed: Option<Event>,
    pub(crate) memory: Settings,
    /// Databags that were read: they are not read again before their own hook.
    cache: BTreeMap<(RelationId, BagName), Certificates>,
}

/// A relation that a unit of the integrator has entered.
#[derive(Default)]
pub(crate) struct Joined {
    pub(crate) slot: usize,
    /// The databags whose owners it has met, with the version that it was told of.
    met: BTreeMap<BagName, u64>,
    /// Our own databag.
    pub(crate) own: Settings,
    /// The consumer in another model is gone, and Juju's tools refuse the relation for good.
    pub(crate) stranded: bool,
}

/// The controller.
#[derive(Default)]
pub(crate) struct Juju {
    pub(crate) relations: BTreeMap<RelationId, Relation>,
    /// The units of each consumer.
    pub(crate) consumers: BTreeMap<&'static str, BTreeSet<u32>>,
    pub(crate) units: BTreeMap<u32, Unit>,
    /// Databags of whoever left can still be read.
    left: BTreeMap<(RelationId, BagName), Bag>,
    next: u32,
}

pub(crate) fn consumer(slot: usize) -> ApplicationName {
    SLOTS[slot].0.parse().expect("an application's name")
}

pub(crate) fn unit_bag(slot: usize, number: u32) -> BagName {
    format!("{}/{number}", SLOTS[slot].0)
        .parse()
        .expect("a unit's name")
}

impl Juju {
    /// A number that was never used before.
    pub(crate) fn number(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// The relation in a slot.
    pub(crate) fn at(&self, slot: u8) -> Option<RelationId> {
        let found = self
            .relations
            .iter()
            .find(|(_, relation)| relation.slot == usize::from(slot));
        found.map(|(id, _)| *id)
    }

    pub(crate) fn relate(&mut self, slot: u8) -> RelationId {
        let slot = usize::from(slot);
        let id = RelationId::new(self.number());
        let units = self
            .consumers
            .entry(SLOTS[slot].0)
            .or_insert_with(|| BTreeSet::from([0]));
        let bag = |number: &u32| {
            (
                unit_bag(slot, *number),
                Bag {
                    version: 1,
                    ..Bag::default()
                },
            )
        };
        let mut bags: BTreeMap<BagName, Bag> = units.iter().map(bag).collect();
        bags.insert(BagName::Application(consumer(slot)), Bag::default());
        self.relations.insert(
            id,
            Relation {
                slot,
                suspended: false,
                bags,
            },
        );
        id
    }

    pub(crate) fn write(&mut self, id: RelationId, name: &BagName, asks: &Certificates) {
        let bag = self
            .relations
            .get_mut(&id)
            .and_then(|relation| relation.bags.get_mut(name));
        if let Some(bag) = bag.filter(|bag| bag.asks != *asks) {
            *bag = Bag {
                asks: asks.clone(),
                version: bag.version + 1,
            };
        }
    }

    /// A relation ends, and everybody leaves it.
    pub(crate) fn remove(&mut self, id: RelationId) {
        let bags = self
            .relations
            .remove(&id)
            .into_iter()
            .flat_map(|relation| relation.bags);
        self.left.extend(bags.map(|(name, bag)| ((id, name), bag)));
    }

    /// A relation ends, and no agent is told.
    pub(crate) fn force_remove(&mut self, id: RelationId) {
        self.remove(id);
        for unit in self.units.values_mut() {
            unit.joined.remove(&id);
            unit.failed.take_if(|event| relation_of(event) == Some(id));
        }
    }

    /// A unit joins a consumer, or leaves it.
    pub(crate) fn grow(&mut self, slot: u8, number: u32) {
        let application = SLOTS[usize::from(slot)].0;
        self.consumers
            .entry(application)
            .or_default()
            .insert(number);
        for relation in self
            .relations
            .values_mut()
            .filter(|known| SLOTS[known.slot].0 == application)
        {
            let bag = Bag {
                version: 1,
                ..Bag::default()
            };
            relation.bags.insert(unit_bag(relation.slot, number), bag);
        }
    }

    pub(crate) fn shrink(&mut self, slot: u8, number: u32) {
        let application = SLOTS[usize::from(slot)].0;
        self.consumers
            .entry(application)
            .or_default()
            .remove(&number);
        for (id, relation) in &mut self.relations {
            let name = unit_bag(relation.slot, number);
            let left = relation.bags.remove(&name).map(|bag| ((*id, name), bag));
            self.left.extend(left);
        }
    }

    /// The units of the integrator, and whether each is leaving, as `goal-state` says.
    pub(crate) fn leaving(&self) -> impl Iterator<Item = (u32, bool)> {
        self.units
            .iter()
            .map(|(number, unit)| (*number, unit.dying))
    }

    /// Names that living relations ask under, by certificate.
    pub(crate) fn asked(&self) -> BTreeMap<u8, BTreeSet<(RelationId, usize)>> {
        let mut asked: BTreeMap<u8, BTreeSet<_>> = BTreeMap::new();
        for (id, relation) in self
            .relations
            .iter()
            .filter(|(_, relation)| !relation.suspended)
        {
            for certificate in relation.bags.values().flat_map(|bag| &bag.asks) {
                asked
                    .entry(*certificate)
                    .or_default()
                    .insert((*id, relation.slot));
            }
        }
        asked
    }
}

fn relation_of(event: &Event) -> Option<RelationId> {
    match event {
        Event::RelationCreated(id, _)
        | Event::RelationChanged(id, _)
        | Event::RelationBroken(id) => Some(*id),
        Event::RelationDeparted { relation, .. } => Some(*relation),
        Event::Installed
        | Event::Changed
        | Event::UpdateStatus
        | Event::Stop
        | Event::Action(_) => None,
    }
}

pub(crate) fn integrator(number: u32) -> UnitName {
    format!("lxd-integrator/{number}")
        .parse()
        .expect("a unit's name")
}
