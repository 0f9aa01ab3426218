//! What is to be done in the trust store.

mod others;

use super::*;
use crate::{
    decision::plan::{interest, plan},
    names::projects,
};

/// What a plan is made of; each test changes what it is about.
struct Before {
    ledger: Ledger,
    let_go: ByCertificate,
    observed: Observed,
    store: TrustStore,
    scope: Scope,
    restriction: Restriction,
    mode: Mode,
}

impl Before {
    /// Relations that ask for these; all were looked at, nothing is in the trust store.
    fn asking<const N: usize>(relations: [(u32, &[&str]); N]) -> Self {
        let relations = relations.map(|(id, names)| (RelationId::new(id), names));
        let lines = relations.map(|(id, names)| (id, remembered([("my-charm", line(names))])));
        let seen = relations.map(|(id, names)| (id, shown([("my-charm", request(names))])));
        Self {
            ledger: Ledger {
                relations: lines.into(),
                ..Ledger::default()
            },
            let_go: ByCertificate::new(),
            observed: Observed {
                relations: seen.into(),
                ..Observed::default()
            },
            store: whole([]),
            scope: narrow(Subject::Nothing),
            restriction: Restriction::Open,
            mode: Mode::Reconcile,
        }
    }

    /// The entry that relation 1 has for `a`; these relations ask for it, and these let it go.
    fn with_entry(asking: &[u32], let_go: &[u32]) -> Self {
        let mut before = Self::asking([]);
        before.store = whole([entry("a")]);
        for relation in asking {
            let relation = RelationId::new(*relation);
            let line = remembered([("my-charm", line(&["a"]))]);
            before.ledger.relations.insert(relation, line);
        }
        if !let_go.is_empty() {
            let names = let_go.iter().map(|relation| requirer(*relation)).collect();
            before.let_go.insert(fingerprint("a"), names);
        }
        before
    }

    fn meeting(mut self, relation: u32) -> Self {
        let relations = &mut self.ledger.relations;
        relations.insert(RelationId::new(relation), Relation::new(consumer()));
        self
    }

    fn planned(self) -> Plan {
        let demand = demand_of(self.ledger, self.let_go);
        let terms = Terms {
            owner: &owner(),
            own: fingerprint("own"),
            now: NOW,
            restriction: &self.restriction,
            mode: self.mode,
        };
        plan(&demand, &self.observed, &self.store, &self.scope, &terms)
    }

    fn changes(self) -> Vec<Change> {
        self.planned().changes
    }
}

fn rename(to: u32) -> Change {
    Change::Rename {
        fingerprint: fingerprint("a"),
        from: requirer(1),
        to: requirer(to),
    }
}

fn register(relation: u32, name: &str) -> Change {
    Change::Register {
        name: requirer(relation),
        certificate: certificate(name),
        confinement: Confinement::Nothing,
    }
}

/// In the order of the plan.
fn sorted<const N: usize>(mut changes: [Change; N]) -> Vec<Change> {
    changes.sort_by_key(Change::fingerprint);
    changes.into()
}

#[test]
fn what_waits_and_what_was_let_go_is_looked_for() {
    let mut before = Before::asking([(1, &["waits", "+trusted"]), (2, &["out of sight"])]);
    before.observed.relations.remove(&RelationId::new(2));
    let demand = demand_of(before.ledger, by(2, &["gone"]));
    let wanted = fingerprints(&["waits", "gone"]);
    assert_eq!(interest(&demand, &before.observed), wanted);
}

#[test]
fn what_is_new_is_registered_once_for_the_lowest_relation_that_gets_it() {
    let both = || Before::asking([(1, &["a", "b"]), (2, &["a", "b"])]);
    let changes = both().changes();
    assert_eq!(changes, sorted([register(1, "a"), register(1, "b")]));

    // There is one place left in relation 1.
    let mut before = both();
    let others = ("my-charm/9".parse().unwrap(), many(999, true));
    let one = before.ledger.relations.get_mut(&ONE);
    one.unwrap().lines.extend([others]);
    let changes = before.changes();
    assert_eq!(changes, sorted([register(1, "a"), register(2, "b")]));

    // Nobody says that relation 1 does not get it.
    let mut before = both();
    before.observed.relations.remove(&ONE);
    let changes = before.changes();
    assert_eq!(changes, sorted([register(1, "a"), register(1, "b")]));
}

#[test]
fn nothing_is_registered_by_who_leaves_or_where_projects_are_missing() {
    let asking = || Before::asking([(1, &["a"])]);
    for mode in [Mode::Withdraw(None), Mode::Clear] {
        let before = Before { mode, ..asking() };
        assert_eq!(before.changes(), [], "{mode:?}");
    }
    let missing = Restriction::of(&projects("p,q"), &projects("p"));
    for restriction in [missing, Restriction::Impossible] {
        let before = Before {
            restriction,
            ..asking()
        };
        assert_eq!(before.changes(), []);
    }
}

#[test]
fn an_entry_of_ours_goes_when_it_was_let_go_and_nobody_else_asks() {
    let none: &[u32] = &[];
    for (asking, let_go, met, change, trusted) in [
        (&[1][..], none, false, None, true),
        (&[1, 2], &[2], false, None, true),
        (&[2], &[1], false, Some(rename(2)), true),
        (&[3, 2], &[1], false, Some(rename(2)), true),
        (none, &[1], false, Some(removal("a")), false),
        (none, &[2], true, Some(removal("a")), false),
    ] {
        let mut before = Before::with_entry(asking, let_go);
        if met {
            before = before.meeting(1);
        }
        let plan = before.planned();
        assert_eq!(
            plan.changes,
            Vec::from_iter(change),
            "{asking:?} {let_go:?}"
        );
        assert_eq!(!plan.trusted.is_empty(), trusted, "{asking:?} {let_go:?}");
        assert!(plan.unclaimed.is_empty(), "{asking:?} {let_go:?}");
    }
}

#[test]
fn what_nobody_is_seen_to_let_go_is_noted_first() {
    for before in [
        Before::with_entry(&[], &[]),
        Before::with_entry(&[], &[]).meeting(1),
        // Relation 1 was never met.
        Before::with_entry(&[], &[2]),
        Before::with_entry(&[2], &[]),
        Before::with_entry(&[2], &[3]),
    ] {
        let plan = before.planned();
        assert_eq!((plan.changes, plan.unclaimed), (vec![], marks(1, &["a"])));
    }
}

#[test]
fn what_was_noted_goes_in_the_next_look_that_may_take_it() {
    for (removes, noted, goes) in [
        (true, true, true),
        (true, false, false),
        (false, true, false),
    ] {
        for (asking, change) in [(&[][..], removal("a")), (&[2], rename(2))] {
            let mut before = Before::with_entry(asking, &[]);
            before.scope.removes_unclaimed = removes;
            if noted {
                before.ledger.unclaimed = marks(1, &["a"]);
            }
            let plan = before.planned();
            let wanted = goes.then_some(change);
            assert_eq!(plan.changes, Vec::from_iter(wanted), "{removes} {noted}");
            assert_eq!(plan.unclaimed.is_empty(), goes, "{removes} {noted}");
        }
    }
}

#[test]
fn the_last_unit_takes_what_is_left_along() {
    let one = Mode::Withdraw(Some(ONE));
    let other = Mode::Withdraw(Some(RelationId::new(2)));
    for (asking, mode, goes) in [
        (&[][..], one, true),
        (&[], other, false),
        (&[], Mode::Withdraw(None), false),
        (&[], Mode::Clear, true),
        (&[1], one, false),
        (&[1], Mode::Clear, true),
    ] {
        let mut before = Before::with_entry(asking, &[]);
        before.mode = mode;
        let changes = before.changes();
        assert_eq!(
            changes,
            Vec::from_iter(goes.then(|| removal("a"))),
            "{mode:?}"
        );
    }
}
