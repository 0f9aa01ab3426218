//! The limits of a relation.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    apply::Outcome,
    certificate::Certificate,
    confinement::Restriction,
    demand::{self, Demand, RelationSight, Sight},
    event::{Scope, Subject},
    juju::Settings,
    ledger::{Ledger, Marks},
    names::RelationId,
    plan::{self, Mandate, Terms},
    publish::{self, Answers},
    request::Request,
    store::Store,
};

use crate::{
    juju::{consumer, unit_bag},
    lxd::entry,
    pool::{now, own, owner},
};

/// A look at a relation that asks for all of these in one databag.
fn look(texts: &[String]) -> (Sight, Scope) {
    let id = RelationId::new(7);
    let bag = unit_bag(0, 0);
    let request = Request::parse(Some(&serde_json::json!(texts).to_string()));
    let seen = RelationSight {
        hidden: BTreeSet::new(),
        application: consumer(0),
        own: Settings::new(),
        requests: BTreeMap::from([(bag.clone(), request)]),
    };
    let sight = Sight {
        relations: BTreeMap::from([(id, seen)]),
        ..Sight::default()
    };
    let scope = Scope {
        subject: Subject::Databag(id, Some(bag)),
        wide: false,
        doubts: false,
        acts_on_doubts: false,
        dry_run: false,
        standing: false,
    };
    (sight, scope)
}

/// What is planned for it, and what is remembered and answered then.
fn planned(
    texts: &[String],
    ledger: Option<&Ledger>,
    store: &Store,
) -> (Demand, plan::Plan, Ledger, Answers) {
    let (sight, scope) = look(texts);
    let demand = demand::demand(ledger, &sight, &scope);
    let terms = Terms {
        restriction: &Restriction::Open,
        owner: owner(),
        own: own(),
        now: now(),
        doubted: &Marks::new(),
        mandate: Mandate::Reconcile,
    };
    let plan = plan::plan(&demand, &sight, store, &scope, &terms);
    let nothing_done = Outcome::default();
    let (next, answers) =
        publish::settle(demand.clone(), &sight, &scope, store, &plan, &nothing_done);
    (demand, plan, next, answers)
}

fn asked_at_once(texts: &[String], store: &Store) -> plan::Plan {
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
    let store = Store {
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
    assert!(plan.steps.is_empty());
    let answer = &answers[&RelationId::new(7)];
    assert_eq!((answer.registered.len(), answer.trusted.len()), (0, 0));
    assert!(answer.rejected[0].reason.starts_with("too-many: "));
    // Nor is it while LXD is away.
    for _ in 0..2 {
        let (sight, scope) = look(&long);
        ledger = publish::settle_without_lxd(demand::demand(Some(&ledger), &sight, &scope));
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
    let mut store = Store {
        whole: true,
        ..Store::default()
    };
    let plan = asked_at_once(&texts, &store);
    let rejections = |plan: &plan::Plan| -> Vec<(usize, String)> {
        let admission = plan.admissions.values().next().expect("a relation");
        let list = admission.rejections.iter();
        list.map(|rejection| (rejection.index, rejection.reason.clone()))
            .collect()
    };
    assert_eq!(plan.steps.len(), 1000);
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
    assert_eq!(plan.steps.len(), 999);
    let found = rejections(&plan);
    assert_eq!(
        found.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [999, 1000]
    );
}
