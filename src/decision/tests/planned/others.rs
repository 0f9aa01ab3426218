//! What entries may do, and those that are not for us to take.

use super::*;

fn confine(entry: &Entry, option: &str) -> Change {
    Change::Confine {
        fingerprint: entry.fingerprint,
        name: entry.name.clone(),
        to: Confinement::To(projects(option)),
    }
}

#[test]
fn our_own_entry_and_what_is_no_clients_is_left_alone() {
    let mut server = entry("a");
    server.kind = "server".to_owned();
    for entry in [entry("own"), server] {
        let mut before = Before::asking([]);
        before.store = whole([entry]);
        before.mode = Mode::Clear;
        assert_eq!(before.changes(), []);
    }
}

#[test]
fn what_is_ours_is_confined_as_the_option_says() {
    let mut operators = named("b", owner().operators("alice"));
    operators.confinement = Confinement::To(projects("p,r"));
    let changes = |option, mode| {
        let mut before = Before::with_entry(&[1], &[]);
        before.store = whole([entry("a"), operators.clone()]);
        before.restriction = Restriction::of(&projects(option), &projects("p,q,r"));
        before.mode = mode;
        before.changes()
    };
    let (mine, theirs) = (confine(&entry("a"), "p,q"), confine(&operators, "p"));
    assert_eq!(changes("p,q", Mode::Reconcile), sorted([mine, theirs]));
    let mine = confine(&entry("a"), "p,r");
    assert_eq!(changes("p,r", Mode::Reconcile), [mine]);
    assert_eq!(changes("", Mode::Reconcile), []);
    assert_eq!(changes("p,q", Mode::Withdraw(None)), []);
}

#[test]
fn what_goes_is_not_confined_before() {
    let mut before = Before::with_entry(&[], &[1]);
    before.restriction = Restriction::To(projects("p"));
    assert_eq!(before.changes(), [removal("a")]);
}

#[test]
fn where_nothing_can_be_confined_no_entry_of_a_relation_stays() {
    for (mode, goes) in [(Mode::Reconcile, true), (Mode::Withdraw(None), false)] {
        let mut before = Before::with_entry(&[1], &[]);
        before.restriction = Restriction::Impossible;
        before.mode = mode;
        assert_eq!(before.changes(), Vec::from_iter(goes.then(|| removal("a"))));
    }
}

#[test]
fn what_somebody_else_made_is_trusted_as_it_is() {
    let foreign = named("a", "somebody".to_owned());
    let planned = |asking: &[u32], restriction| {
        let mut before = Before::with_entry(asking, &[]);
        before.store = whole([foreign.clone()]);
        before.restriction = restriction;
        let plan = before.planned();
        assert_eq!(plan.changes, []);
        assert_eq!(plan.trusted.is_empty(), asking.is_empty());
        plan.wider.into_values().collect::<Vec<_>>().join(" ")
    };
    let confined = || Restriction::To(projects("p"));
    assert_eq!(planned(&[1], confined()), "somebody");
    assert_eq!(planned(&[1], Restriction::Open), "");
    assert_eq!(planned(&[], confined()), "");
}
