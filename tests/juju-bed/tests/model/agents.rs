//! What a unit's agent remembers between hooks, and forgets; leadership that changes during one.

use juju_bed::{
    context::Version,
    model::{Entry, Model},
};

use crate::shell::{VERSIONS, provider, related_to, variable};

/// What the last hooks of a unit printed, by their names.
fn printed(model: &Model, unit: &str, from: usize) -> Vec<(String, String)> {
    let hooks = model.ran_on(unit).skip(from);
    hooks
        .map(|entry| (entry.name.clone(), output(entry)))
        .collect()
}

fn output(entry: &Entry) -> String {
    String::from_utf8_lossy(&entry.ran.stdout).into_owned()
}

/// A provider that prints what it reads of `asks/0` and of the application in every hook, related to two units.
fn reader(version: Version) -> (Model, u32) {
    let charm = provider();
    for hook in ["update-status", "api-relation-changed"] {
        charm.hook(
            hook,
            "relation-get -r 0 key asks/0; relation-get -r 0 --app key asks",
        );
    }
    let mut model = Model::new(version).unwrap();
    model.deploy(charm.path(), "giver").unwrap();
    model.remote("asks", 2).unwrap();
    let relation = model.integrate("giver:api", "asks:lxd").unwrap();
    model.write(relation, "asks/0", &[("key", "old")]).unwrap();
    model.settle().unwrap();
    (model, relation)
}

#[test]
fn a_members_databag_is_old_until_its_own_hook() {
    for version in VERSIONS {
        let (mut model, relation) = reader(version);
        let from = model.hooks("giver/0").len();
        model.write(relation, "asks/0", &[("key", "new")]).unwrap();
        model.write(relation, "asks", &[("key", "app")]).unwrap();
        model.write(relation, "asks/1", &[("a", "b")]).unwrap();
        // Only asks/1 is heard of.
        model.tell("giver/0", relation, "asks/1", 0).unwrap();
        assert!(model.step_unit("giver/0").unwrap());
        model.update_status("giver/0").unwrap();
        model.tell("giver/0", relation, "asks/0", 0).unwrap();
        assert!(model.step_unit("giver/0").unwrap());
        let changed = "api-relation-changed".to_owned();
        assert_eq!(
            printed(&model, "giver/0", from),
            [
                (changed.clone(), "old\napp\n".to_owned()),
                (changed, "new\napp\n".to_owned())
            ],
            "{version:?}"
        );
    }
}

#[test]
fn what_was_not_read_is_not_old() {
    let (mut model, relation) = reader(Version::V4_0);
    // The restarted agent holds nothing, and the next hook reads what there is.
    model.restart_agent("giver/0").unwrap();
    let from = model.hooks("giver/0").len();
    model.write(relation, "asks/0", &[("key", "new")]).unwrap();
    model.update_status("giver/0").unwrap();
    assert!(model.step_unit("giver/0").unwrap());
    assert_eq!(printed(&model, "giver/0", from)[0].1, "new\n");
}

#[test]
fn a_departed_units_databag_is_read_anew() {
    let (mut model, relation) = reader(Version::V4_0);
    model.write(relation, "asks/0", &[("key", "last")]).unwrap();
    model.remove_unit("asks/0").unwrap();
    model.settle().unwrap();
    let from = model.hooks("giver/0").len();
    model.update_status("giver/0").unwrap();
    model.settle().unwrap();
    assert_eq!(printed(&model, "giver/0", from)[0].1, "last\n");
}

#[test]
fn what_an_agent_holds_costs_no_request() {
    let (mut model, relation) = reader(Version::V4_0);
    let get = ["relation-get", "-r", "0", "-", "asks/0"];
    let cost = |model: &mut Model| {
        model.exec("giver/0", &get).unwrap();
        model.journal().last().unwrap().cost().requests
    };
    assert_eq!(cost(&mut model), 0);
    model.restart_agent("giver/0").unwrap();
    assert_eq!(cost(&mut model), 1);
    assert_eq!(cost(&mut model), 0);
    model.write(relation, "asks/0", &[("key", "new")]).unwrap();
    model.settle().unwrap();
    assert_eq!(cost(&mut model), 0);
}

/// Two units of a provider with a hook of its own, without elections by themselves.
fn two_units(version: Version, script: &str) -> Model {
    let charm = provider();
    charm.hook("update-status", script);
    related_to(version, &charm, [2, 1]).0
}

fn last_of(model: &mut Model, unit: &str) -> Entry {
    model.update_status(unit).unwrap();
    let from = model.hooks(unit).len();
    model.settle().unwrap();
    let entry = model
        .ran_on(unit)
        .skip(from)
        .find(|entry| entry.name == "update-status");
    entry.unwrap().clone()
}

#[test]
fn a_no_to_leadership_stays_a_no_until_the_hook_ends() {
    for version in VERSIONS {
        let mut model = two_units(version, "is-leader; is-leader; is-leader");
        model.change_leader_during("giver/1", 1, "giver/1").unwrap();
        assert_eq!(
            output(&last_of(&mut model, "giver/1")),
            "False\nFalse\nFalse\n"
        );
        assert_eq!(model.leader("giver"), Some("giver/1"));
        assert_eq!(
            output(&last_of(&mut model, "giver/1")),
            "True\nTrue\nTrue\n"
        );
    }
}

#[test]
fn leadership_that_was_not_asked_for_can_come_during_a_hook() {
    let mut model = two_units(Version::V4_0, "config-get; is-leader");
    model.change_leader_during("giver/1", 1, "giver/1").unwrap();
    assert!(output(&last_of(&mut model, "giver/1")).ends_with("True\n"));
}

#[test]
fn a_yes_to_leadership_is_looked_into_again() {
    let script = "is-leader; is-leader; relation-set -r 0 --app a=b 2>&1; status-set --application active 2>&1; true";
    for version in VERSIONS {
        let mut model = two_units(version, script);
        model.change_leader_during("giver/0", 1, "giver/1").unwrap();
        assert_eq!(
            output(&last_of(&mut model, "giver/0")),
            "True\nFalse\nERROR cannot write relation settings\nERROR this unit is not the leader\n"
        );
        assert_eq!(model.leader("giver"), Some("giver/1"));
    }
}

#[test]
fn a_commit_needs_the_leadership_that_the_tool_had() {
    for (version, why) in VERSIONS.into_iter().zip([
        "cannot apply changes: prerequisites failed: \"giver/0\" is not leader of \"giver\"",
        "prerequisites failed: \"giver/0\" is not leader of \"giver\"",
        "\"giver/0\" is not leader of \"giver\"",
    ]) {
        let mut model = two_units(version, "relation-set -r 0 --app a=b; state-set a=b");
        model.change_leader_during("giver/0", 2, "giver/1").unwrap();
        model.set_retry_hooks(false);
        let hook = last_of(&mut model, "giver/0");
        assert_eq!(hook.ran.effects.hook_error.as_deref(), Some(why));
        assert!(model.databag(0, "giver").is_none());
        assert!(model.state("giver/0").unwrap().is_empty());
        let status = model.status("giver/0").unwrap();
        assert_eq!(status.message, "hook failed: \"update-status\"");
    }
}

#[test]
fn only_a_leaders_own_application_can_lead() {
    let mut model = two_units(Version::V4_0, "");
    assert!(model.change_leader_during("giver/0", 0, "asks/0").is_err());
}

#[test]
fn a_restarted_agent_repeats_nothing_and_forgets_the_other_name() {
    for version in VERSIONS {
        let charm = provider();
        charm.hook("api-relation-broken", "relation-list --app");
        let (mut model, _) = related_to(version, &charm, [1, 1]);
        let from = model.journal().len();
        model.restart_agent("giver/0").unwrap();
        model.settle().unwrap();
        assert_eq!(model.journal().len(), from);

        model.add_unit("asks").unwrap();
        model.settle().unwrap();
        model.remove_relation("giver", "asks").unwrap();
        model.settle().unwrap();
        let after: Vec<(String, String)> = model.journal()[from..]
            .iter()
            .map(|entry| (entry.name.clone(), variable(entry, "JUJU_REMOTE_APP")))
            .collect();
        let named = |kind: &str, app: &str| (format!("api-relation-{kind}"), app.to_owned());
        assert_eq!(
            after,
            [
                named("joined", "asks"),
                named("changed", "asks"),
                named("departed", "asks"),
                named("departed", "asks"),
                named("broken", "")
            ]
        );
        assert_eq!(output(model.journal().last().unwrap()), "asks\n");
    }
}
