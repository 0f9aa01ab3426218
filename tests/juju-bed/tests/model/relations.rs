//! Relations between applications and with remote sides: who hears what, and in which order.

use juju_bed::{
    context::Version,
    model::{Model, Parting},
};

use crate::{
    cross_model::{kinds, said},
    shell::{provider, quiet, related, requirer, variable},
};

#[test]
fn two_applications_meet() {
    let (giver, taker) = (provider(), requirer());
    giver.hook("api-relation-created", "relation-set greeting=hello");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(giver.path(), "giver").unwrap();
    model.deploy(taker.path(), "taker").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0"),
        ["install", "leader-elected", "config-changed", "start"]
    );

    let relation = model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("taker/0")[4..],
        [
            "lxd-relation-created",
            "lxd-relation-joined",
            "lxd-relation-changed"
        ]
    );
    assert_eq!(
        model.databag(relation, "giver/0").unwrap()["greeting"],
        "hello"
    );
}

#[test]
fn writes_coalesce_and_equal_writes_are_no_change() {
    let (mut model, relation) = related(Version::V4_0);
    let before = model.hooks("giver/0").len();
    for text in ["a", "b", "c"] {
        model.write(relation, "asks/0", &[("key", text)]).unwrap();
    }
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0")[before..], ["api-relation-changed"]);
    model.write(relation, "asks/0", &[("key", "c")]).unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0").len(), before + 1);
}

#[test]
fn juju_writes_addresses_into_databags() {
    let keys = |version| {
        let (model, relation) = related(version);
        model
            .databag(relation, "giver/0")
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(Version::V4_0), ["egress-subnets", "ingress-address"]);
    assert_eq!(
        keys(Version::V3_6),
        ["egress-subnets", "ingress-address", "private-address"]
    );
}

#[test]
fn an_application_databag_comes_before_its_new_units() {
    let (mut model, relation) = related(Version::V4_0);
    let before = model.hooks("giver/0").len();
    model.write(relation, "asks", &[("shared", "yes")]).unwrap();
    model.add_unit("asks").unwrap();
    model.settle().unwrap();
    let remote: Vec<String> = model
        .ran_on("giver/0")
        .skip(before)
        .map(|entry| format!("{} {}", entry.name, variable(entry, "JUJU_REMOTE_UNIT")))
        .collect();
    assert_eq!(
        remote,
        [
            "api-relation-changed ",
            "api-relation-joined asks/1",
            "api-relation-changed asks/1"
        ]
    );
}

#[test]
fn peers_come_last_and_never_break() {
    let charm = quiet(
        "name: giver\nprovides: {api: lxd}\npeers: {all: x}\n",
        &["api", "all"],
    );
    for seed in 1..6 {
        let mut model = Model::with_seed(Version::V3_6, seed).unwrap();
        model.deploy(charm.path(), "giver").unwrap();
        model.add_unit("giver").unwrap();
        model.settle().unwrap();
        model.set_elections(false);
        model.remote("asks", 1).unwrap();
        let relation = model.integrate("giver", "asks:lxd").unwrap();
        let new = model.add_unit("giver").unwrap();
        model.settle().unwrap();
        let hooks = model.hooks(&new);
        let at = |name: &str| hooks.iter().position(|hook| hook == name).unwrap();
        assert!(
            at("api-relation-changed") < at("all-relation-joined"),
            "{hooks:?}"
        );
        model.write(relation, "asks/0", &[("a", "b")]).unwrap();
        model.remove_unit(&new).unwrap();
        model.settle().unwrap();
        let hooks = model.hooks(&new);
        assert!(hooks.contains(&"all-relation-departed".to_owned()));
        assert!(!hooks.contains(&"all-relation-broken".to_owned()));
    }
}

#[test]
fn a_remote_unit_departs_and_its_databag_stays_readable() {
    let (mut model, relation) = related(Version::V4_0);
    model.write(relation, "asks/0", &[("key", "text")]).unwrap();
    model.settle().unwrap();
    model.remove_unit("asks/0").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0").last().unwrap(),
        "api-relation-departed"
    );
    assert_eq!(model.databag(relation, "asks/0").unwrap()["key"], "text");
    let seen = model
        .exec("giver/0", &["relation-get", "-r", "0", "key", "asks/0"])
        .unwrap();
    assert_eq!(seen.stdout, b"text\n");
    model.remove_relation("giver", "asks").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0").last().unwrap(),
        "api-relation-broken"
    );
    assert!(model.databag(relation, "asks/0").is_none());
}

#[test]
fn any_relation_can_end_without_a_departure() {
    let (mut model, relation) = related(Version::V4_0);
    let from = model.hooks("giver/0").len();
    model
        .part("giver/0", relation, Parting::BROKEN_ONLY)
        .unwrap();
    model.remove_relation("giver", "asks").unwrap();
    model.settle().unwrap();
    assert_eq!(kinds(&model, "giver/0", from), ["broken"]);
    let broken = model.journal().last().unwrap();
    assert_eq!(variable(broken, "JUJU_REMOTE_APP"), "asks");
    assert!(model.all_relations().is_empty());
}

/// What is decided of its end does not touch a relation that lives.
#[test]
fn a_relation_is_refused_only_when_it_is_over() {
    let (mut model, relation) = related(Version::V4_0);
    model.part("giver/0", relation, Parting::SILENT).unwrap();
    let get = ["relation-get", "-r", "0", "ingress-address", "giver/0"];
    assert_eq!(said(&mut model, "giver/0", &get).1, "");
    model.remove_relation("giver", "asks").unwrap();
    model.settle().unwrap();
    assert_eq!(
        said(&mut model, "giver/0", &get).1,
        "ERROR permission denied"
    );
}
