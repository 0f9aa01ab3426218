//! How a hook ends: how far it may go, whether it is run again, what it writes.

use super::*;
use crate::credential::WhyRefused;

const ALL: [Leaving; 3] = [Leaving::No, Leaving::OthersStay, Leaving::AsLast];

fn without_lxd(situation: &Situation<'_>, class: Class) -> Conclusion {
    conclude_without_lxd(situation, &Observed::default(), class, None)
}

#[test]
fn only_the_last_unit_waits_for_lxd_and_only_for_what_may_be_left() {
    let memory = memory();
    let ledgers = [
        (None, broken(2), true),
        (Some(&memory), broken(2), false),
        (Some(&memory), broken(1), true),
        (Some(&memory), Subject::Stop, true),
    ];
    for (ledger, subject, left) in ledgers {
        for leaving in ALL {
            let again = left && leaving == Leaving::AsLast;
            let verdict = |class| {
                let question = |situation: &Situation<'_>| without_lxd(situation, class).verdict;
                ask(subject.clone(), leaving, ledger, question)
            };
            let waits = ask(subject.clone(), leaving, ledger, |situation| {
                situation.is_worth_waiting()
            });
            assert_eq!(waits, again, "{subject:?} {leaving:?}");
            assert_eq!(
                verdict(Class::Transient) == Verdict::Again,
                again,
                "{subject:?} {leaving:?}"
            );
            assert_eq!(verdict(Class::Operator), Verdict::Done);
        }
    }
}

#[test]
fn who_is_run_again_or_was_the_last_writes_nothing() {
    let memory = memory();
    let silent = |subject, leaving| {
        let question =
            |situation: &Situation<'_>| without_lxd(situation, Class::Operator).written.is_none();
        ask(subject, leaving, Some(&memory), question)
    };
    let again =
        |situation: &Situation<'_>| without_lxd(situation, Class::Transient).written.is_none();
    for leaving in ALL {
        assert_eq!(silent(Subject::Stop, leaving), leaving == Leaving::AsLast);
        assert!(!silent(broken(1), leaving));
        assert_eq!(
            ask(broken(1), leaving, Some(&memory), again),
            leaving == Leaving::AsLast
        );
    }
    let dry = |situation: &Situation<'_>| {
        let plan = Scope {
            dry_run: true,
            ..situation.scope.clone()
        };
        let situation = Situation {
            scope: &plan,
            ..*situation
        };
        without_lxd(&situation, Class::Operator).written.is_none()
    };
    assert!(ask(Subject::Nothing, Leaving::No, Some(&memory), dry));
}

#[test]
fn a_unit_goes_as_far_as_it_may() {
    for leaving in ALL {
        let mode = |subject| ask(subject, leaving, None, |situation| situation.mode());
        let stays = leaving == Leaving::No;
        assert_eq!(mode(Subject::Stop), Mode::Clear);
        let expected = if stays {
            Mode::Reconcile
        } else {
            Mode::Withdraw(Some(ONE))
        };
        assert_eq!(mode(broken(1)), expected);
        let expected = if stays {
            Mode::Reconcile
        } else {
            Mode::Withdraw(None)
        };
        assert_eq!(mode(Subject::Nothing), expected);
    }
}

#[test]
fn without_lxd_the_next_hook_looks_at_everything() {
    let memory = memory();
    let refused = RefusedEnrolment {
        attempt: TextDigest::of("token"),
        why: WhyRefused::Expired,
    };
    let question = |differs| {
        let question = |situation: &Situation<'_>| {
            let situation = Situation {
                differs,
                ..*situation
            };
            let observed = Observed::default();
            let ended =
                conclude_without_lxd(&situation, &observed, Class::Operator, Some(&refused));
            ended.written.unwrap().ledger
        };
        ask(Subject::Nothing, Leaving::No, Some(&memory), question)
    };
    let ledger = question(Some(true));
    assert!(ledger.lxd.unwrap().behind && ledger.differs);
    assert_eq!(ledger.refused, Some(refused.clone()));
    assert_eq!(ledger.relations, memory.relations);
    assert!(!question(None).differs);
}

/// What comes of a hook in which relation 2 is over, and relation 1 is looked at.
fn concluded(leaving: Leaving, outcome: &Outcome, ending: Ending) -> Conclusion {
    let (memory, observed) = (memory(), observed(shown([])));
    ask(broken(2), leaving, Some(&memory), |situation| {
        let demand = inquire(situation, &observed, &lxd()).demand;
        let seen = Seen {
            lxd: lxd(),
            restriction: Restriction::Open,
            store: whole([]),
        };
        let plan = Plan::default();
        conclude(situation, &observed, demand, &seen, &plan, outcome, ending)
    })
}

fn undone() -> Outcome {
    Outcome {
        undone: vec![removal("a")],
        ..Outcome::default()
    }
}

const WELL: Ending = Ending {
    nodes: 1,
    problem: false,
};

#[test]
fn only_the_last_unit_is_run_again_for_what_is_left_to_do() {
    for leaving in ALL {
        let verdict = |outcome: Outcome| concluded(leaving, &outcome, WELL).verdict;
        let again = verdict(undone()) == Verdict::Again;
        assert_eq!(again, leaving == Leaving::AsLast, "{leaving:?}");
        assert_eq!(verdict(Outcome::default()), Verdict::Done, "{leaving:?}");
    }
}

#[test]
fn a_problem_or_something_left_to_do_makes_the_next_hook_look_at_everything() {
    for (outcome, problem, behind) in [
        (Outcome::default(), false, false),
        (Outcome::default(), true, true),
        (undone(), false, true),
        (undone(), true, true),
    ] {
        let ended = concluded(Leaving::No, &outcome, Ending { problem, ..WELL });
        let lxd = ended.written.unwrap().ledger.lxd.unwrap();
        assert_eq!(lxd.behind, behind, "{outcome:?} {problem}");
    }
}

#[test]
fn who_leaves_or_has_no_node_to_publish_tells_nothing() {
    for (leaving, nodes, told) in [
        (Leaving::No, 1, 1),
        (Leaving::No, 0, 0),
        (Leaving::OthersStay, 1, 0),
        (Leaving::AsLast, 1, 0),
    ] {
        let ended = concluded(leaving, &Outcome::default(), Ending { nodes, ..WELL });
        let answers = ended.written.unwrap().answers;
        assert_eq!(answers.len(), told, "{leaving:?} {nodes}");
    }
}
