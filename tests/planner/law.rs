//! Whether a change may be made at all, told from what its unit has seen so far, by the rules of docs/reference/interface.md,
//! "The trust store". It shares nothing with the planner but names.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    decision::{
        observed::Observed,
        scope::{Leaving, Scope, Subject},
    },
    names::{ApplicationName, BagName, RelationId},
    trust::{
        Entry,
        change::Change,
        confinement::{Confinement, Restriction},
        owner::{Ownership, Requirer},
    },
    x509::certificate::Fingerprint,
};

use crate::pool;

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
    /// Entries of ours that nobody asked for when `update-status` ran last, and on which LXD that was.
    unclaimed: BTreeSet<(u8, Fingerprint, Requirer)>,
}

/// What a hook may do beside what it has seen.
pub(crate) struct Leave<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) leaving: Leaving,
    pub(crate) restriction: &'a Restriction,
    /// On which LXD it is.
    pub(crate) lxd: u8,
}

impl Leave<'_> {
    fn clears(&self) -> bool {
        self.scope.subject == Subject::Stop
    }

    fn reconciles(&self) -> bool {
        self.leaving == Leaving::No && !self.clears()
    }

    /// The last unit takes whatever is named for the relation that it leaves.
    fn empties(&self, relation: RelationId) -> bool {
        let leaves = self.leaving == Leaving::AsLast && !self.clears();
        leaves && self.scope.subject.relation() == Some(relation)
    }

    /// What an entry of a relation has to be confined to; `None` where there may be none.
    fn confinement(&self) -> Option<Confinement> {
        match self.restriction {
            Restriction::Open => Some(Confinement::Nothing),
            Restriction::To(projects)
            | Restriction::Missing {
                there: projects, ..
            } => Some(Confinement::To(projects.clone())),
            Restriction::Impossible => None,
        }
    }

    /// An entry of a relation is brought to what is asked for, an operator's is narrowed, and no other is touched.
    fn confines(&self, entry: &Entry, to: &Confinement) -> bool {
        let narrower = match (self.confinement(), to) {
            (Some(Confinement::To(projects)), Confinement::To(to)) => to.is_subset(&projects),
            _ => false,
        };
        match pool::owner().of(&entry.name) {
            _ if !entry.is_client() || entry.fingerprint == pool::own() => false,
            Ownership::Relation(_) => self.confinement().as_ref() == Some(to),
            Ownership::Operator => narrower,
            Ownership::Foreign => false,
        }
    }
}

impl Witness {
    /// What it knows once it has looked.
    pub(crate) fn after(&self, observed: &Observed, scope: &Scope) -> Self {
        let mut next = self.clone();
        for gone in observed.gone.keys() {
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
        let in_sight = |id: &RelationId| observed.relations.contains_key(id);
        if observed.wide && scope.finds_unclaimed {
            next.known.retain(|id, _| in_sight(id));
            for (id, (_, bags)) in &mut next.known {
                bags.retain(|bag, _| observed.relations[id].requests.contains_key(bag));
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
        next.known.retain(|id, _| !observed.gone.contains_key(id));
        for (id, seen) in &observed.relations {
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

    /// `update-status` has looked at these entries of ours on this LXD.
    pub(crate) fn has_looked(
        &mut self,
        lxd: u8,
        ours: impl Iterator<Item = (Fingerprint, Requirer)>,
    ) {
        let unclaimed = ours.filter(|(entry, name)| !self.asks(*entry, name.relation));
        self.unclaimed = unclaimed.map(|(entry, name)| (lxd, entry, name)).collect();
    }

    /// Whether a change of an `entry` is allowed; `before` is what the unit knew when it had run last.
    pub(crate) fn allows(
        &self,
        change: &Change,
        there: Option<&Entry>,
        leave: &Leave<'_>,
        before: &Self,
    ) -> Result<(), String> {
        let entry = change.fingerprint();
        let asking = self.asking(entry);
        let unclaimed = |name: &Requirer| {
            let known = (leave.lxd, entry, name.clone());
            leave.scope.finds_unclaimed && before.unclaimed.contains(&known)
        };
        let went = |name: &Requirer| self.went.contains(&(entry, name.relation));
        let named_rightly = |name: &Requirer| asking.first() == Some(name);
        let right = match change {
            Change::Register {
                name, confinement, ..
            } => {
                let may = !matches!(leave.restriction, Restriction::Missing { .. });
                let confined = leave.confinement().as_ref() == Some(confinement);
                leave.reconciles() && may && confined && named_rightly(name)
            }
            Change::Rename { from, to, .. } => {
                !self.asks(entry, from.relation)
                    && named_rightly(to)
                    && (went(from) || unclaimed(from) || leave.empties(from.relation))
            }
            Change::Confine { to, .. } => {
                leave.reconciles() && there.is_some_and(|there| leave.confines(there, to))
            }
            Change::Remove { .. } if leave.clears() => true,
            Change::Remove { .. } if leave.reconciles() && leave.confinement().is_none() => true,
            Change::Remove { name, .. } if leave.empties(name.relation) => asking.is_empty(),
            Change::Remove { name, .. } => {
                let some_went = self.went.iter().any(|(gone, _)| *gone == entry);
                let met = self.known.contains_key(&name.relation);
                asking.is_empty() && (went(name) || (some_went && met) || unclaimed(name))
            }
        };
        right.then_some(()).ok_or_else(|| {
            format!("nothing that this unit has seen allows it to {change}; for all it knows {asking:?} ask")
        })
    }

    /// Nothing that it has seen could be left in the trust store.
    pub(crate) fn knows_of_nothing(&self) -> bool {
        self.requests().is_empty() && self.went.is_empty() && self.unclaimed.is_empty()
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
    fn asking(&self, entry: Fingerprint) -> BTreeSet<Requirer> {
        let known = self.known.iter().filter(|(id, _)| self.asks(entry, **id));
        known
            .filter_map(|(id, (application, _))| {
                Some(Requirer {
                    relation: *id,
                    application: application.clone()?,
                })
            })
            .collect()
    }
}
