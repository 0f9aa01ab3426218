use super::*;
use crate::names::{ApplicationName, BagName, RelationId};
use crate::{decision::ledger::Relation, digest::TextDigest};

const ALL: [Leaving; 3] = [Leaving::No, Leaving::OthersStay, Leaving::AsLast];

fn owner() -> Owner {
    Owner {
        model: "d3b0a2c4-0000-4000-8000-000000000001".parse().unwrap(),
        application: "lxd-integrator".parse().unwrap(),
    }
}

fn broken(relation: u32) -> Subject {
    Subject::Broken(RelationId::new(relation))
}

fn scope(subject: Subject) -> Scope {
    Scope {
        subject,
        wide: false,
        finds_unclaimed: false,
        removes_unclaimed: false,
        asks_goal_state: true,
        dry_run: false,
    }
}

/// The memory of a unit that has seen everything, and whose relation 1 asks for a certificate.
fn memory() -> Ledger {
    let application: ApplicationName = "my-charm".parse().unwrap();
    let mut relation = Relation::new(application.clone());
    let item = (TextDigest::of("a"), Fingerprint::of(b"a"));
    let line = [(item, true)].into();
    relation
        .lines
        .insert(BagName::Application(application), line);
    Ledger {
        accounted: true,
        lxd: Some(KnownLxd {
            endpoint: "127.0.0.1".parse().unwrap(),
            server: Fingerprint::of(b"server"),
            client: Fingerprint::of(b"own"),
            nodes: BTreeSet::new(),
            version: "6.9".to_owned(),
            restricted_to: Default::default(),
            behind: false,
        }),
        relations: [(RelationId::new(1), relation)].into(),
        ..Ledger::default()
    }
}

/// Asks `question` of a unit in this situation.
fn ask<T>(
    subject: Subject,
    leaving: Leaving,
    ledger: Option<&Ledger>,
    question: impl Fn(&Situation<'_>) -> T,
) -> T {
    question(&Situation {
        owner: &owner(),
        scope: &scope(subject),
        leaving,
        ledger,
        differs: None,
        now: 0,
    })
}

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
        let one = RelationId::new(1);
        assert_eq!(mode(Subject::Stop), Mode::Clear);
        let expected = if stays {
            Mode::Reconcile
        } else {
            Mode::Withdraw(Some(one))
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
        why: crate::credential::WhyRefused::Expired,
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
