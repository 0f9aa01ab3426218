//! The laws of the pure core, over random histories: whatever consumers do, and whatever an unmet hook hides, what is
//! not ours is never touched, and once all is quiet the trust store is what was there before and what is asked for.

mod history;
mod world;

use std::collections::BTreeMap;

use lxd_integrator::{
    certificate::{Certificate, Fingerprint},
    confinement,
    demand::{self, RelationSight, Sight},
    event::{Scope, Subject},
    juju::Settings,
    ledger::Marks,
    names::{BagName, RelationId},
    plan::{self, Mandate, Terms},
    request::Request,
    store::Store,
};
use proptest::prelude::*;

use history::{Happening, happening};
use world::{World, entry, now, own, owner, unit};

/// The steps and rejections of a relation that asks for all of these in one databag, with a store as it is.
fn asked_at_once(texts: &[String], store: &Store) -> plan::Plan {
    let id = RelationId::new(7);
    let bag = BagName::Unit(unit(7, 0));
    let request = Request::parse(Some(&serde_json::json!(texts).to_string()));
    let seen = RelationSight {
        application: "app-7".parse().unwrap(),
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
        standing: false,
    };
    let demand = demand::demand(None, &sight, &scope);
    let terms = Terms {
        restriction: &confinement::Restriction::Open,
        owner: &owner(),
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
    let (fp, last) = entry(last.expect("a certificate").fingerprint(), "by hand");
    store.entries.insert(fp, Some(last));
    let plan = asked_at_once(&texts, &store);
    assert_eq!(plan.steps.len(), 999);
    let found = rejections(&plan);
    assert_eq!(
        found.iter().map(|(index, _)| *index).collect::<Vec<_>>(),
        [999, 1000]
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_quiet_world_is_right(history in prop::collection::vec(happening(), 1..40)) {
        let mut world = World::new();
        for happening in &history {
            world.happen(happening);
            // Where every change had its hook, each hook leaves everything right.
            if !world.disturbed {
                world.assert_right();
            }
        }
        world.settle();
        world.assert_right();
    }

    #[test]
    fn one_look_that_misses_a_databag_takes_nothing_away(
        history in prop::collection::vec(happening(), 1..20),
        relation in 0..3u32,
        number in 0..3u32,
    ) {
        let mut world = World::new();
        history.iter().for_each(|happening| world.happen(happening));
        world.settle();
        let before: Vec<Fingerprint> = world.store.keys().copied().collect();
        world.hidden = Some((RelationId::new(relation), BagName::Unit(unit(relation, number))));
        world.hook(Subject::Nothing, true);
        prop_assert!(world.store.keys().eq(before.iter()));
        // An upgrade in between does not count as a second look.
        world.hook(Subject::Nothing, false);
        prop_assert!(world.store.keys().eq(before.iter()));
        world.hidden = None;
        world.settle();
        world.assert_right();
    }

    #[test]
    fn a_second_look_changes_nothing(history in prop::collection::vec(happening(), 1..20)) {
        let mut world = World::new();
        history.iter().for_each(|happening| world.happen(happening));
        world.settle();
        let (store, own) = (world.store.clone(), world.own.clone());
        let memory: Settings = world.memory.clone().into_iter().filter(|(_, text)| !text.is_empty()).collect();
        world.settle();
        prop_assert_eq!(&world.store, &store);
        prop_assert_eq!(&world.own, &own);
        world.memory.retain(|_, text| !text.is_empty());
        prop_assert_eq!(&world.memory, &memory);
    }

    #[test]
    fn the_order_of_the_requests_does_not_matter(
        asks in prop::collection::btree_map((0..3u32, 0..3u32), prop::collection::btree_set(0..7usize, 0..4), 1..9),
        seed in any::<u64>(),
    ) {
        let mut orders = [Vec::new(), Vec::new()];
        orders[0].extend(asks.iter());
        orders[1].extend(asks.iter());
        orders[1].sort_by_key(|((relation, unit), _)| (u64::from(*relation * 3 + *unit) + 1).wrapping_mul(seed | 1));
        let worlds = orders.map(|order| {
            let mut world = World::new();
            for ((relation, unit), set) in order {
                world.happen(&Happening::Ask(*relation, *unit, set.clone()));
            }
            world
        });
        prop_assert_eq!(&worlds[0].own, &worlds[1].own);
        prop_assert!(worlds[0].store.keys().eq(worlds[1].store.keys()));
    }
}
