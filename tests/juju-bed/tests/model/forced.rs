//! What is removed by force: the controller forgets it at once, and the agents are told half of it.

use juju_bed::{
    context::Version,
    model::{Model, Parting},
};

use crate::shell::{Shell, VERSIONS, provider, related, requirer};

/// The names of what ran since, by unit.
fn ran(model: &Model, from: usize) -> Vec<String> {
    let entries = model.journal()[from..].iter();
    let text = entries.map(|entry| format!("{} {}", entry.unit, entry.name));
    text.map(|text| text.replace("relation-", "")).collect()
}

/// What a command on `giver/0` printed and complained.
fn said(model: &mut Model, command: &str) -> String {
    let ran = model.exec("giver/0", &["sh", "-c", command]).unwrap();
    let text = [ran.stdout, ran.stderr].concat();
    String::from_utf8_lossy(&text).trim_end().to_owned()
}

/// A provider and a consumer that both run hooks.
fn pair(version: Version, takers: u32) -> (Model, [Shell; 2]) {
    let charms = [provider(), requirer()];
    let mut model = Model::new(version).unwrap();
    model.deploy(charms[0].path(), "giver").unwrap();
    model.deploy(charms[1].path(), "taker").unwrap();
    model.add_units("taker", takers - 1).unwrap();
    model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    (model, charms)
}

#[test]
fn a_relation_removed_by_force_is_refused_and_then_an_alias() {
    for version in VERSIONS {
        let (mut model, relation) = related(version);
        let from = model.journal().len();
        model.remove_relation_forced("giver", "asks").unwrap();
        assert!(model.remove_relation_forced("giver", "asks").is_err());
        model.settle().unwrap();
        assert_eq!(ran(&model, from), ["giver/0 api-departed"]);
        assert!(model.databag(relation, "giver/0").is_none() && model.all_relations().is_empty());
        let denied = "ERROR permission denied";
        let unknown = "ERROR getting regular relation by key: relation not found";
        for (command, answer) in [
            ("relation-ids api", "api:0"),
            ("relation-list -r api:0", ""),
            ("relation-list -r api:0 --app", "asks"),
            ("relation-get -r api:0 - giver/0", denied),
            ("relation-get -r api:0 - asks/0", unknown),
            ("relation-get -r api:0 --app - asks", unknown),
            (
                "relation-get -r api:0 --app - giver",
                "ERROR permission denied (unauthorized access)",
            ),
            (
                "relation-set -r api:0 a=b",
                "ERROR cannot read relation settings: permission denied",
            ),
            (
                "relation-set -r api:0 --app a=b",
                "ERROR cannot read relation application settings: permission denied (unauthorized access)",
            ),
        ] {
            assert_eq!(said(&mut model, command), answer, "{command}");
        }

        let again = model.integrate("giver:api", "asks:lxd").unwrap();
        assert_ne!(again, relation);
        if version == Version::V4_0 {
            let own = "relation-get -r api:0 - giver/0";
            assert_eq!(said(&mut model, own), "ERROR relation unit not found");
        }
        model.settle().unwrap();
        assert_eq!(said(&mut model, "relation-ids api"), "api:0\napi:1");
        assert_eq!(said(&mut model, "relation-set -r api:0 a=b"), "");
        assert_eq!(model.databag(again, "giver/0").unwrap()["a"], "b");
        assert_eq!(said(&mut model, "relation-get -r api:1 a giver/0"), "b");
        model.restart_agent("giver/0").unwrap();
        assert_eq!(said(&mut model, "relation-ids api"), "api:1");
        assert_eq!(
            said(&mut model, "relation-set -r api:0 a=c"),
            "ERROR invalid value \"api:0\" for option -r: relation not found"
        );
    }
}

#[test]
fn only_a_restart_cures_a_hook_that_uses_both_numbers() {
    let (mut model, [giver, _taker]) = pair(Version::V4_0, 1);
    giver.hook(
        "api-relation-created",
        "for id in $(relation-ids api); do relation-get -r $id - $JUJU_UNIT_NAME; done; state-set a=b",
    );
    model.refresh("giver", giver.path()).unwrap();
    model.settle().unwrap();
    model.remove_relation_forced("giver", "taker").unwrap();
    model.settle().unwrap();
    model.integrate("giver:api", "taker:lxd").unwrap();
    for _ in 0..3 {
        model.settle().unwrap();
        let hook = model.ran_on("giver/0").last().unwrap();
        assert_eq!(hook.name, "api-relation-created");
        assert_eq!(
            hook.ran.effects.hook_error.as_deref(),
            Some("relations: expected 2 relations but found 1")
        );
        assert!(model.state("giver/0").unwrap().is_empty());
    }
    let from = model.hooks("giver/0").len();
    model.restart_agent("giver/0").unwrap();
    model.settle().unwrap();
    let hooks = ["created", "joined", "changed"].map(|kind| format!("api-relation-{kind}"));
    assert_eq!(model.hooks("giver/0")[from..], hooks);
    assert_eq!(model.state("giver/0").unwrap()["a"], "b");
}

#[test]
fn one_unit_departs_at_most_and_the_others_stay_listed() {
    let (mut model, _charms) = pair(Version::V4_0, 2);
    said(&mut model, "relation-get -r 0 - taker/1");
    model.part("taker/1", 0, Parting::SILENT).unwrap();
    let from = model.journal().len();
    model.remove_relation_forced("giver", "taker").unwrap();
    model.settle().unwrap();
    let mut hooks = ran(&model, from);
    hooks.sort();
    assert_eq!(hooks, ["giver/0 api-departed", "taker/0 lxd-departed"]);
    assert_eq!(said(&mut model, "relation-list -r 0"), "taker/1");
    let held = said(&mut model, "relation-get -r 0 ingress-address taker/1");
    assert_eq!(Some(held.as_str()), model.address("taker/1"));
}

#[test]
fn a_unit_removed_by_force_is_listed_by_4_0_until_the_agent_restarts() {
    for version in VERSIONS {
        let (mut model, _charms) = pair(version, 2);
        let folder = model.agent_folder("taker/0").unwrap();
        let from = model.journal().len();
        model.remove_unit_forced("taker/0").unwrap();
        assert!(model.remove_unit_forced("taker/0").is_err() && !folder.exists());
        model.settle().unwrap();
        let (departed, elected) = ("giver/0 api-departed", "taker/1 leader-elected");
        let goal = model.goal_state("giver")["relations"]["api"].clone();
        assert!(goal["taker/0"].is_null() && goal["taker/1"].is_object());
        assert_eq!(
            said(&mut model, "relation-get -r 0 - taker/0 >/dev/null"),
            ""
        );
        if version < Version::V4_0 {
            assert!(ran(&model, from).contains(&departed.to_owned()));
            continue;
        }
        assert_eq!(ran(&model, from)[..1], [elected]);
        assert_eq!(said(&mut model, "relation-list -r 0"), "taker/0\ntaker/1");
        let from = model.journal().len();
        model.restart_agent("giver/0").unwrap();
        model.settle().unwrap();
        assert_eq!(ran(&model, from), [departed]);
        assert_eq!(said(&mut model, "relation-list -r 0"), "taker/1");
    }
}

#[test]
fn an_application_removed_by_force_stops_with_its_relations_in_sight() {
    let (mut model, [_giver, taker]) = pair(Version::V4_0, 1);
    taker.hook("stop", "relation-ids lxd; relation-list -r 0");
    model.refresh("taker", taker.path()).unwrap();
    model.settle().unwrap();
    let from = model.journal().len();
    model.remove_application_forced("taker").unwrap();
    model.settle().unwrap();
    let mut hooks = ran(&model, from);
    hooks.sort();
    assert_eq!(
        hooks,
        ["giver/0 api-departed", "taker/0 remove", "taker/0 stop"]
    );
    let stop = model.journal()[from..].iter().find(|e| e.name == "stop");
    assert_eq!(stop.unwrap().ran.stdout, b"lxd:0\ngiver/0\n");
    assert_eq!(model.applications(), ["giver"]);

    // The next one of that name counts on, and its relation has two numbers where the first is still known.
    model.deploy(taker.path(), "taker").unwrap();
    assert_eq!(model.units("taker"), ["taker/1"]);
    model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(said(&mut model, "relation-ids api"), "api:0\napi:1");
}

#[test]
fn a_unit_in_error_is_told_of_no_departure() {
    let (mut model, [giver, _taker]) = pair(Version::V4_0, 1);
    giver.hook("update-status", "relation-list -r 0; test -e ../mended");
    model.refresh("giver", giver.path()).unwrap();
    model.update_status("giver/0").unwrap();
    model.settle().unwrap();
    model.remove_relation_forced("giver", "taker").unwrap();
    std::fs::write(model.agent_folder("giver/0").unwrap().join("mended"), "").unwrap();
    let from = model.hooks("giver/0").len();
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0")[from..], ["update-status"]);
    assert_eq!(
        model.ran_on("giver/0").last().unwrap().ran.stdout,
        b"taker/0\n"
    );
}
