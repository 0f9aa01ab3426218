//! What consumers, operators and administrators do.

use std::collections::BTreeSet;

use lab::steps::{Name, SLOTS, Step, letter, letters};
use lxd_integrator::{
    names::{BagName, RelationId},
    trust::owner::Requirer,
};

use super::{World, name_in};
use crate::{juju, lxd, pool};

impl World<'_> {
    /// What consumers and operators do with relations.
    pub(super) fn operate(&mut self, step: &Step) {
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

    pub(super) fn publish(&mut self, id: RelationId, bag: u8, asks: &BTreeSet<u8>) {
        let bags: Vec<BagName> = self.juju.relations[&id].bags.keys().cloned().collect();
        let name = &bags[usize::from(bag) % bags.len()];
        self.juju.write(id, name, asks);
        self.story
            .tell(|| format!("in relation {id} {name} asks for {}", letters(asks)));
    }

    pub(super) fn restrict(&mut self, choice: u8) {
        let asked = self.lxd.ask(choice);
        self.other.asked = self.lxd.asked;
        self.tell_of_options(&asked);
    }

    /// The options point to the other LXD; what stays on this one is nobody's business any more.
    pub(super) fn move_on(&mut self) {
        std::mem::swap(&mut self.lxd, &mut self.other);
        self.excused |= self.juju.units.is_empty();
        self.tell_of_options(&format!("lxd_endpoint points to LXD {}", self.lxd.number));
    }

    fn tell_of_options(&mut self, what: &str) {
        for unit in self.juju.units.values_mut() {
            unit.changed = true;
        }
        self.story.tell(|| what.to_owned());
    }

    pub(super) fn set_suspended(&mut self, id: RelationId, suspended: bool) {
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

    pub(super) fn tamper(&mut self, step: &Step) {
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

    pub(super) fn name(&self, name: Name) -> String {
        let owner = pool::owner();
        match name {
            Name::ByHand => "by hand".to_owned(),
            Name::AlmostOurs => format!("{owner}-2:1:alpha:0123456789ab"),
            Name::Operators => format!("{owner}:operator:alice"),
            Name::Ours(slot) => {
                let id = self.juju.at(slot).unwrap_or(RelationId::new(77));
                usual(&name_in(id, slot.into()))
            }
            Name::OursOfNobody => usual(&name_in(RelationId::new(99), 0)),
        }
    }
}

/// What the charm would call the first certificate, whichever has the name: a client may rotate its own.
fn usual(name: &Requirer) -> String {
    let [usual, _] = pool::owner().names(name, pool::fingerprint(0));
    usual
}
