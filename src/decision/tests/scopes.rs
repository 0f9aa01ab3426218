//! How far each event goes, and who leaves.

use super::*;
use crate::{
    decision::event::{ACTIONS, Action, Event},
    names::BagName,
};

#[test]
fn each_event_goes_as_far_as_it_has_to() {
    let bag = || Some(BagName::Unit(unit("my-charm/0")));
    let (all, none) = (Subject::Nothing, "");
    for (event, subject, far) in [
        (Event::Installed, all.clone(), "wide"),
        (Event::Changed, all.clone(), "wide"),
        (
            Event::UpdateStatus,
            all.clone(),
            "wide finds removes goal-state",
        ),
        (
            Event::Action(Action::Sync),
            all.clone(),
            "wide removes goal-state",
        ),
        (Event::Action(Action::AddTrustedClient), all.clone(), none),
        (Event::Action(Action::GetClientToken), all.clone(), none),
        (Event::Action(Action::ShowNodes), all.clone(), "wide"),
        (Event::Action(Action::Check), all, "wide"),
        (Event::Stop, Subject::Stop, "goal-state"),
        (
            Event::RelationCreated(ONE, Some(consumer())),
            Subject::Created(ONE, Some(consumer())),
            none,
        ),
        (
            Event::RelationChanged(ONE, bag()),
            Subject::Databag(ONE, bag()),
            none,
        ),
        (
            Event::RelationBroken(ONE),
            Subject::Broken(ONE),
            "goal-state",
        ),
        (
            departed(false),
            Subject::Departed(ONE, unit("my-charm/0")),
            none,
        ),
    ] {
        let scope = Scope::of(&event).unwrap();
        let told = [
            (scope.wide, "wide"),
            (scope.finds_unclaimed, "finds"),
            (scope.removes_unclaimed, "removes"),
            (scope.asks_goal_state, "goal-state"),
            (scope.dry_run, "dry run"),
        ];
        let told: Vec<_> = told.into_iter().filter(|of| of.0).map(|of| of.1).collect();
        assert_eq!(told.join(" "), far, "{event:?}");
        assert_eq!(scope.subject, subject);
    }
    assert_eq!(Scope::of(&departed(true)), None);
}

fn departed(ourselves: bool) -> Event {
    Event::RelationDeparted {
        relation: ONE,
        unit: unit("my-charm/0"),
        ourselves,
    }
}

#[test]
fn a_subject_tells_its_relation_and_databag() {
    let bag = BagName::Unit(unit("my-charm/0"));
    for (subject, relation, databag) in [
        (Subject::Nothing, None, None),
        (Subject::Stop, None, None),
        (Subject::Broken(ONE), Some(ONE), None),
        (Subject::Created(ONE, None), Some(ONE), None),
        (Subject::Departed(ONE, unit("my-charm/0")), Some(ONE), None),
        (Subject::Databag(ONE, None), Some(ONE), None),
        (
            Subject::Databag(ONE, Some(bag.clone())),
            Some(ONE),
            Some(&bag),
        ),
    ] {
        assert_eq!(subject.relation(), relation, "{subject:?}");
        assert_eq!(subject.databag(), databag, "{subject:?}");
    }
}

#[test]
fn actions_are_known_by_their_names() {
    for (name, action) in ACTIONS {
        assert_eq!(Action::named(name), Some(*action));
    }
    assert_eq!(Action::named("juju-run"), None);
}

#[test]
fn who_leaves_is_the_last_unless_others_stay() {
    let (leaves, stays) = (true, false);
    for (units, subject, leaving) in [
        (&[(0, stays)][..], Subject::Nothing, Leaving::No),
        (&[(0, stays), (1, leaves)], Subject::Nothing, Leaving::No),
        (&[], Subject::Nothing, Leaving::No),
        (&[(0, leaves)], Subject::Nothing, Leaving::AsLast),
        (
            &[(0, leaves), (1, leaves)],
            Subject::Nothing,
            Leaving::AsLast,
        ),
        (
            &[(0, leaves), (1, stays)],
            Subject::Nothing,
            Leaving::OthersStay,
        ),
        (&[(0, stays)], Subject::Stop, Leaving::AsLast),
        (&[], Subject::Stop, Leaving::AsLast),
        (
            &[(0, stays), (1, stays)],
            Subject::Stop,
            Leaving::OthersStay,
        ),
    ] {
        let named = |number| unit(&format!("lxd-integrator/{number}"));
        let units = units
            .iter()
            .map(|(number, leaves)| (named(*number), *leaves));
        let found = Leaving::of(&units.collect(), &named(0), &subject);
        assert_eq!(found, leaving, "{subject:?}");
    }
}
