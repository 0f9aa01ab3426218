//! Who asks for what now, and what was let go: the ledger brought up to date with what Juju showed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ledger::{ByCertificate, ByRequirer, Ledger, Line, Relation},
    observed::{Observed, ObservedRelation},
    scope::{Scope, Subject},
};
use crate::{
    digest::TextDigest,
    names::{BagName, RelationId},
    relation::{provider, python_charm, request},
    trust::owner::Requirer,
    values::Settings,
    x509::certificate::Fingerprint,
};

/// The state of affairs before LXD is looked at.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The ledger, with the lines of the databags that were looked at replaced. Certificates that are new in a line are
    /// not trusted yet.
    pub ledger: Ledger,
    /// What relations let go of, now or earlier: the names its entry may have had.
    pub let_go: ByCertificate,
    /// What was asked for before, as far as that is remembered.
    pub before: ByCertificate,
}

/// Brings `ledger` up to date. Without a ledger nothing is ever let go.
#[must_use]
pub fn demand(ledger: Option<&Ledger>, observed: &Observed, scope: &Scope) -> Demand {
    let mut next = ledger.cloned().unwrap_or_default();
    next.partial &= !observed.wide;
    forget_out_of_sight(&mut next, observed, scope);
    let before = next.askers();
    match &scope.subject {
        Subject::Broken(relation) => {
            next.relations.remove(relation);
        }
        Subject::Departed(relation, unit) => {
            if let Some(relation) = next.relations.get_mut(relation) {
                relation.lines.remove(&BagName::Unit(unit.clone()));
            }
        }
        // Juju empties the databag of a relation that was suspended, and it comes back under the same number.
        Subject::Created(relation, _) => {
            if let Some(relation) = next.relations.get_mut(relation) {
                relation.rejected = 0;
                let flags = relation.lines.values_mut().flat_map(BTreeMap::values_mut);
                flags.for_each(|trusted| *trusted = false);
            }
        }
        Subject::Nothing | Subject::Databag(..) | Subject::Stop => {}
    }
    next.relations
        .retain(|id, _| !observed.gone.contains_key(id));
    remember_gone(&mut next, observed);
    if observed.wide {
        next.together = observed.together();
    }
    for (id, seen) in &observed.relations {
        let met = |ledger: &Ledger| !ledger.partial && ledger.relations.contains_key(id);
        let remembered = ledger.is_some_and(met);
        replace_lines(&mut next, *id, seen, remembered);
        remember_hidden(&mut next, *id, seen, observed.wide);
        next.left_by_python_charm
            .extend(python_charm::fingerprints(&seen.own));
    }
    let let_go = let_go(&before, &mut next);
    Demand {
        ledger: next,
        let_go,
        before,
    }
}

/// What is out of sight is kept, except where Juju refuses to show it, and in a look that will doubt whatever nobody is
/// seen to ask for. Of a relation that is refused, only what the unit that departs asked for is known to be let go.
fn forget_out_of_sight(ledger: &mut Ledger, observed: &Observed, scope: &Scope) {
    for id in observed.gone.keys() {
        match (&scope.subject, ledger.relations.get_mut(id)) {
            (Subject::Departed(departed, unit), Some(relation)) if departed == id => {
                let unit = BagName::Unit(unit.clone());
                relation.lines.retain(|bag, _| *bag == unit);
            }
            _ => {
                ledger.relations.remove(id);
            }
        }
    }
    if observed.wide && scope.finds_unclaimed {
        ledger.relations.retain(|id, relation| {
            let Some(seen) = observed.relations.get(id) else {
                return false;
            };
            relation
                .lines
                .retain(|bag, _| seen.requests.contains_key(bag));
            true
        });
    }
}

/// What is gone stays so until it is seen again, or is not listed any more.
fn remember_gone(ledger: &mut Ledger, observed: &Observed) {
    if observed.wide {
        ledger.gone.clear();
    }
    ledger.gone.extend(observed.gone.keys());
    ledger
        .gone
        .retain(|id| !observed.relations.contains_key(id));
}

/// A unit that was removed by force stays hidden until it is seen again.
fn remember_hidden(ledger: &mut Ledger, id: RelationId, seen: &ObservedRelation, wide: bool) {
    let Some(relation) = ledger.relations.get_mut(&id) else {
        return;
    };
    if wide {
        relation.hidden.clone_from(&seen.hidden);
    }
    relation
        .hidden
        .retain(|unit| !seen.requests.contains_key(&BagName::Unit(unit.clone())));
}

/// A databag that breaks off withdraws nothing: what it asked for stays in its line. Where that is not `remembered`, it
/// may have asked for every text that our own databag lists.
fn replace_lines(ledger: &mut Ledger, id: RelationId, seen: &ObservedRelation, remembered: bool) {
    let relation = ledger
        .relations
        .entry(id)
        .or_insert_with(|| Relation::new(seen.application.clone()));
    let trusted = relation.trusted();
    for (bag, request) in &seen.requests {
        let mut line = match relation.lines.get(bag).filter(|_| request.breaks_off) {
            Some(line) => line.clone(),
            None if request.breaks_off && !remembered => published_line(&seen.own),
            None => Line::new(),
        };
        for text in &request.texts {
            for certificate in &text.certificates {
                let fingerprint = certificate.fingerprint();
                let item = (text.digest.clone(), fingerprint);
                line.insert(item, trusted.contains(&fingerprint));
            }
        }
        if line.is_empty() {
            relation.lines.remove(bag);
        } else {
            relation.lines.insert(bag.clone(), line);
        }
    }
}

fn published_line(own: &Settings) -> Line {
    let items = provider::published_texts(own).flat_map(|text| {
        let digest = TextDigest::of(&text);
        let fingerprints = request::asked_for(&text).into_iter();
        fingerprints.map(move |fingerprint| ((digest.clone(), fingerprint), false))
    });
    items.collect()
}

/// What was asked for before and is not now, and what was owed already unless it is asked for again.
fn let_go(before: &ByCertificate, next: &mut Ledger) -> ByCertificate {
    let now = next.askers();
    let mut let_go = ByCertificate::new();
    let owed = std::mem::take(&mut next.owed);
    let owed = owed
        .iter()
        .flat_map(|(name, fingerprints)| fingerprints.iter().map(move |fp| (fp, name)));
    let before = before
        .iter()
        .flat_map(|(fp, names)| names.iter().map(move |name| (fp, name)));
    for (fingerprint, name) in before.chain(owed) {
        let still = now
            .get(fingerprint)
            .is_some_and(|names| names.contains(name));
        if !still {
            let_go.entry(*fingerprint).or_default().insert(name.clone());
        }
    }
    let_go
}

/// ByCertificate the other way round, to be remembered.
#[must_use]
pub fn by_requirer<'a>(
    claims: impl Iterator<Item = (&'a Fingerprint, &'a BTreeSet<Requirer>)>,
) -> ByRequirer {
    let mut marks = ByRequirer::new();
    for (fingerprint, names) in claims {
        for name in names {
            marks.entry(name.clone()).or_default().insert(*fingerprint);
        }
    }
    marks
}
