//! Units that leave.

use juju_bed::{context::Version, model::Model};

use crate::shell::{provider, related, variable};

#[test]
fn a_lonely_unit_leaves_without_a_word_on_4_only() {
    let last = |version| {
        let mut model = Model::new(version).unwrap();
        model.deploy(provider().path(), "giver").unwrap();
        model.settle().unwrap();
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
