//! Whether a step may be taken at all, told from what its unit has seen so far, by the rules of docs/interface.md,
//! "The trust store". It shares nothing with the planner but names.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    certificate::Fingerprint,
    demand::Sight,
    entry::EntryName,
    event::{Scope, Subject},
    names::{ApplicationName, BagName, RelationId},
    plan::Mandate,
    step::Step,
};

/// A relation as one unit has read it: the consumer, and what each databag asks for.
type Known = (
    Option<ApplicationName>,
    BTreeMap<BagName, BTreeSet<Fingerprint>>,
);

/// What one unit knows, kept beside the charm's own memory and lost along with it.
#[derive(Clone, Default)]
pub(crate) struct Witness {
    /// The requests it has read, by relation and databag.
    known: BTreeMap<RelationId, Known>,
    /// The requests that it saw go and has not acted upon yet.
    went: BTreeSet<(Fingerprint, RelationId)>,
    /// Entries of ours that nobody asked for when `update-status` ran last.
    doubted: BTreeSet<(Fingerprint, EntryName)>,
}

impl Witness {
    /// What it knows once it has looked.
    pub(crate) fn after(&self, sight: &Sight, scope: &Scope) -> Self {
        let mut next = self.clone();
        for gone in sight.gone.keys() {
            match &scope.subject {
                // That this unit of the consumer left is all that is known.
                Subject::Departed(id, unit) if id == gone => {
                    let left = BagName::Unit(unit.clone());
                    let known = next.known.get_mut(id).into_iter();
                    known.for_each(|(_, bags)| bags.retain(|bag, _| *bag == left));
                }
                _ => drop(next.known.remove(gone)),
            }
        }
        let in_sight = |id: &RelationId| sight.relations.contains_key(id);
        if sight.wide && scope.doubts {
            next.known.retain(|id, _| in_sight(id));
            for (id, (_, bags)) in &mut next.known {
                bags.retain(|bag, _| sight.relations[id].requests.contains_key(bag));
            }
        }
        let before = next.requests();
        match &scope.subject {
            Subject::Broken(id) => drop(next.known.remove(id)),
            Subject::Departed(id, unit) => {
                if let Some((_, bags)) = next.known.get_mut(id) {
                    bags.remove(&BagName::Unit(unit.clone()));
                }
            }
            _ => {}
        }
        next.known.retain(|id, _| !sight.gone.contains_key(id));
        for (id, seen) in &sight.relations {
            let (application, bags) = next.known.entry(*id).or_default();
            *application = Some(seen.application.clone());
            for (bag, request) in &seen.requests {
                let certificates = request.texts.iter().flat_map(|text| &text.certificates);
                bags.insert(
                    bag.clone(),
                    certificates.map(|one| one.fingerprint()).collect(),
                );
            }
        }
        let now = next.requests();
        next.went.extend(before);
        next.went.retain(|request| !now.contains(request));
        next
    }

    /// What was rejected is not waited for, and not remembered.
    pub(crate) fn forget(&mut self, id: RelationId, bag: &BagName, rejected: Fingerprint) {
        let known = self.known.get_mut(&id);
        if let Some(asks) = known.and_then(|(_, bags)| bags.get_mut(bag)) {
            asks.remove(&rejected);
        }
    }

    /// Everything that had to be done was done.
    pub(crate) fn is_even(&mut self) {
        self.went.clear();
    }

    /// `update-status` has looked at these entries of ours.
    pub(crate) fn doubts(&mut self, ours: impl Iterator<Item = (Fingerprint, EntryName)>) {
        let doubted = ours.filter(|(entry, name)| !self.asks(*entry, name.relation));
        self.doubted = doubted.collect();
    }

    /// Whether a step is allowed; `before` is what the unit knew when it had run last.
    pub(crate) fn allows(
        &self,
        step: &Step,
        scope: &Scope,
        mandate: Mandate,
        before: &Self,
    ) -> Result<(), String> {
        let entry = step.fingerprint();
        let asking = self.asking(entry);
        let doubted =
            |name: &EntryName| scope.doubts && before.doubted.contains(&(entry, name.clone()));
        let went = |name: &EntryName| self.went.contains(&(entry, name.relation));
        let named_rightly = |name: &EntryName| asking.first() == Some(name);
        let right = match step {
            Step::Register { name, .. } => mandate == Mandate::Reconcile && named_rightly(name),
            Step::Rename { from, to, .. } => {
                !self.asks(entry, from.relation)
                    && named_rightly(to)
                    && (went(from)
                        || doubted(from)
                        || mandate == Mandate::Withdraw(Some(from.relation)))
            }
            Step::Confine { .. } => false,
            Step::Remove { .. } if mandate == Mandate::Clear => true,
            Step::Remove { name, .. } if mandate == Mandate::Withdraw(Some(name.relation)) => {
                asking.is_empty()
            }
            Step::Remove { name, .. } => {
                let some_went = self.went.iter().any(|(gone, _)| *gone == entry);
                let met = self.known.contains_key(&name.relation);
                asking.is_empty() && (went(name) || (some_went && met) || doubted(name))
            }
        };
        right.then_some(()).ok_or_else(|| {
            format!("nothing that this unit has seen allows it to {step}; for all it knows {asking:?} ask")
        })
    }

    /// Nothing that it has seen could be left in the trust store.
    pub(crate) fn knows_of_nothing(&self) -> bool {
        self.requests().is_empty() && self.went.is_empty() && self.doubted.is_empty()
    }

    fn requests(&self) -> BTreeSet<(Fingerprint, RelationId)> {
        let known = self.known.iter();
        known
            .flat_map(|(id, (_, bags))| bags.values().flatten().map(|entry| (*entry, *id)))
            .collect()
    }

    fn asks(&self, entry: Fingerprint, relation: RelationId) -> bool {
        let bags = self.known.get(&relation);
        bags.is_some_and(|(_, bags)| bags.values().any(|asks| asks.contains(&entry)))
    }

    /// The names of the relations that ask, as far as the unit knows, the lowest first.
    fn asking(&self, entry: Fingerprint) -> BTreeSet<EntryName> {
        let known = self.known.iter().filter(|(id, _)| self.asks(entry, **id));
        known
            .filter_map(|(id, (application, _))| {
                Some(EntryName {
                    relation: *id,
                    consumer: application.clone()?,
                })
            })
            .collect()
    }
}
