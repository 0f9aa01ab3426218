//! What one Juju does and another does not.

use juju_bed::{
    charm::Charm,
    context::Version,
    model::{Deploy, Model},
};
use serde_json::json;

use crate::shell::{Shell, VERSIONS, deployed, provider, quiet, related, related_to, variable};

#[test]
fn hooks_find_the_variables_and_tools_of_their_version() {
    let charm = quiet("name: a\n", &[]);
    charm.hook("install", "for tool in secret-get relation-model-get leader-get payload-register add-metric; do command -v $tool >/dev/null && echo $tool; done; true");
    let found = VERSIONS.map(|version| {
        let model = deployed(version, &charm, "a");
        let install = &model.journal()[0];
        let names = [
            "JUJU_METER_STATUS",
            "JUJU_SLA",
            "JUJU_CHARM_TRACE_CONFIG_HTTP",
        ];
        let set = |name: &&str| install.ran.env.iter().any(|(known, _)| known == name);
        let variables: Vec<&str> = names.into_iter().filter(set).collect();
        let tools = String::from_utf8_lossy(&install.ran.stdout);
        let tools: Vec<String> = tools.lines().map(str::to_owned).collect();
        (variable(install, "JUJU_VERSION"), variables, tools)
    });
    let [old, middle, new] = found;
    assert_eq!(old.0, "2.9.52");
    assert_eq!(old.1, ["JUJU_METER_STATUS", "JUJU_SLA"]);
    assert_eq!(old.2, ["leader-get", "payload-register", "add-metric"]);
    assert_eq!((middle.0.as_str(), middle.1), ("3.6.28", vec!["JUJU_SLA"]));
    assert_eq!(
        middle.2,
        [
            "secret-get",
            "relation-model-get",
            "leader-get",
            "payload-register"
        ]
    );
    assert_eq!(new.0, "4.0.15");
    assert_eq!(new.1, ["JUJU_CHARM_TRACE_CONFIG_HTTP"]);
    assert_eq!(new.2, ["secret-get", "relation-model-get"]);
}

#[test]
fn an_option_can_be_a_secret_since_3() {
    let charm = Shell::new("name: a\n");
    charm.file("config.yaml", "options: {s: {type: secret}}\n", 0o644);
    for version in [Version::V3_6, Version::V4_0] {
        let mut model = Model::new(version).unwrap();
        model.deploy(charm.path(), "a").unwrap();
        let uri = model.add_secret("mine", &[("token", "x")]).unwrap();
        model.config("a", &[("s", &uri)]).unwrap();
        let error = model.config("a", &[("s", "x")]).unwrap_err();
        assert_eq!(error.to_string(), "option \"s\" expected secret, got \"x\"");
    }
    assert_eq!(
        Charm::open(charm.path(), Version::V2_9)
            .unwrap_err()
            .to_string(),
        "invalid config: option \"s\" has unknown type \"secret\""
    );
}

#[test]
fn only_3_hides_a_relation_that_breaks() {
    let listed = VERSIONS.map(|version| {
        let charm = provider();
        charm.hook("api-relation-departed", "relation-ids api");
        charm.hook("api-relation-broken", "relation-ids api");
        let (mut model, _) = related_to(version, &charm, [1, 2]);
        model.remove_relation("giver", "asks").unwrap();
        model.settle().unwrap();
        let entries: Vec<_> = model.ran_on("giver/0").collect();
        let last = entries[entries.len() - 3..].iter();
        last.map(|entry| String::from_utf8_lossy(&entry.ran.stdout).into_owned())
            .collect::<Vec<_>>()
    });
    let all = ["api:0\n", "api:0\n", "api:0\n"];
    assert_eq!(listed[0], all);
    // Two units have departed when the second one's hook runs.
    assert_eq!(listed[1], ["api:0\n", "", ""]);
    assert_eq!(listed[2], all);
}

/// The relation itself lives on, so that no version has anything to hide.
#[test]
fn a_leaving_unit_still_sees_the_relation_that_breaks() {
    for version in VERSIONS {
        let charm = provider();
        charm.hook("api-relation-broken", "relation-ids api");
        let (mut model, _) = related_to(version, &charm, [2, 1]);
        model.remove_unit("giver/1").unwrap();
        model.settle().unwrap();
        let hooks = model.ran_on("giver/1");
        let broken = hooks.filter(|entry| entry.name == "api-relation-broken");
        let listed: Vec<_> = broken.map(|entry| entry.ran.stdout.clone()).collect();
        assert_eq!(listed, [b"api:0\n"]);
    }
}

#[test]
fn a_suspended_relation_is_listed_by_2_9_only() {
    let listed = VERSIONS.map(|version| {
        let charm = provider();
        charm.hook("api-relation-broken", "relation-ids api");
        charm.hook("api-relation-created", "relation-set a=b");
        charm.hook("api-relation-departed", "relation-set a=");
        let (mut model, relation) = related_to(version, &charm, [1, 1]);
        let before = model.journal().len();
        model.suspend_relation(relation).unwrap();
        model.settle().unwrap();
        let broken = model.journal().last().unwrap().ran.stdout.clone();
        assert!(model.goal_state("giver")["relations"]["api"]["asks"]["status"] == "suspended");

        model.resume_relation(relation).unwrap();
        model.settle().unwrap();
        let hooks = model.hooks("giver/0");
        let hooks = hooks[before..].iter();
        let kinds: Vec<_> = hooks
            .map(|hook| hook.trim_start_matches("api-relation-"))
            .collect();
        assert_eq!(
            kinds,
            ["departed", "broken", "created", "joined", "changed"]
        );
        assert_eq!(model.databag(relation, "giver/0").unwrap()["a"], "b");
        assert_eq!(model.all_relations(), [relation]);
        broken
    });
    assert_eq!(listed, [b"api:0\n".to_vec(), Vec::new(), Vec::new()]);
}

#[test]
fn peers_come_whenever_in_2_9() {
    let charm = quiet(
        "name: giver\nprovides: {api: lxd}\npeers: {all: x}\n",
        &["api", "all"],
    );
    let peer_first = |version, seed| {
        let mut model = Model::with_seed(version, seed).unwrap();
        model.deploy(charm.path(), "giver").unwrap();
        model.remote("asks", 1).unwrap();
        model.integrate("giver", "asks:lxd").unwrap();
        model.settle().unwrap();
        let new = model.add_unit("giver").unwrap();
        model.settle().unwrap();
        let hooks = model.hooks(&new);
        let at = |name: &str| hooks.iter().position(|hook| hook == name).unwrap();
        at("all-relation-joined") < at("api-relation-changed")
    };
    let orders: Vec<bool> = (1..9).map(|seed| peer_first(Version::V2_9, seed)).collect();
    assert!(orders.contains(&true) && orders.contains(&false));
    assert!((1..9).all(|seed| !peer_first(Version::V4_0, seed)));
}

#[test]
fn a_credential_is_asked_for_each_time_in_2_9_only() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "update-status",
        "credential-get; credential-get; config-get; config-get; goal-state; goal-state",
    );
    let asked = VERSIONS.map(|version| {
        let mut model = Model::new(version).unwrap();
        model.set_cloud_credential(json!({"type": "lxd", "name": "c"}));
        let how = Deploy {
            trust: true,
            ..Deploy::default()
        };
        model.deploy_with(charm.path(), "a", &how).unwrap();
        model.settle().unwrap();
        model.update_status("a/0").unwrap();
        model.settle().unwrap();
        let costs = model.journal().last().unwrap().costs();
        ["credential-get", "config-get", "goal-state"].map(|tool| costs[tool].requests)
    });
    assert_eq!(asked, [[2, 1, 2], [1, 1, 2], [1, 1, 2]]);
}

#[test]
fn a_refusal_of_the_credential_is_not_remembered() {
    for version in VERSIONS {
        let charm = quiet("name: a\n", &[]);
        charm.hook("start", "credential-get; credential-get; true");
        let model = deployed(version, &charm, "a");
        assert_eq!(model.journal().last().unwrap().cost().requests, 2);
    }
}

#[test]
fn trust_is_config_changed_once_or_twice() {
    for version in VERSIONS {
        for (twice, times) in [(false, 1), (true, 2)] {
            let mut model = deployed(version, &quiet("name: a\n", &[]), "a");
            model.set_config_changed_twice(twice);
            let before = model.journal().len();
            model.trust("a").unwrap();
            model.settle().unwrap();
            assert_eq!(model.hooks("a/0")[before..], vec!["config-changed"; times]);
        }
    }
}

#[test]
fn an_old_juju_has_more_hooks() {
    let second = VERSIONS.map(|version| {
        let charm = quiet("name: a\n", &[]);
        charm.hook("leader-settings-changed", "");
        let mut model = deployed(version, &charm, "a");
        let unit = model.add_unit("a").unwrap();
        model.settle().unwrap();
        let start = model.hooks(&unit);
        let before = model.journal().len();
        model.remove_application("a").unwrap();
        model.settle().unwrap();
        (start, model.journal().len() - before)
    });
    let follower = [
        "install",
        "leader-settings-changed",
        "config-changed",
        "start",
    ];
    assert_eq!(second[0].0, follower);
    assert_eq!(second[1].0, follower);
    assert_eq!(second[2].0, ["install", "config-changed", "start"]);
    // Units without relations run `stop` and `remove`, but in 4.0.
    assert_eq!(second.map(|(_, left)| left), [4, 4, 0]);
}

#[test]
fn addresses_are_told_by_the_databag_or_the_tool() {
    for version in VERSIONS {
        let (mut model, relation) = related(version);
        let address = model.address("giver/0").unwrap().to_owned();
        let bag = model.databag(relation, "giver/0").unwrap();
        assert_eq!(bag["ingress-address"], address);
        assert_eq!(bag.contains_key("private-address"), version < Version::V4_0);
        let said = model
            .exec("giver/0", &["unit-get", "private-address"])
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), address);
    }
}
