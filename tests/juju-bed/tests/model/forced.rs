//! What is removed by force: gone at once, without the hooks that should tell of it.

use std::fs;

use juju_bed::{
    agent::End,
    context::Version,
    model::{Deploy, Model},
};

use crate::shell::{VERSIONS, provider, related, requirer};

#[test]
fn a_relation_removed_by_force_is_gone_without_a_hook() {
    for version in VERSIONS {
        let (mut model, relation) = related(version);
        let before = model.journal().len();
        model.remove_relation_forced("giver", "asks").unwrap();
        model.settle().unwrap();
        assert_eq!(model.journal().len(), before);
        assert!(model.databag(relation, "giver/0").is_none());
        let ran = model.exec("giver/0", &["relation-ids", "api"]).unwrap();
        assert!(ran.stdout.is_empty());
        assert!(model.remove_relation_forced("giver", "asks").is_err());
        let again = model.integrate("giver:api", "asks:lxd").unwrap();
        model.settle().unwrap();
        assert_ne!(again, relation);
        assert_eq!(
            model.hooks("giver/0").last().unwrap(),
            "api-relation-changed"
        );
    }
}

#[test]
fn a_failed_hook_of_a_relation_removed_by_force_is_forgotten() {
    let charm = provider();
    charm.hook("api-relation-changed", "exit 1");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "giver").unwrap();
    model.remote("asks", 1).unwrap();
    model.integrate("giver:api", "asks:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(model.status("giver/0").unwrap().status, "error");
    model.remove_relation("giver", "asks").unwrap();
    model.remove_relation_forced("giver", "asks").unwrap();
    assert_ne!(model.status("giver/0").unwrap().status, "error");
    assert_eq!(model.next_hook("giver/0"), None);
}

#[test]
fn a_killed_hook_of_a_relation_removed_by_force_is_not_run_again() {
    let charm = provider();
    charm.hook("api-relation-joined", "is-leader");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "giver").unwrap();
    model.settle().unwrap();
    model.remote("asks", 1).unwrap();
    model.integrate("giver:api", "asks:lxd").unwrap();
    model.wake();
    assert!(model.step_unit("giver/0").unwrap());
    model.kill_during("giver/0", 1).unwrap();
    assert!(model.step_unit("giver/0").unwrap());
    let killed = model.journal().last().unwrap();
    assert_eq!(
        (killed.name.as_str(), killed.ran.end),
        ("api-relation-joined", End::Signal(9))
    );
    assert!(model.next_hook("giver/0").is_some());
    model.remove_relation_forced("giver", "asks").unwrap();
    assert_eq!(model.next_hook("giver/0"), None);
}

#[test]
fn a_unit_removed_by_force_runs_nothing_and_departs_for_others() {
    for version in VERSIONS {
        let mut model = Model::new(version).unwrap();
        let how = Deploy {
            units: 2,
            ..Deploy::default()
        };
        model.deploy_with(provider().path(), "giver", &how).unwrap();
        model.deploy(requirer().path(), "taker").unwrap();
        let relation = model.integrate("giver:api", "taker:lxd").unwrap();
        model.settle().unwrap();
        let folder = model.agent_folder("giver/0").unwrap();
        let from = model.journal().len();
        assert!(folder.exists());
        model.remove_unit_forced("giver/0").unwrap();
        assert_eq!(model.units("giver"), ["giver/1"]);
        assert!(!folder.exists());
        model.settle().unwrap();
        let ran: Vec<_> = model.journal()[from..]
            .iter()
            .map(|entry| format!("{} {}", entry.unit, entry.name))
            .collect();
        let elected = "giver/1 leader-elected".to_owned();
        assert!(ran.contains(&elected) && ran.contains(&"taker/0 lxd-relation-departed".into()));
        assert_eq!(ran.len(), 2, "{ran:?}");
        assert!(model.databag(relation, "giver/0").is_some());
        assert!(model.remove_unit_forced("giver/0").is_err());
    }
}

#[test]
fn an_application_removed_by_force_breaks_the_others_relations() {
    let mut model = Model::new(Version::V4_0).unwrap();
    let giver = provider();
    giver.hook("api-relation-joined", "exit 1");
    model.deploy(giver.path(), "giver").unwrap();
    model.deploy(requirer().path(), "taker").unwrap();
    model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(model.status("giver/0").unwrap().status, "error");
    let from = model.journal().len();
    model.remove_application_forced("giver").unwrap();
    assert_eq!(model.applications(), ["taker"]);
    model.settle().unwrap();
    let names: Vec<_> = model.journal()[from..]
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(names, ["lxd-relation-departed", "lxd-relation-broken"]);
    assert!(model.all_relations().is_empty());
    assert!(fs::read_dir(model.agent_folder("taker/0").unwrap()).is_ok());
}
