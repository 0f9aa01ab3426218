//! What a unit's agent does: which hooks are due, what they see, and what it knows when they end.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    decision::{
        event::Event,
        observed::{Observed, ObservedRelation},
        scope::{Scope, Subject},
    },
    names::{BagName, RelationId},
};

use super::{Certificates, Joined, Juju, consumer};
use crate::pool;

impl Juju {
    /// What a unit's agent could run now.
    pub(crate) fn due(&self, number: u32) -> Vec<Event> {
        let unit = &self.units[&number];
        if let Some(failed) = &unit.failed {
            return vec![failed.clone()];
        }
        if !unit.installed {
            return vec![Event::Changed];
        }
        let joined = unit.joined.iter();
        let mut due: Vec<Event> = joined
            .flat_map(|(id, joined)| self.due_in(*id, joined, unit.dying))
            .collect();
        due.extend(unit.changed.then_some(Event::Changed));
        if unit.dying {
            due.extend(unit.joined.is_empty().then_some(Event::Stop));
            return due;
        }
        let fresh = self
            .relations
            .iter()
            .filter(|(id, known)| !known.suspended && !unit.joined.contains_key(id));
        due.extend(fresh.map(|(id, known)| {
            // Sometimes Juju leaves out who it is with.
            Event::RelationCreated(*id, number.is_multiple_of(2).then(|| consumer(known.slot)))
        }));
        due
    }

    fn due_in(&self, id: RelationId, joined: &Joined, leaving: bool) -> Vec<Event> {
        let relation = self
            .relations
            .get(&id)
            .filter(|relation| !relation.suspended && !leaving);
        let empty = BTreeMap::new();
        let bags = relation.map_or(&empty, |relation| &relation.bags);
        let gone = joined.met.keys().filter(|name| !bags.contains_key(name));
        let mut due: Vec<Event> = gone
            .filter_map(|name| match name {
                BagName::Unit(unit) => Some(Event::RelationDeparted {
                    relation: id,
                    unit: unit.clone(),
                    ourselves: leaving,
                }),
                BagName::Application(_) => None,
            })
            .collect();
        if relation.is_none() && due.is_empty() && (leaving || !joined.stranded) {
            return vec![Event::RelationBroken(id)];
        }
        let changed = bags
            .iter()
            .filter(|(name, bag)| joined.met.get(name).copied().unwrap_or_default() != bag.version);
        due.extend(changed.map(|(name, _)| Event::RelationChanged(id, Some(name.clone()))));
        due
    }

    /// The agent's membership is up to date before the hook runs.
    pub(crate) fn begin(&mut self, number: u32, event: &Event) {
        let Some(unit) = self.units.get_mut(&number) else {
            return;
        };
        match event {
            Event::RelationCreated(id, _) => {
                let slot = self.relations.get(id).map_or(0, |relation| relation.slot);
                unit.joined.insert(
                    *id,
                    Joined {
                        slot,
                        ..Joined::default()
                    },
                );
            }
            Event::RelationChanged(id, Some(name)) => {
                unit.cache.remove(&(*id, name.clone()));
                if let Some(joined) = unit.joined.get_mut(id) {
                    joined.met.entry(name.clone()).or_default();
                }
            }
            Event::RelationDeparted {
                relation,
                unit: left,
                ..
            } => {
                if let Some(joined) = unit.joined.get_mut(relation) {
                    joined.met.remove(&BagName::Unit(left.clone()));
                }
                unit.cache.remove(&(*relation, BagName::Unit(left.clone())));
            }
            _ => {}
        }
    }

    /// The hook ended well.
    pub(crate) fn end(&mut self, number: u32, event: &Event) {
        let Some(unit) = self.units.get_mut(&number) else {
            return;
        };
        unit.failed = None;
        unit.installed = true;
        match event {
            Event::Changed => unit.changed = false,
            Event::RelationChanged(id, Some(name)) => {
                let bag = self
                    .relations
                    .get(id)
                    .and_then(|relation| relation.bags.get(name));
                if let (Some(bag), Some(joined)) = (bag, unit.joined.get_mut(id)) {
                    joined.met.insert(name.clone(), bag.version);
                }
            }
            Event::RelationBroken(id) => {
                unit.joined.remove(id);
                unit.cache.retain(|(relation, _), _| relation != id);
            }
            Event::Stop => {
                self.units.remove(&number);
            }
            _ => {}
        }
    }

    /// What a hook sees of the relations; what is read is read for good.
    pub(crate) fn observed(&mut self, number: u32, scope: &Scope) -> Observed {
        let mut observed = Observed {
            wide: scope.wide,
            ..Observed::default()
        };
        let ids: Vec<RelationId> = self.units[&number].joined.keys().copied().collect();
        for id in ids {
            let joined = &self.units[&number].joined[&id];
            let mut bags: Vec<BagName> = joined.met.keys().cloned().collect();
            bags.push(BagName::Application(consumer(joined.slot)));
            match &scope.subject {
                Subject::Broken(broken) if *broken == id => continue,
                _ if scope.wide => {}
                Subject::Created(subject, _) | Subject::Departed(subject, _) if *subject == id => {
                    bags.clear();
                }
                Subject::Databag(subject, changed) if *subject == id => {
                    bags.retain(|bag| changed.as_ref().is_none_or(|changed| changed == bag));
                }
                _ => continue,
            }
            if joined.stranded {
                observed.gone.insert(id, "permission denied".to_owned());
                continue;
            }
            let seen = ObservedRelation {
                hidden: BTreeSet::new(),
                application: consumer(joined.slot),
                own: joined.own.clone(),
                requests: bags
                    .into_iter()
                    .map(|bag| (bag.clone(), pool::request(&self.read(number, id, &bag))))
                    .collect(),
            };
            observed.relations.insert(id, seen);
        }
        observed
    }

    fn read(&mut self, number: u32, id: RelationId, name: &BagName) -> Certificates {
        let relation = self
            .relations
            .get(&id)
            .and_then(|relation| relation.bags.get(name));
        let bag = relation.or_else(|| self.left.get(&(id, name.clone())));
        let now = bag.map(|bag| bag.asks.clone()).unwrap_or_default();
        match (name, self.units.get_mut(&number)) {
            (BagName::Unit(_), Some(unit)) => {
                unit.cache.entry((id, name.clone())).or_insert(now).clone()
            }
            _ => now,
        }
    }
}
