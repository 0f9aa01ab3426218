//! The limits of a relation.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    decision::{
        answers::{self, Answers},
        demand::{self, Demand},
        ledger::Ledger,
        observed::{Observed, ObservedRelation},
        plan::{self, Mode, Terms},
        scope::{Scope, Subject},
    },
    names::RelationId,
    relation::request::Request,
    trust::{confinement::Restriction, outcome::Outcome, store::TrustStore},
    values::Settings,
    x509::certificate::Certificate,
};

use crate::{
    juju::{consumer, unit_bag},
    lxd::entry,
    pool::{now, own, owner},
};

/// A look at a relation that asks for all of these in one databag.
fn look(texts: &[String]) -> (Observed, Scope) {
    let id = RelationId::new(7);
    let bag = unit_bag(0, 0);
    let request = Request::parse(Some(&serde_json::json!(texts).to_string()));
    let seen = ObservedRelation {
        hidden: BTreeSet::new(),
        application: consumer(0),
        own: Settings::new(),
        requests: BTreeMap::from([(bag.clone(), request)]),
    };
    let observed = Observed {
        relations: BTreeMap::from([(id, seen)]),
        ..Observed::default()
    };
    let scope = Scope {
        subject: Subject::Databag(id, Some(bag)),
        wide: false,
        finds_unclaimed: false,
        removes_unclaimed: false,
        dry_run: false,
        asks_goal_state: false,
    };
    (observed, scope)
}

/// What is planned for it, and what is remembered and answered then.
fn planned(
    texts: &[String],
    ledger: Option<&Ledger>,
    store: &TrustStore,
) -> (Demand, plan::Plan, Ledger, Answers) {
    let (observed, scope) = look(texts);
    let demand = demand::demand(ledger, &observed, &scope);
    let terms = Terms {
        restriction: &Restriction::Open,
        owner: owner(),
        own: own(),
        now: now(),
        mode: Mode::Reconcile,
    };
    let plan = plan::plan(&demand, &observed, store, &scope, &terms);
    let nothing_done = Outcome::default();
    let (next, answers) = answers::confirmed(
        demand.clone(),
        &observed,
        &scope,
        store,
        &plan,
        &nothing_done,
    );
    (demand, plan, next, answers)
}

fn asked_at_once(texts: &[String], store: &TrustStore) -> plan::Plan {
    planned(texts, None, store).1
}

#[test]
fn what_is_registered_is_not_forgotten_when_it_is_rewritten_beyond_the_limit() {
    let made = lxd_bed::certificates::make("rewritten");
    let fingerprint = Certificate::from_der(&made.certificate_der)
        .expect("a certificate")
        .fingerprint();
    let name = format!("{}:{}", owner(), "7:alpha");
    let ours = entry(fingerprint, &name, "client");
    let store = TrustStore {
        whole: true,
        entries: BTreeMap::from([(fingerprint, Some(ours))]),
    };
    let short = vec![made.certificate_pem.clone()];
    let long = vec![format!(
        "{}{}",
        "words ".repeat(400_000),
        made.certificate_pem
    )];
    let (_, _, ledger, answers) = planned(&short, None, &store);
    assert_eq!(answers[&RelationId::new(7)].registered.len(), 1);
    let (_, plan, mut ledger, answers) = planned(&long, Some(&ledger), &store);
    assert!(plan.changes.is_empty());
    let answer = &answers[&RelationId::new(7)];
    assert_eq!((answer.registered.len(), answer.trusted.len()), (0, 0));
    assert!(answer.rejected[0].reason.starts_with("too-many: "));
    // Nor is it while LXD is away.
    for _ in 0..2 {
        let (observed, scope) = look(&long);
        ledger = answers::unconfirmed(demand::demand(Some(&ledger), &observed, &scope));
    }
    let (demand, ..) = planned(&[], Some(&ledger), &store);
    assert!(
        demand.let_go.contains_key(&fingerprint),
        "it goes when it is withdrawn"
    );
}

#[test]
fn a_relation_has_a_thousand_places_and_keeps_them() {
    let made = (0..1002).map(|_| lxd_bed::certificates::make("many"));
    let texts: Vec<String> = made.map(|made| made.certificate_pem).collect();
    let mut store = TrustStore {
        whole: true,
        ..TrustStore::default()
    };
    let plan = asked_at_once(&texts, &store);
    let rejections = |plan: &plan::Plan| -> Vec<(usize, String)> {
        let admission = plan.admissions.values().next().expect("a relation");
        let list = admission.rejections.iter();
        list.map(|rejection| (rejection.index, rejection.reason.clone()))
            .collect()
    };
    assert_eq!(plan.changes.len(), 1000);
    let found = rejections(&plan);
    assert_eq!(
        found.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [1000, 1001]
    );
    assert!(
        found
            .iter()
            .all(|(_, reason)| reason.starts_with("too-many: "))
    );

    // The last one is there already: it keeps its place, and one that is new does not get one.
    let last = Certificate::from_der(
        &lxd_bed::certificates::Credential::from_pem(&texts[1001], "").certificate_der,
    );
    let last = last.expect("a certificate").fingerprint();
    store
        .entries
        .insert(last, Some(entry(last, "by hand", "client")));
    let plan = asked_at_once(&texts, &store);
    assert_eq!(plan.changes.len(), 999);
    let found = rejections(&plan);
    assert_eq!(
        found.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [999, 1000]
    );
}
