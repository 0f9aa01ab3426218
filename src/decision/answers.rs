//! What each relation is told after the writes, and what the charm remembers of it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    admission::Admission,
    demand::{Demand, by_requirer},
    ledger::{ByRequirer, Ledger, Relation},
    observed::{Observed, ObservedRelation},
    plan::Plan,
    scope::{Scope, Subject},
};
use crate::{
    digest::TextDigest,
    names::{BagName, RelationId},
    relation::{
        provider::{Answer, published_rejections, published_texts},
        rejection::{MOST_CERTIFICATES, Rejection},
        request::asked_for,
    },
    trust::{change::Change, outcome::Outcome, store::TrustStore},
    x509::certificate::{Certificate, Fingerprint},
};

/// The relations that were looked at, and what each is told.
pub type Answers = BTreeMap<RelationId, Answer>;

/// Brings the ledger up to date with what LXD confirmed, and answers every relation that was looked at.
#[must_use]
pub fn confirmed(
    demand: Demand,
    observed: &Observed,
    scope: &Scope,
    store: &TrustStore,
    plan: &Plan,
    outcome: &Outcome,
) -> (Ledger, Answers) {
    let Demand {
        mut ledger, let_go, ..
    } = demand;
    for (id, relation) in &mut ledger.relations {
        // What other relations were told stays as it is until they are looked at.
        if observed.relations.contains_key(id) {
            let none = Admission::default();
            let admission = plan.admissions.get(id).unwrap_or(&none);
            mark_trust(relation, admission, store, plan, outcome);
            drop_rejected(relation, admission, outcome);
        }
    }
    let undone: BTreeSet<Fingerprint> = outcome.undone.iter().map(Change::fingerprint).collect();
    let owed = let_go.iter().filter(|(fingerprint, _)| {
        undone.contains(fingerprint) || store.get(**fingerprint).is_none()
    });
    ledger.owed = by_requirer(owed);
    if scope.removes_unclaimed {
        ledger.unclaimed = unclaimed(&ledger.unclaimed, scope, plan, outcome);
    }
    if store.whole {
        ledger.accounted = scope.finds_unclaimed || plan.unclaimed.is_empty();
    }
    let there = |fingerprint: &Fingerprint| store.get(*fingerprint) != Some(None);
    ledger.left_by_python_charm.retain(there);
    let mut answers = Answers::new();
    for (id, seen) in &observed.relations {
        if let Some(relation) = ledger.relations.get_mut(id) {
            let answer = answer(*id, relation, seen, observed.wide, scope, plan, outcome);
            relation.rejected = answer.rejected.len();
            answers.insert(*id, answer);
        }
    }
    (ledger, answers)
}

/// What is remembered when LXD could not be asked: all that was let go is owed, nothing new is trusted.
#[must_use]
pub fn unconfirmed(demand: Demand) -> Ledger {
    let Demand {
        mut ledger,
        let_go,
        before,
    } = demand;
    ledger.owed = by_requirer(let_go.iter());
    for (id, relation) in &mut ledger.relations {
        let known = |fingerprint: &Fingerprint| {
            let names = before.get(fingerprint);
            names.is_some_and(|names| names.iter().any(|name| name.relation == *id))
        };
        keep_to_the_limit(relation, known);
    }
    ledger
}

/// What nobody is seen to ask for and is still there. Only a look that finds what is unclaimed adds to it.
fn unclaimed(before: &ByRequirer, scope: &Scope, plan: &Plan, outcome: &Outcome) -> ByRequirer {
    let mut unclaimed = if scope.finds_unclaimed {
        plan.unclaimed.clone()
    } else {
        ByRequirer::new()
    };
    for change in &outcome.undone {
        if let Change::Rename {
            fingerprint,
            from: name,
            ..
        }
        | Change::Remove { fingerprint, name } = change
        {
            let known = before
                .get(name)
                .is_some_and(|known| known.contains(fingerprint));
            if scope.finds_unclaimed || known {
                unclaimed
                    .entry(name.clone())
                    .or_default()
                    .insert(*fingerprint);
            }
        }
    }
    unclaimed
}

fn mark_trust(
    relation: &mut Relation,
    admission: &Admission,
    store: &TrustStore,
    plan: &Plan,
    outcome: &Outcome,
) {
    for (bag, line) in &mut relation.lines {
        for ((digest, fingerprint), trusted) in line {
            let item = (bag.clone(), digest.clone(), *fingerprint);
            if admission.unlisted.contains(&item) {
                *trusted = false;
            } else if plan.trusted.contains(fingerprint) || outcome.trusted.contains(fingerprint) {
                *trusted = true;
            } else if store.get(*fingerprint).is_some() {
                *trusted = false;
            }
        }
    }
}

/// What was rejected is not waited for, so it is not remembered.
fn drop_rejected(relation: &mut Relation, admission: &Admission, outcome: &Outcome) {
    relation.lines.retain(|bag, line| {
        line.retain(|(digest, fingerprint), _| {
            let item = (bag.clone(), digest.clone(), *fingerprint);
            !admission.rejected.contains(&item) && !outcome.refused.contains_key(fingerprint)
        });
        !line.is_empty()
    });
}

/// Nobody was there to say which of them can be used; a relation cannot have more than this anyway. What is `known` may
/// be registered, and is not forgotten.
fn keep_to_the_limit(relation: &mut Relation, known: impl Fn(&Fingerprint) -> bool) {
    let mut room = MOST_CERTIFICATES.saturating_sub(relation.trusted().len());
    relation.lines.retain(|_, line| {
        line.retain(|(_, fingerprint), trusted| {
            let stays = *trusted || known(fingerprint);
            let keep = stays || room > 0;
            if keep && !stays {
                room -= 1;
            }
            keep
        });
        !line.is_empty()
    });
}

fn answer(
    id: RelationId,
    relation: &Relation,
    seen: &ObservedRelation,
    wide: bool,
    scope: &Scope,
    plan: &Plan,
    outcome: &Outcome,
) -> Answer {
    let mut answer = Answer {
        trusted: relation.trusted(),
        registered: registered(relation, seen),
        rejected: refusals(seen, outcome),
    };
    if let Some(admission) = plan.admissions.get(&id) {
        answer.rejected.extend(admission.rejections.iter().cloned());
    }
    if !wide {
        let others = published_rejections(&seen.own);
        let others = others.into_iter().filter(|rejection| {
            !seen.requests.contains_key(&rejection.bag) && !has_departed(scope, &rejection.bag)
        });
        answer.rejected.extend(others);
    }
    answer.tidy();
    answer
}

fn has_departed(scope: &Scope, bag: &BagName) -> bool {
    matches!((&scope.subject, bag), (Subject::Departed(_, gone), BagName::Unit(unit)) if gone == unit)
}

/// The texts all of whose certificates are trusted: of the databags that were looked at, and, out of our own databag,
/// of the others.
fn registered(relation: &Relation, seen: &ObservedRelation) -> BTreeSet<(Fingerprint, String)> {
    let trusted: BTreeSet<(&TextDigest, Fingerprint)> = relation
        .items()
        .filter(|(_, _, trusted)| *trusted)
        .map(|(digest, fingerprint, _)| (digest, fingerprint))
        .collect();
    let requests = seen.requests.values().flat_map(|request| &request.texts);
    let fresh = requests.filter(|text| text.complete).map(|text| {
        let fingerprints = text.certificates.iter().map(Certificate::fingerprint);
        (
            text.digest.clone(),
            fingerprints.collect(),
            text.text.clone(),
        )
    });
    let published =
        published_texts(&seen.own).map(|text| (TextDigest::of(&text), asked_for(&text), text));
    fresh
        .chain(published)
        .filter(
            |(digest, fingerprints, _): &(TextDigest, Vec<Fingerprint>, String)| {
                fingerprints
                    .iter()
                    .all(|fp| trusted.contains(&(digest, *fp)))
            },
        )
        .filter_map(|(_, fingerprints, text)| Some((*fingerprints.first()?, text)))
        .collect()
}

/// What LXD would not take, wherever it stands.
fn refusals(seen: &ObservedRelation, outcome: &Outcome) -> Vec<Rejection> {
    let mut refusals = Vec::new();
    for (bag, request) in &seen.requests {
        for text in &request.texts {
            for fingerprint in text.certificates.iter().map(Certificate::fingerprint) {
                if let Some(reason) = outcome.refused.get(&fingerprint) {
                    refusals.push(Rejection {
                        bag: bag.clone(),
                        index: text.index,
                        fingerprint: Some(fingerprint),
                        reason: reason.to_string(),
                    });
                }
            }
        }
    }
    refusals
}
