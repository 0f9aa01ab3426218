//! What has to be done in the trust store. The only file with policy about it, and pure: values in, steps out.
//! The rules are those of docs/interface.md, "The trust store".

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    admission::{self, Admission},
    certificate::Fingerprint,
    confinement::{Confinement, Restriction},
    demand::{Demand, Sight},
    entry::{EntryName, Owner, Ownership},
    event::Scope,
    ledger::{Claims, Marks},
    lxd::Entry,
    names::RelationId,
    step::Step,
    store::Store,
};

/// Who plans, when, and how far it may go.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// Whose entries are ours.
    pub owner: &'a Owner,
    /// The certificate that we use ourselves; its entry is never touched.
    pub own: Fingerprint,
    /// Now, in seconds after 1970.
    pub now: i64,
    /// What entries of ours may do.
    pub restriction: &'a Restriction,
    /// What the last `update-status` doubted.
    pub doubted: &'a Marks,
    /// How far it may go.
    pub mandate: Mandate,
}

/// What a plan may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mandate {
    /// Give and take.
    Reconcile,
    /// Only take: the last unit is leaving; of this relation also what nobody is known to have asked for.
    Withdraw(Option<RelationId>),
    /// Take whatever is ours, asked for or not: the last unit is gone after this.
    Clear,
}

/// What is to be done, and what was found on the way.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In order: who rotates a certificate has the new one before the old one goes.
    pub steps: Vec<Step>,
    /// Asked for and there as a client certificate, ours or not.
    pub trusted: BTreeSet<Fingerprint>,
    /// Somebody else's entries that are asked for and may do more than `restrict_to_projects` says, with their names.
    pub wider: BTreeMap<Fingerprint, String>,
    /// What each relation that was looked at gets, and what not.
    pub admissions: BTreeMap<RelationId, Admission>,
    /// Entries of ours that nobody is known to ask for.
    pub doubted: Marks,
}

/// The certificates whose entries a look at the subject alone has to know: what is new, and what was let go.
#[must_use]
pub fn interest(demand: &Demand, sight: &Sight) -> BTreeSet<Fingerprint> {
    let mut interest: BTreeSet<Fingerprint> = demand.let_go.keys().copied().collect();
    for id in sight.relations.keys() {
        let items = demand.ledger.relations.get(id).into_iter();
        let waiting = items
            .flat_map(|relation| relation.items())
            .filter(|(_, _, trusted)| !trusted)
            .map(|(_, fingerprint, _)| fingerprint);
        interest.extend(waiting);
    }
    interest
}

/// Decides about every certificate that is asked for, was let go, or has an entry of ours.
#[must_use]
pub fn plan(
    demand: &Demand,
    sight: &Sight,
    store: &Store,
    scope: &Scope,
    terms: &Terms<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for (id, seen) in &sight.relations {
        if let Some(relation) = demand.ledger.relations.get(id) {
            let admission = admission::admit(relation, seen, store, terms.now);
            plan.admissions.insert(*id, admission);
        }
    }
    let askers = demand.ledger.askers();
    let nobody = BTreeSet::new();
    let mut changes = Vec::new();
    for entry in store.entries.values().flatten() {
        let asking = match terms.mandate {
            Mandate::Clear => &nobody,
            Mandate::Reconcile | Mandate::Withdraw(_) => {
                askers.get(&entry.fingerprint).unwrap_or(&nobody)
            }
        };
        if entry.is_client() {
            plan.judge(entry, asking, demand, scope, terms, &mut changes);
        }
    }
    if terms.mandate == Mandate::Reconcile && terms.restriction.lets_register() {
        plan.steps = registrations(&plan.admissions, &askers, terms);
    }
    plan.steps.extend(changes);
    plan
}

impl Plan {
    /// Decides about one entry that lets a client in.
    fn judge(
        &mut self,
        entry: &Entry,
        asking: &BTreeSet<EntryName>,
        demand: &Demand,
        scope: &Scope,
        terms: &Terms<'_>,
        changes: &mut Vec<Step>,
    ) {
        let mut stays = true;
        match terms.owner.of(&entry.name) {
            _ if entry.fingerprint == terms.own => self.look_at_foreign(entry, asking, terms),
            Ownership::Foreign => self.look_at_foreign(entry, asking, terms),
            Ownership::Operator => {
                changes.extend(terms.confinement(entry, |restriction| {
                    Some(restriction.for_operators(&entry.confinement))
                }));
            }
            Ownership::Relation(name) => {
                let change = self.change(entry, &name, asking, demand, scope, terms);
                stays = !matches!(change, Some(Change::Remove));
                changes.extend(change.map(|change| change.of(entry.fingerprint, name)));
                if stays {
                    changes.extend(terms.confinement(entry, Restriction::for_relations));
                }
            }
        }
        if stays && !asking.is_empty() {
            self.trusted.insert(entry.fingerprint);
        }
    }

    /// What somebody else made is published as it is.
    fn look_at_foreign(&mut self, entry: &Entry, asking: &BTreeSet<EntryName>, terms: &Terms<'_>) {
        if !asking.is_empty() && terms.restriction.is_exceeded_by(&entry.confinement) {
            self.wider.insert(entry.fingerprint, entry.name.clone());
        }
    }

    /// What is to be changed about an entry that was made for a relation.
    fn change(
        &mut self,
        entry: &Entry,
        name: &EntryName,
        asking: &BTreeSet<EntryName>,
        demand: &Demand,
        scope: &Scope,
        terms: &Terms<'_>,
    ) -> Option<Change> {
        if terms.mandate == Mandate::Reconcile && terms.restriction.for_relations().is_none() {
            return Some(Change::Remove);
        }
        let nobody = BTreeSet::new();
        let let_go = demand.let_go.get(&entry.fingerprint).unwrap_or(&nobody);
        let met = demand.ledger.relations.contains_key(&name.relation);
        match fate(name, asking, let_go, met) {
            Fate::Stays => None,
            Fate::Goes(change) => Some(change),
            Fate::Unclear(change)
                if terms.mandate == Mandate::Clear
                    || terms.mandate == Mandate::Withdraw(Some(name.relation))
                    || (scope.acts_on_doubts && terms.has_doubted(name, entry.fingerprint)) =>
            {
                Some(change)
            }
            Fate::Unclear(_) => {
                let doubted = self.doubted.entry(name.clone()).or_default();
                doubted.insert(entry.fingerprint);
                None
            }
        }
    }
}

impl Terms<'_> {
    fn has_doubted(&self, name: &EntryName, fingerprint: Fingerprint) -> bool {
        self.doubted
            .get(name)
            .is_some_and(|set| set.contains(&fingerprint))
    }

    /// The step that confines an entry as `wanted`, if it is not so already. Who leaves changes nothing about it.
    fn confinement(
        &self,
        entry: &Entry,
        wanted: impl Fn(&Restriction) -> Option<Confinement>,
    ) -> Option<Step> {
        let to = wanted(self.restriction)?;
        (self.mandate == Mandate::Reconcile && to != entry.confinement).then(|| Step::Confine {
            fingerprint: entry.fingerprint,
            name: entry.name.clone(),
            to,
        })
    }
}

/// What is to become of an entry of ours.
enum Fate {
    /// It is right as it is.
    Stays,
    /// This unit saw the request go.
    Goes(Change),
    /// Nobody is known to ask under this name; one look may be wrong.
    Unclear(Change),
}

enum Change {
    Rename(EntryName),
    Remove,
}

impl Change {
    fn of(self, fingerprint: Fingerprint, name: EntryName) -> Step {
        match self {
            Self::Rename(to) => Step::Rename {
                fingerprint,
                from: name,
                to,
            },
            Self::Remove => Step::Remove { fingerprint, name },
        }
    }
}

/// `asking` are the relations that ask, `let_go` those that this unit saw letting go; `met` says that the relation in
/// the entry's name is one that this unit knows.
fn fate(
    name: &EntryName,
    asking: &BTreeSet<EntryName>,
    let_go: &BTreeSet<EntryName>,
    met: bool,
) -> Fate {
    let named = |set: &BTreeSet<EntryName>| set.iter().any(|other| other.relation == name.relation);
    if named(asking) {
        return Fate::Stays;
    }
    if let Some(lowest) = asking.first() {
        let change = Change::Rename(lowest.clone());
        return if named(let_go) {
            Fate::Goes(change)
        } else {
            Fate::Unclear(change)
        };
    }
    if named(let_go) || (met && !let_go.is_empty()) {
        Fate::Goes(Change::Remove)
    } else {
        Fate::Unclear(Change::Remove)
    }
}

/// What is admitted and not there yet, each once, named for the lowest relation that asks, looked at or not.
fn registrations(
    admissions: &BTreeMap<RelationId, Admission>,
    askers: &Claims,
    terms: &Terms<'_>,
) -> Vec<Step> {
    let Some(confinement) = terms.restriction.for_relations() else {
        return Vec::new();
    };
    let mut steps: BTreeMap<Fingerprint, Step> = BTreeMap::new();
    for (id, admission) in admissions {
        for certificate in &admission.new {
            let gets_it = |name: &&EntryName| {
                let other = admissions.get(&name.relation);
                name.relation == *id || !other.is_some_and(|other| other.rejects(certificate))
            };
            let fingerprint = certificate.fingerprint();
            let mut asking = askers.get(&fingerprint).into_iter().flatten();
            if let Some(name) = asking.find(gets_it) {
                steps.entry(fingerprint).or_insert_with(|| Step::Register {
                    name: name.clone(),
                    certificate: certificate.clone(),
                    confinement: confinement.clone(),
                });
            }
        }
    }
    steps.into_values().collect()
}
