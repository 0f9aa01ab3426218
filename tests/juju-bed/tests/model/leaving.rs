//! Units that leave.

use juju_bed::{
    context::Version,
    model::{Broken, Parting},
};

use crate::{
    cross_model::{offered, printed},
    shell::{deployed, provider, related, variable},
};

#[test]
fn a_lonely_unit_leaves_without_a_word_on_4_only() {
    let last = |version| {
        let mut model = deployed(version, &provider(), "giver");
        let before = model.journal().len();
        model.remove_application("giver").unwrap();
        model.settle().unwrap();
        assert!(model.applications().is_empty());
        model.journal()[before..]
            .iter()
            .map(|entry| entry.name.clone())
            .collect::<Vec<_>>()
    };
    assert!(last(Version::V4_0).is_empty());
    assert_eq!(last(Version::V3_6), ["stop", "remove"]);
}

#[test]
fn a_leaving_unit_sees_everybody_depart_because_of_itself() {
    let (mut model, _) = related(Version::V4_0);
    let before = model.journal().len();
    model.remove_unit("giver/0").unwrap();
    model.settle().unwrap();
    let left = &model.journal()[before..];
    let names: Vec<&str> = left.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "api-relation-departed",
            "api-relation-broken",
            "stop",
            "remove"
        ]
    );
    assert_eq!(variable(&left[0], "JUJU_DEPARTING_UNIT"), "giver/0");
    assert_eq!(variable(&left[0], "JUJU_REMOTE_UNIT"), "asks/0");
}

#[test]
fn a_unit_that_leaves_takes_the_relation_with_it() {
    // Nothing holds the unit in the model: on 4.0 it is gone without a hook.
    let left = |parting, units| {
        let (mut model, consumer) = offered(Version::V4_0, 1, units);
        model.remove_cross_model(&consumer, Some(parting)).unwrap();
        model.settle().unwrap();
        let from = model.journal().len();
        model.remove_application("giver").unwrap();
        model.settle().unwrap();
        assert!(model.applications().is_empty());
        let names = model.journal()[from..]
            .iter()
            .map(|entry| entry.name.clone());
        names.collect::<Vec<_>>()
    };
    assert!(left(Parting::DEPARTED, 1).is_empty());
    assert!(left(Parting::DEPARTED_TWICE, 2).is_empty());
    let late = Parting {
        broken: Broken::WhenLeaving,
        ..Parting::DEPARTED
    };
    assert_eq!(left(late, 1), ["api-relation-broken", "stop", "remove"]);
}

#[test]
fn a_unit_with_another_relation_sees_the_lost_one_to_the_end() {
    let (mut model, consumer) = offered(Version::V4_0, 1, 1);
    model.remote("asks", 1).unwrap();
    model.integrate("giver:api", "asks:lxd").unwrap();
    model
        .remove_cross_model(&consumer, Some(Parting::DEPARTED))
        .unwrap();
    model.settle().unwrap();
    model.remove_unit("giver/0").unwrap();
    model.settle().unwrap();
    let stop = model.ran_on("giver/0").find(|entry| entry.name == "stop");
    assert_eq!(printed(stop.unwrap()), format!("api:0\n{consumer}\n"));
}
