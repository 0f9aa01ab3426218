//! What an operator sets and asks for, and what a test looks at.

use juju_bed::{context::Version, model::Model};
use serde_json::json;

use crate::shell::{deployed, provider, quiet, related};

#[test]
fn trust_and_options_are_one_config_changed() {
    let charm = quiet("name: a\n", &[]);
    charm.file(
        "config.yaml",
        "options: {n: {type: int, default: 1}}\n",
        0o644,
    );
    let mut model = deployed(Version::V4_0, &charm, "a");
    let mut runs = |act: &dyn Fn(&mut Model)| {
        let before = model.journal().len();
        act(&mut model);
        model.settle().unwrap();
        model.journal().len() - before
    };
    assert_eq!(runs(&|model| model.trust("a").unwrap()), 1);
    assert_eq!(runs(&|model| model.trust("a").unwrap()), 0);
    assert_eq!(runs(&|model| model.config("a", &[("n", "2")]).unwrap()), 1);
    assert_eq!(runs(&|model| model.config("a", &[("n", "2")]).unwrap()), 0);
    assert_eq!(runs(&|model| model.reset("a", &["n"]).unwrap()), 0);
    assert_eq!(runs(&|model| model.set_config_changed_twice(true)), 0);
    assert_eq!(runs(&|model| model.untrust("a").unwrap()), 2);
    let error = model.config("a", &[("n", "x")]).unwrap_err().to_string();
    assert_eq!(error, "option \"n\" expected int, got \"x\"");
}

#[test]
fn parameters_are_checked_before_the_action() {
    let charm = quiet("name: a\n", &[]);
    charm.file(
        "actions.yaml",
        "go: {additionalProperties: false, params: {n: {type: integer, default: 3}}}\n",
        0o644,
    );
    charm.file(
        "actions/go",
        "#!/bin/sh\naction-set n=$(action-get n)\n",
        0o755,
    );
    let run = |version, params: serde_json::Value| {
        let mut model = deployed(version, &charm, "a");
        model
            .run("a/0", "go", &params)
            .map_err(|error| error.to_string())
    };
    let good = run(Version::V4_0, json!({})).unwrap();
    assert_eq!(
        (good.status.as_str(), &good.results["n"]),
        ("completed", &json!("3"))
    );
    let text =
        "validation failed: (root) : additional property \"bad\" is not allowed, given {\"bad\":1}";
    let result = run(Version::V4_0, json!({"bad": 1})).unwrap();
    assert_eq!(result.message, format!("cannot run \"go\" action: {text}"));
    assert!(result.status == "error" && result.json()["a/0"]["results"].is_null());
    assert_eq!(run(Version::V3_6, json!({"bad": 1})).unwrap_err(), text);
}

#[test]
fn a_subordinates_units_are_no_goal() {
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(provider().path(), "giver").unwrap();
    model.remote_subordinate("beside", 2).unwrap();
    model.integrate("giver:api", "beside:lxd").unwrap();
    model.settle().unwrap();
    let goal = &model.goal_state("giver")["relations"]["api"];
    assert!(goal.as_object().unwrap().keys().eq(["beside"]));
    let listed = model
        .exec("giver/0", &["relation-list", "-r", "0"])
        .unwrap();
    assert_eq!(listed.stdout, b"beside/0\nbeside/1\n");
}

#[test]
fn a_command_tells_what_it_came_to() {
    let (mut model, _) = related(Version::V4_0);
    let script = "relation-set -r 0 a=b; echo out; exit 3";
    let (result, _) = model
        .exec_on(&["giver/0"], &["sh", "-c", script])
        .unwrap()
        .remove(0);
    let results = json!({ "return-code": 3, "stdout": "out\n" });
    assert_eq!(
        (result.status.as_str(), result.results),
        ("completed", results)
    );
    assert_eq!(model.databag(0, "giver/0").unwrap()["a"], "b");
}

#[test]
fn calls_are_counted() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "echo 'a: b' | state-set --file -; is-leader; is-leader",
    );
    let model = deployed(Version::V4_0, &charm, "a");
    let start = model.journal().last().unwrap();
    assert_eq!(start.cost().calls, 3);
    assert_eq!(start.costs()["state-set"].round_trips, 2);
    assert_eq!(start.costs()["is-leader"].received, "True\n".len() * 2);
}

#[test]
fn a_copy_goes_its_own_way() {
    let (mut model, relation) = related(Version::V4_0);
    let mut copy = model.try_clone().unwrap();
    copy.write(relation, "asks/0", &[("key", "text")]).unwrap();
    copy.settle().unwrap();
    let folder = copy.agent_folder("giver/0").unwrap();
    assert_ne!(folder, model.agent_folder("giver/0").unwrap());
    assert_eq!(copy.journal().len(), model.journal().len() + 1);
    drop(copy);
    assert!(!folder.exists());
    model.update_status("giver/0").unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0").last().unwrap(), "update-status");
}
