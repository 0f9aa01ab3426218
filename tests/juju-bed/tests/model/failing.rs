//! Hooks that fail: what they leave, and how it goes on.

use std::fs;

use juju_bed::{context::Version, model::Model};

use crate::shell::{deployed, quiet};

#[test]
fn a_failed_hook_is_tried_again_and_leaves_only_its_status() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "config-changed",
        "status-set blocked why; state-set a=b; test -e ../fixed",
    );
    let mut model = deployed(Version::V4_0, &charm, "a");
    let status = model.status("a/0").unwrap();
    assert_eq!(
        (status.status.as_str(), status.message.as_str()),
        ("error", "hook failed: \"config-changed\"")
    );
    assert_eq!(model.workload_status("a/0").unwrap().status, "blocked");
    assert!(model.state("a/0").unwrap().is_empty());

    model.settle().unwrap();
    assert_eq!(
        model
            .hooks("a/0")
            .iter()
            .filter(|hook| *hook == "config-changed")
            .count(),
        2
    );
    fs::write(model.agent_folder("a/0").unwrap().join("fixed"), "").unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("a/0")[4..], ["config-changed", "start"]);
    assert_eq!(model.state("a/0").unwrap()["a"], "b");
}

#[test]
fn resolved_without_retry_goes_on() {
    let charm = quiet("name: a\n", &[]);
    charm.hook("config-changed", "exit 1");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.set_retry_hooks(false);
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("a/0"),
        ["install", "leader-elected", "config-changed"]
    );
    model.resolve("a/0", false).unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("a/0"),
        ["install", "leader-elected", "config-changed", "start"]
    );
    assert!(model.resolve("a/0", true).is_err());
}

#[test]
fn a_commit_that_is_too_large_fails_the_hook() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "for n in $(seq 40); do { printf 'k%s: ' $n; head -c 60000 /dev/zero | tr '\\0' x; } | state-set --file -; done",
    );
    let ended = |version| {
        let model = deployed(version, &charm, "a");
        model.state("a/0").unwrap().len()
    };
    assert_eq!(ended(Version::V4_0), 40);
    assert_eq!(ended(Version::V3_6), 0);
}
