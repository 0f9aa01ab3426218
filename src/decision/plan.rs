//! What has to be done in the trust store. The only file with policy about it, and pure: values in, changes out.
//! The rules are those of docs/reference/interface.md, "The trust store".

use std::collections::{BTreeMap, BTreeSet};

use super::{
    admission::{self, Admission},
    demand::Demand,
    ledger::{ByCertificate, ByRequirer},
    observed::Observed,
    scope::Scope,
};
use crate::{
    names::RelationId,
    trust::{
        Entry,
        change::Change,
        confinement::{Confinement, Restriction},
        owner::{Owner, Ownership, Requirer},
        store::TrustStore,
    },
    x509::certificate::Fingerprint,
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
    /// How far it may go.
    pub mode: Mode,
}

/// What a plan may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
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
    pub changes: Vec<Change>,
    /// Asked for and there as a client certificate, ours or not.
    pub trusted: BTreeSet<Fingerprint>,
    /// Somebody else's entries that are asked for and may do more than `restrict_to_projects` says, with their names.
    pub wider: BTreeMap<Fingerprint, String>,
    /// What each relation that was looked at gets, and what not.
    pub admissions: BTreeMap<RelationId, Admission>,
    /// Entries of ours that nobody is known to ask for.
    pub unclaimed: ByRequirer,
}

/// The certificates whose entries a look at the subject alone has to know: what is new, and what was let go.
#[must_use]
pub fn interest(demand: &Demand, observed: &Observed) -> BTreeSet<Fingerprint> {
    let mut interest: BTreeSet<Fingerprint> = demand.let_go.keys().copied().collect();
    for id in observed.relations.keys() {
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
    observed: &Observed,
    store: &TrustStore,
    scope: &Scope,
    terms: &Terms<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for (id, seen) in &observed.relations {
        if let Some(relation) = demand.ledger.relations.get(id) {
            let admission = admission::admit(relation, seen, store, terms.now);
            plan.admissions.insert(*id, admission);
        }
    }
    let askers = demand.ledger.askers();
    let nobody = BTreeSet::new();
    let mut changes = Vec::new();
    for entry in store.entries.values().flatten() {
        let asking = match terms.mode {
            Mode::Clear => &nobody,
            Mode::Reconcile | Mode::Withdraw(_) => {
                askers.get(&entry.fingerprint).unwrap_or(&nobody)
            }
        };
        if entry.is_client() {
            plan.judge(entry, asking, demand, scope, terms, &mut changes);
        }
    }
    if terms.mode == Mode::Reconcile && terms.restriction.lets_register() {
        plan.changes = registrations(&plan.admissions, &askers, terms);
    }
    plan.changes.extend(changes);
    plan
}

impl Plan {
    /// Decides about one entry that lets a client in.
    fn judge(
        &mut self,
        entry: &Entry,
        asking: &BTreeSet<Requirer>,
        demand: &Demand,
        scope: &Scope,
        terms: &Terms<'_>,
        changes: &mut Vec<Change>,
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
                stays = !matches!(change, Some(Change::Remove { .. }));
                changes.extend(change);
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
    fn look_at_foreign(&mut self, entry: &Entry, asking: &BTreeSet<Requirer>, terms: &Terms<'_>) {
        if !asking.is_empty() && terms.restriction.is_exceeded_by(&entry.confinement) {
            self.wider.insert(entry.fingerprint, entry.name.clone());
        }
    }

    /// What is to be changed about an entry that was made for a relation.
    fn change(
        &mut self,
        entry: &Entry,
        name: &Requirer,
        asking: &BTreeSet<Requirer>,
        demand: &Demand,
        scope: &Scope,
        terms: &Terms<'_>,
    ) -> Option<Change> {
        if terms.mode == Mode::Reconcile && terms.restriction.for_relations().is_none() {
            return Some(removal(entry, name));
        }
        let nobody = BTreeSet::new();
        let let_go = demand.let_go.get(&entry.fingerprint).unwrap_or(&nobody);
        let met = demand.ledger.relations.contains_key(&name.relation);
        match fate(entry, name, asking, let_go, met) {
            Fate::Stays => None,
            Fate::Goes(change) => Some(change),
            Fate::Unclear(change)
                if terms.mode == Mode::Clear
                    || terms.mode == Mode::Withdraw(Some(name.relation))
                    || (scope.removes_unclaimed
                        && was_unclaimed(demand, name, entry.fingerprint)) =>
            {
                Some(change)
            }
            Fate::Unclear(_) => {
                let unclaimed = self.unclaimed.entry(name.clone()).or_default();
                unclaimed.insert(entry.fingerprint);
                None
            }
        }
    }
}

/// Whether the last `update-status` found nobody to ask for it.
fn was_unclaimed(demand: &Demand, name: &Requirer, fingerprint: Fingerprint) -> bool {
    let known = demand.ledger.unclaimed.get(name);
    known.is_some_and(|known| known.contains(&fingerprint))
}

impl Terms<'_> {
    /// The change that confines an entry as `wanted`, if it is not so already. Who leaves changes nothing about it.
    fn confinement(
        &self,
        entry: &Entry,
        wanted: impl Fn(&Restriction) -> Option<Confinement>,
    ) -> Option<Change> {
        let to = wanted(self.restriction)?;
        (self.mode == Mode::Reconcile && to != entry.confinement).then(|| Change::Confine {
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

/// `asking` are the relations that ask, `let_go` those that this unit saw letting go; `met` says that the relation in
/// the entry's name is one that this unit knows.
fn fate(
    entry: &Entry,
    name: &Requirer,
    asking: &BTreeSet<Requirer>,
    let_go: &BTreeSet<Requirer>,
    met: bool,
) -> Fate {
    let named = |set: &BTreeSet<Requirer>| set.iter().any(|other| other.relation == name.relation);
    if named(asking) {
        return Fate::Stays;
    }
    if let Some(lowest) = asking.first() {
        let change = Change::Rename {
            fingerprint: entry.fingerprint,
            from: name.clone(),
            to: lowest.clone(),
        };
        return if named(let_go) {
            Fate::Goes(change)
        } else {
            Fate::Unclear(change)
        };
    }
    if named(let_go) || (met && !let_go.is_empty()) {
        Fate::Goes(removal(entry, name))
    } else {
        Fate::Unclear(removal(entry, name))
    }
}

fn removal(entry: &Entry, name: &Requirer) -> Change {
    Change::Remove {
        fingerprint: entry.fingerprint,
        name: name.clone(),
    }
}

/// What is admitted and not there yet, each once, named for the lowest relation that asks, looked at or not.
fn registrations(
    admissions: &BTreeMap<RelationId, Admission>,
    askers: &ByCertificate,
    terms: &Terms<'_>,
) -> Vec<Change> {
    let Some(confinement) = terms.restriction.for_relations() else {
        return Vec::new();
    };
    let mut changes: BTreeMap<Fingerprint, Change> = BTreeMap::new();
    for (id, admission) in admissions {
        for certificate in &admission.new {
            // A lower one that was looked at has had its turn, and does not get it.
            let gets_it =
                |name: &&Requirer| name.relation == *id || !admissions.contains_key(&name.relation);
            let fingerprint = certificate.fingerprint();
            let mut asking = askers.get(&fingerprint).into_iter().flatten();
            if let Some(name) = asking.find(gets_it) {
                changes
                    .entry(fingerprint)
                    .or_insert_with(|| Change::Register {
                        name: name.clone(),
                        certificate: certificate.clone(),
                        confinement: confinement.clone(),
                    });
            }
        }
    }
    changes.into_values().collect()
}
