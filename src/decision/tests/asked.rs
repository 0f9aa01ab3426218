//! Who asks for what, and what was let go.

use super::*;
use crate::decision::demand::demand;

fn departed(relation: u32, name: &str) -> Scope {
    narrow(Subject::Departed(RelationId::new(relation), unit(name)))
}

fn nothing() -> Scope {
    narrow(Subject::Nothing)
}

fn gone(relation: u32) -> Observed {
    Observed {
        gone: [(RelationId::new(relation), "no".to_owned())].into(),
        ..Observed::default()
    }
}

/// What relation 1 asks for after this was seen.
fn asked(ledger: &Ledger, seen: ObservedRelation) -> BTreeSet<Fingerprint> {
    demand(Some(ledger), &observed(seen), &nothing())
        .ledger
        .relations[&ONE]
        .asked()
}

#[test]
fn what_is_not_asked_for_any_more_is_let_go() {
    let mut ledger = of_relations([(1, remembered([("my-charm/0", line(&["+a", "+b"]))]))]);
    ledger.owed = marks(1, &["b", "c", "d"]);
    let seen = observed(shown([("my-charm/0", request(&["b", "c"]))]));
    let demand = demand(Some(&ledger), &seen, &nothing());
    assert_eq!(demand.let_go, by(1, &["a", "d"]));
    assert_eq!(demand.before, by(1, &["a", "b"]));
    assert!(demand.ledger.owed.is_empty());
    assert_eq!(
        demand.ledger.relations[&ONE].trusted(),
        fingerprints(&["b"])
    );
}

#[test]
fn who_leaves_lets_go() {
    let relation = remembered([("my-charm/0", line(&["a"])), ("my-charm/1", line(&["b"]))]);
    let ledger = of_relations([(1, relation)]);
    let let_go = |scope| demand(Some(&ledger), &Observed::default(), &scope).let_go;
    assert_eq!(let_go(departed(1, "my-charm/0")), by(1, &["a"]));
    assert_eq!(let_go(narrow(broken(1))), by(1, &["a", "b"]));
    assert_eq!(let_go(nothing()), ByCertificate::new());
}

#[test]
fn a_relation_that_comes_back_was_told_nothing() {
    let mut relation = remembered([("my-charm/0", line(&["+a"]))]);
    relation.rejected = 2;
    let created = narrow(Subject::Created(ONE, None));
    let ledger = of_relations([(1, relation)]);
    let demand = demand(Some(&ledger), &Observed::default(), &created);
    let relation = &demand.ledger.relations[&ONE];
    assert_eq!(
        (relation.rejected, relation.trusted()),
        (0, fingerprints(&[]))
    );
    assert_eq!(relation.asked(), fingerprints(&["a"]));
}

#[test]
fn of_a_relation_out_of_reach_only_what_its_unit_takes_along_is_let_go() {
    let relation = || remembered([("my-charm/0", line(&["a"])), ("my-charm/1", line(&["b"]))]);
    let ledger = of_relations([
        (1, relation()),
        (2, remembered([("my-charm/0", line(&["c"]))])),
    ]);
    for (scope, let_go) in [
        (departed(1, "my-charm/0"), by(1, &["a"])),
        (departed(2, "my-charm/0"), by(2, &["c"])),
        (nothing(), ByCertificate::new()),
    ] {
        let demand = demand(Some(&ledger), &gone(1), &scope);
        assert_eq!(demand.let_go, let_go, "{scope:?}");
        assert!(!demand.ledger.relations.contains_key(&ONE), "{scope:?}");
        assert_eq!(demand.ledger.gone, [ONE].into(), "{scope:?}");
    }
}

#[test]
fn only_a_look_that_doubts_forgets_what_is_out_of_sight() {
    let relation = remembered([("my-charm/0", line(&["a"])), ("my-charm/1", line(&["b"]))]);
    let ledger = of_relations([
        (1, relation),
        (2, remembered([("my-charm/0", line(&["c"]))])),
    ]);
    for (wide, finds_unclaimed, left) in [
        (true, true, &["a"][..]),
        (true, false, &["a", "b", "c"]),
        (false, true, &["a", "b", "c"]),
    ] {
        let scope = Scope {
            finds_unclaimed,
            ..nothing()
        };
        let observed = Observed {
            wide,
            ..observed(shown([("my-charm/0", request(&["a"]))]))
        };
        let demand = demand(Some(&ledger), &observed, &scope);
        let asked: BTreeSet<_> = demand.ledger.askers().into_keys().collect();
        assert_eq!(asked, fingerprints(left), "{wide} {finds_unclaimed}");
        assert!(demand.let_go.is_empty(), "{wide} {finds_unclaimed}");
    }
}

#[test]
fn a_relation_out_of_reach_is_remembered_until_it_is_seen_or_not_listed() {
    let ids = |numbers: &[u32]| numbers.iter().copied().map(RelationId::new).collect();
    let left = |wide, seen: bool| {
        let mut observed = Observed { wide, ..gone(5) };
        if seen {
            observed.relations.insert(ONE, shown([]));
        }
        let ledger = Ledger {
            gone: ids(&[1, 4]),
            ..Ledger::default()
        };
        demand(Some(&ledger), &observed, &nothing()).ledger.gone
    };
    assert_eq!(left(false, false), ids(&[1, 4, 5]));
    assert_eq!(left(false, true), ids(&[4, 5]));
    assert_eq!(left(true, false), ids(&[5]));
}

#[test]
fn a_unit_that_was_removed_by_force_is_hidden_until_it_is_seen() {
    let mut relation = Relation::new(consumer());
    relation.hidden = ["my-charm/0", "my-charm/1"].map(unit).into();
    let ledger = of_relations([(1, relation)]);
    let hidden = |wide| {
        let mut seen = shown([("my-charm/0", request(&[]))]);
        seen.hidden = ["my-charm/2"].map(unit).into();
        let observed = Observed {
            wide,
            ..observed(seen)
        };
        let demand = demand(Some(&ledger), &observed, &nothing());
        demand.ledger.relations[&ONE].hidden.clone()
    };
    assert_eq!(hidden(false), ["my-charm/1"].map(unit).into());
    assert_eq!(hidden(true), ["my-charm/2"].map(unit).into());
}

#[test]
fn what_breaks_off_withdraws_nothing() {
    let ledger = of_relations([(1, remembered([("my-charm/0", line(&["a"]))]))]);
    let seen = |of| shown([("my-charm/0", of)]);
    let both = fingerprints(&["a", "b"]);
    assert_eq!(asked(&ledger, seen(broken_off(&["b"]))), both);
    assert_eq!(asked(&ledger, seen(request(&["b"]))), fingerprints(&["b"]));
    let nothing_left = demand(Some(&ledger), &observed(seen(request(&[]))), &nothing());
    assert!(nothing_left.ledger.relations[&ONE].lines.is_empty());
}

#[test]
fn what_breaks_off_may_have_asked_for_all_that_is_published_if_it_is_not_remembered() {
    let asks = |ledger: &Ledger, of| {
        let seen = shown([("my-charm/0", of)]);
        asked(ledger, listing(&[&pem("a")], seen))
    };
    let (met, unmet) = (of_relations([(1, remembered([]))]), Ledger::default());
    let partial = Ledger {
        partial: true,
        ..met.clone()
    };
    let both = fingerprints(&["a", "b"]);
    assert_eq!(asks(&unmet, broken_off(&["b"])), both);
    assert_eq!(asks(&partial, broken_off(&["b"])), both);
    assert_eq!(asks(&met, broken_off(&["b"])), fingerprints(&["b"]));
    assert_eq!(asks(&unmet, request(&["b"])), fingerprints(&["b"]));
}

#[test]
fn a_wide_look_makes_the_memory_whole() {
    for (before, wide, after) in [
        (true, false, true),
        (true, true, false),
        (false, false, false),
        (false, true, false),
    ] {
        let ledger = Ledger {
            partial: before,
            ..Ledger::default()
        };
        let observed = Observed {
            wide,
            ..Observed::default()
        };
        let demand = demand(Some(&ledger), &observed, &nothing());
        assert_eq!(demand.ledger.partial, after, "{before} {wide}");
    }
}

#[test]
fn relations_of_one_application_are_seen_together() {
    let mut other = shown([]);
    other.application = "other".parse().unwrap();
    let relations = [(1, shown([])), (2, shown([])), (3, other)];
    let observed = Observed {
        wide: true,
        relations: relations.map(|(id, of)| (RelationId::new(id), of)).into(),
        ..Observed::default()
    };
    let together = demand(None, &observed, &nothing()).ledger.together;
    assert_eq!(together, [1, 2].map(RelationId::new).into());
}
