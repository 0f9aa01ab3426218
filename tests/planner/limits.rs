//! The limits of a relation.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    certificate::Certificate,
    confinement::Restriction,
    demand::{self, RelationSight, Sight},
    event::{Scope, Subject},
    juju::Settings,
    ledger::Marks,
    names::RelationId,
    plan::{self, Mandate, Terms},
    request::Request,
    store::Store,
};

use crate::{
    juju::{consumer, unit_bag},
    lxd::entry,
    pool::{now, own, owner},
};

/// The steps and rejections of a relation that asks for all of these in one databag, with a store as it is.
fn asked_at_once(texts: &[String], store: &Store) -> plan::Plan {
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
    let demand = demand::demand(None, &sight, &scope);
    let terms = Terms {
        restriction: &Restriction::Open,
        owner: owner(),
        own: own(),
        now: now(),
        doubted: &Marks::new(),
        mandate: Mandate::Reconcile,
    };
    plan::plan(&demand, &sight, store, &scope, &terms)
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
