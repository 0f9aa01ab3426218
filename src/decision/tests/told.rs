//! What the relations are told and what is remembered after the writes.

use super::*;
use crate::{
    decision::{
        admission::Admission,
        answers::{confirmed, unconfirmed},
    },
    relation::{
        provider::Answer,
        rejection::{Reason, Rejection},
    },
};

/// What is known before the answers are made; each test changes what it is about.
struct Before {
    ledger: Ledger,
    let_go: ByCertificate,
    observed: Observed,
    scope: Scope,
    store: TrustStore,
    plan: Plan,
    outcome: Outcome,
}

impl Before {
    /// Relation 1 with what is remembered of it and what Juju shows; LXD has nothing, and nothing was done.
    fn of(relation: Relation, seen: ObservedRelation) -> Self {
        Self {
            ledger: of_relations([(1, relation)]),
            let_go: ByCertificate::new(),
            observed: observed(seen),
            scope: narrow(Subject::Nothing),
            store: whole([]),
            plan: Plan::default(),
            outcome: Outcome::default(),
        }
    }

    fn nothing() -> Self {
        Self::of(Relation::new(consumer()), shown([]))
    }

    fn confirmed(self) -> (Ledger, Answers) {
        let demand = demand_of(self.ledger, self.let_go);
        let (observed, scope, store) = (&self.observed, &self.scope, &self.store);
        confirmed(demand, observed, scope, store, &self.plan, &self.outcome)
    }

    fn ledger(self) -> Ledger {
        self.confirmed().0
    }

    fn answer(self) -> Answer {
        self.confirmed().1.remove(&ONE).unwrap()
    }
}

fn rejection(bag: &str, name: &str) -> Rejection {
    Rejection {
        bag: bag.parse().unwrap(),
        index: 0,
        fingerprint: Some(fingerprint(name)),
        reason: "expired: on 2033-05-18T03:33:20Z".to_owned(),
    }
}

#[test]
fn what_could_not_be_removed_or_was_not_looked_for_is_owed() {
    let mut before = Before::nothing();
    before.let_go = by(1, &["gone", "undone", "unseen"]);
    before.store = part(&["gone"], [entry("undone")]);
    before.outcome.undone.push(removal("undone"));
    assert_eq!(before.ledger().owed, marks(1, &["undone", "unseen"]));
}

#[test]
fn a_whole_look_accounts_for_what_is_ours_if_it_may_keep_what_it_finds() {
    for (finds, whole, unclaimed, accounted) in [
        (false, true, true, false),
        (false, true, false, true),
        (true, true, true, true),
        (true, false, false, false),
    ] {
        let mut before = Before::nothing();
        before.scope.finds_unclaimed = finds;
        before.store.whole = whole;
        if unclaimed {
            before.plan.unclaimed = marks(1, &["a"]);
        }
        let ledger = before.ledger();
        assert_eq!(ledger.accounted, accounted, "{finds} {whole} {unclaimed}");
    }
}

#[test]
fn what_nobody_asks_for_is_kept_until_it_is_gone() {
    let ended = |finds: bool, removes: bool| {
        let mut before = Before::nothing();
        before.scope.finds_unclaimed = finds;
        before.scope.removes_unclaimed = removes;
        before.ledger.unclaimed = marks(1, &["known", "removed"]);
        before.plan.unclaimed = marks(1, &["found"]);
        before.outcome.undone = vec![removal("known"), removal("other")];
        before.ledger().unclaimed
    };
    assert_eq!(ended(true, true), marks(1, &["found", "known", "other"]));
    assert_eq!(ended(false, true), marks(1, &["known"]));
    assert_eq!(ended(false, false), marks(1, &["known", "removed"]));
}

#[test]
fn what_the_python_charm_left_is_forgotten_once_it_is_gone() {
    let mut before = Before::nothing();
    before.ledger.left_by_python_charm = ["gone", "there", "unseen"].map(fingerprint).into();
    before.store = part(&["gone"], [entry("there")]);
    let left = before.ledger().left_by_python_charm;
    assert_eq!(left, ["there", "unseen"].map(fingerprint).into());
}

#[test]
fn what_lxd_has_is_told_and_what_it_does_not_have_is_not() {
    let names = ["+unseen", "planned", "made", "+gone", "+unlisted"];
    let requests = request(&["unseen", "planned", "made", "gone", "unlisted"]);
    let mut before = Before::of(
        remembered([("my-charm", line(&names))]),
        shown([("my-charm", requests)]),
    );
    before.store = part(&["gone"], [entry("planned"), entry("unlisted")]);
    before.plan.trusted = ["planned", "unlisted"].map(fingerprint).into();
    before.outcome.trusted = ["made"].map(fingerprint).into();
    let item = (TextDigest::of(&pem("unlisted")), fingerprint("unlisted"));
    let admission = Admission {
        unlisted: [("my-charm".parse().unwrap(), item.0, item.1)].into(),
        ..Admission::default()
    };
    before.plan.admissions.insert(ONE, admission);
    let (ledger, answers) = before.confirmed();
    let trusted: BTreeSet<_> = ["unseen", "planned", "made"].map(fingerprint).into();
    let remembered = &ledger.relations[&ONE];
    assert_eq!(remembered.trusted(), trusted);
    assert_eq!(remembered.asked().len(), 5);
    let told = &answers[&ONE];
    assert_eq!(told.trusted, trusted);
    let texts: BTreeSet<_> = told.registered.iter().map(|(_, text)| text).collect();
    let wanted = ["unseen", "planned", "made"].map(pem);
    assert_eq!(texts, wanted.iter().collect());
}

#[test]
fn what_is_rejected_is_told_and_not_remembered() {
    let requests = request(&["fine", "unfit", "refused"]);
    let mut before = Before::of(
        remembered([("my-charm", line(&["fine", "unfit", "refused"]))]),
        shown([("my-charm", requests)]),
    );
    let digest = TextDigest::of(&pem("unfit"));
    let admission = Admission {
        rejections: vec![rejection("my-charm", "unfit")],
        rejected: [("my-charm".parse().unwrap(), digest, fingerprint("unfit"))].into(),
        ..Admission::default()
    };
    before.plan.admissions.insert(ONE, admission);
    let refused = Reason::Refused("no".to_owned());
    before.outcome.refused = [(fingerprint("refused"), refused)].into();
    let (ledger, answers) = before.confirmed();
    let relation = &ledger.relations[&ONE];
    assert_eq!(
        relation.lines,
        remembered([("my-charm", line(&["fine"]))]).lines
    );
    assert_eq!(relation.rejected, 2);
    let told: Vec<_> = answers[&ONE]
        .rejected
        .iter()
        .map(|rejection| (rejection.index, rejection.fingerprint.unwrap()))
        .collect();
    assert_eq!(
        told,
        [(0, fingerprint("unfit")), (2, fingerprint("refused"))]
    );
}

/// Our databag says that something of each of these databags is rejected; one of them is looked at.
fn rejecting(bags: &[&str]) -> ObservedRelation {
    let rejections: Vec<_> = bags.iter().map(|bag| rejection(bag, "a")).collect();
    let mut seen = shown([("my-charm/0", request(&[]))]);
    let list = json(&rejections);
    seen.own.insert(provider::REJECTED.to_owned(), list);
    seen
}

#[test]
fn what_other_databags_were_told_stays_until_they_are_looked_at() {
    let bags = ["my-charm", "my-charm/0", "my-charm/1", "my-charm/2"];
    let told = |wide, subject| {
        let mut before = Before::of(Relation::new(consumer()), rejecting(&bags));
        before.observed.wide = wide;
        before.scope = narrow(subject);
        let rejected = before.answer().rejected;
        let bags: Vec<_> = rejected.iter().map(|one| one.bag.to_string()).collect();
        bags.join(" ")
    };
    let unit = unit("my-charm/2");
    assert_eq!(
        told(false, Subject::Nothing),
        "my-charm my-charm/1 my-charm/2"
    );
    let departed = Subject::Departed(ONE, unit);
    assert_eq!(told(false, departed), "my-charm my-charm/1");
    assert_eq!(told(true, Subject::Nothing), "");
}

#[test]
fn a_text_is_listed_when_all_of_it_is_trusted() {
    let chain = format!("{}{}", pem("a"), pem("b"));
    let told = |names: &[&str]| {
        let trusted = fingerprints(names);
        let items = ["a", "b"].map(fingerprint).into_iter();
        let line = items.map(|of| ((TextDigest::of(&chain), of), trusted.contains(&of)));
        let relation = remembered([("my-charm/1", line.collect())]);
        // Of a databag that is not looked at, our own tells what it asked for.
        let mut before = Before::of(relation, listing(&[&chain], shown([])));
        before.store = part(&[], []);
        before.answer().registered
    };
    assert_eq!(told(&["a"]), BTreeSet::new());
    assert_eq!(
        told(&["a", "b"]),
        [(fingerprint("a"), chain.clone())].into()
    );
}

/// What is left of these lines of relation 1 where LXD could not be asked; of `known`, an entry may be there.
fn left(lines: Line, known: &[&str], asker: u32) -> usize {
    let relation = remembered([("my-charm", lines)]);
    let ledger = unconfirmed(Demand {
        before: by(asker, known),
        ..demand_of(of_relations([(1, relation)]), by(1, &["gone"]))
    });
    assert_eq!(ledger.owed, marks(1, &["gone"]));
    ledger.relations[&ONE].asked().len()
}

#[test]
fn without_lxd_no_more_is_remembered_than_can_be_registered() {
    assert_eq!(left(many(999, false), &[], 1), 999);
    assert_eq!(left(many(1002, false), &[], 1), 1000);
    let with = |count, names: &[&str]| {
        let mut lines = many(count, false);
        lines.extend(line(names));
        lines
    };
    // What is trusted takes a place, and what may be registered is not forgotten.
    assert_eq!(left(with(1002, &["+a", "+b"]), &[], 1), 1000);
    assert_eq!(left(with(1002, &["a"]), &["a"], 1), 1001);
    assert_eq!(left(with(1002, &["a"]), &["a"], 2), 1000);
}
