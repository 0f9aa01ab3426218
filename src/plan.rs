//! What has to be done in the trust store. The only file with policy about it, and pure: values in, steps out.
//! The rules are those of docs/interface.md, "The trust store".

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    admission::{self, Admission},
    certificate::Fingerprint,
    demand::{Demand, Sight},
    entry::{EntryName, Owner, Ownership},
    event::Scope,
    ledger::Marks,
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
    /// Only take: the last unit is leaving.
    Withdraw,
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
    for (fingerprint, entry) in &store.entries {
        let Some(entry) = entry.as_ref().filter(|entry| entry.is_client()) else {
            continue;
        };
        let asking = match terms.mandate {
            Mandate::Clear => &nobody,
            Mandate::Reconcile | Mandate::Withdraw => askers.get(fingerprint).unwrap_or(&nobody),
        };
        if !asking.is_empty() {
            plan.trusted.insert(*fingerprint);
        }
        let Ownership::Relation(name) = terms.owner.of(&entry.name) else {
            continue;
        };
        if *fingerprint == terms.own {
            continue;
        }
        let seen_before = |marks: &Marks| {
            marks
                .get(&name)
                .is_some_and(|set| set.contains(fingerprint))
        };
        let let_go = demand.let_go.get(fingerprint).unwrap_or(&nobody);
        let met = demand.ledger.relations.contains_key(&name.relation);
        match fate(&name, asking, let_go, met) {
            Fate::Stays => {}
            Fate::Goes(step) => changes.push(step.of(*fingerprint, name)),
            Fate::Unclear(step)
                if terms.mandate == Mandate::Clear
                    || (scope.doubts && seen_before(terms.doubted)) =>
            {
                changes.push(step.of(*fingerprint, name));
            }
            Fate::Unclear(_) => {
                plan.doubted.entry(name).or_default().insert(*fingerprint);
            }
        }
    }
    if terms.mandate == Mandate::Reconcile {
        plan.steps = registrations(&plan.admissions, demand);
    }
    plan.steps.extend(changes);
    plan
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

/// What is admitted and not there yet, each once, named for the lowest relation that asks.
fn registrations(admissions: &BTreeMap<RelationId, Admission>, demand: &Demand) -> Vec<Step> {
    let mut steps: BTreeMap<Fingerprint, Step> = BTreeMap::new();
    for (id, admission) in admissions {
        let Some(relation) = demand.ledger.relations.get(id) else {
            continue;
        };
        for certificate in &admission.new {
            steps
                .entry(certificate.fingerprint())
                .or_insert_with(|| Step::Register {
                    name: EntryName {
                        relation: *id,
                        consumer: relation.application.clone(),
                    },
                    certificate: certificate.clone(),
                });
        }
    }
    steps.into_values().collect()
}
