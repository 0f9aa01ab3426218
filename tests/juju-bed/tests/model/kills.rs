//! Runs that are killed, from inside the bed or from another thread, and agents that restart in the middle of one.

use std::{fs, io::Read, os::unix::net::UnixListener, thread, time::Duration};

use juju_bed::{
    agent::End,
    context::Version,
    model::{Entry, Model},
};
use serde_json::json;

use crate::shell::{Shell, VERSIONS, deployed, quiet, related, requirer, variable};

/// Notes after each call that it heard the answer.
const SCRIPT: &str =
    "for n in 1 2 3; do status-set active $n; state-set k=$n; echo $n >> ../heard; done";

fn model_with(version: Version, script: &str) -> (Model, Shell) {
    let charm = quiet("name: a\n", &[]);
    charm.hook("update-status", script);
    let mut model = deployed(version, &charm, "a");
    model.update_status("a/0").unwrap();
    (model, charm)
}

fn heard(model: &Model) -> String {
    fs::read_to_string(model.agent_folder("a/0").unwrap().join("heard")).unwrap_or_default()
}

fn ends(model: &Model, from: usize) -> Vec<(&str, End, usize)> {
    let told = |entry: &'_ Entry| (entry.ran.end, entry.ran.calls.len());
    model.journal()[from..]
        .iter()
        .map(|entry| (entry.name.as_str(), told(entry).0, told(entry).1))
        .collect()
}

#[test]
fn a_hook_is_killed_after_any_of_its_calls_and_runs_again() {
    for version in VERSIONS {
        let (model, _charm) = model_with(version, SCRIPT);
        let from = model.journal().len();
        let mut whole = model.try_clone().unwrap();
        whole.settle().unwrap();
        let calls = whole.journal().last().unwrap().ran.calls.len();
        assert_eq!(calls, 6);
        for after in 0..=calls {
            let mut killed = model.try_clone().unwrap();
            killed.kill_during("a/0", after).unwrap();
            assert!(killed.step_unit("a/0").unwrap());
            assert_eq!(
                ends(&killed, from),
                [("update-status", End::Signal(9), after)]
            );
            // The answer to the last call was not heard, and nothing that was staged counts.
            let lines = ["", "1\n", "1\n2\n"][after.saturating_sub(1) / 2];
            assert_eq!(heard(&killed), lines);
            assert!(killed.state("a/0").unwrap().is_empty());
            let message = after.div_ceil(2).to_string();
            if after > 0 {
                assert_eq!(killed.status("a/0").unwrap().message, message);
            }
            killed.settle().unwrap();
            assert_eq!(
                ends(&killed, from)[1..],
                [("update-status", End::Exit(0), calls)]
            );
            assert_eq!(killed.state("a/0"), whole.state("a/0"));
        }
    }
}

#[test]
fn no_call_of_a_killed_hook_counts_even_if_many_are_made_at_once() {
    let script = "for n in $(seq 20); do status-set active $n & done; wait";
    let (mut model, _charm) = model_with(Version::V4_0, script);
    model.kill_during("a/0", 5).unwrap();
    assert!(model.step_unit("a/0").unwrap());
    let ran = &model.journal().last().unwrap().ran;
    assert_eq!((ran.calls.len(), ran.effects.unit_status.len()), (5, 5));
}

#[test]
fn what_makes_fewer_calls_ends_by_itself_and_the_next_run_is_left_alone() {
    let (mut model, _charm) = model_with(Version::V4_0, "is-leader");
    model.kill_during("a/0", 2).unwrap();
    model.settle().unwrap();
    assert_eq!(model.journal().last().unwrap().ran.end, End::Exit(0));
    let ran = model.exec("a/0", &["sh", "-c", "is-leader; is-leader"]);
    assert_eq!(ran.unwrap().end, End::Exit(0));
}

#[test]
fn actions_and_commands_are_killed_too_and_not_run_again() {
    let charm = quiet("name: a\n", &[]);
    charm.file("actions.yaml", "go: {description: d}\n", 0o644);
    charm.file(
        "actions/go",
        "#!/bin/sh\naction-set a=b; state-set a=b; action-set c=d\n",
        0o755,
    );
    let mut model = deployed(Version::V4_0, &charm, "a");
    model.kill_during("a/0", 2).unwrap();
    let result = model.run("a/0", "go", &json!({})).unwrap();
    assert_eq!(
        (result.status.as_str(), result.message.as_str()),
        ("failed", "terminated")
    );
    assert_eq!(result.results, json!({"a": "b", "return-code": -1}));
    model.kill_during("a/0", 1).unwrap();
    let ran = model.exec("a/0", &["state-set", "a=b"]).unwrap();
    assert_eq!(ran.end, End::Signal(9));
    let before = model.journal().len();
    model.settle().unwrap();
    assert_eq!(model.journal().len(), before);
    assert!(model.state("a/0").unwrap().is_empty());
}

/// Somebody whom the hook asks kills it, as a server may that it talks to.
#[test]
fn another_thread_kills_a_hook_and_nothing_comes_after() {
    let script = "state-set a=b; python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"../server\"); s.recv(1)'; \
                  status-set active late";
    let (model, _charm) = model_with(Version::V4_0, script);
    let mut copy = model.try_clone().unwrap();
    let listener = UnixListener::bind(copy.agent_folder("a/0").unwrap().join("server")).unwrap();
    let (other, process) = (model.process(), copy.process());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let limit = Some(Duration::from_secs(10));
        stream.set_read_timeout(limit).unwrap();
        assert!(!other.kill(), "the other model runs nothing");
        assert!(process.kill());
        assert!(!process.kill(), "it is dead already");
        // The whole group is dead: the other end is closed without a word.
        assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    });
    assert!(copy.step_unit("a/0").unwrap());
    server.join().unwrap();
    let ran = &copy.journal().last().unwrap().ran;
    assert_eq!((ran.end, ran.calls.len()), (End::Signal(9), 1));
    assert!(copy.state("a/0").unwrap().is_empty());
    assert!(!copy.process().kill(), "nothing runs");
}

#[test]
fn a_hook_has_failed_if_the_agent_restarts_while_it_runs() {
    let (mut model, _charm) = model_with(Version::V4_0, SCRIPT);
    let from = model.journal().len();
    model.restart_agent_during("a/0", 3).unwrap();
    model.settle().unwrap();
    assert_eq!(ends(&model, from), [("update-status", End::Signal(9), 3)]);
    let status = model.status("a/0").unwrap();
    assert_eq!(
        (status.status.as_str(), status.message.as_str()),
        ("error", "hook failed: \"update-status\"")
    );
    assert_eq!(model.workload_status("a/0").unwrap().message, "2");
    model.settle().unwrap();
    assert_eq!(
        ends(&model, from)[1..],
        [("update-status", End::Exit(0), 6)]
    );
}

#[test]
fn an_agent_that_restarts_during_a_hook_forgets_the_other_name() {
    let (mut model, _) = related(Version::V4_0);
    model.update_status("giver/0").unwrap();
    model.restart_agent_during("giver/0", 9).unwrap();
    model.settle().unwrap();
    assert_eq!(model.journal().last().unwrap().ran.end, End::Exit(0));
    model.remove_relation("giver", "asks").unwrap();
    model.settle().unwrap();
    let broken = model.journal().last().unwrap();
    assert_eq!(broken.name, "api-relation-broken");
    assert_eq!(variable(broken, "JUJU_REMOTE_APP"), "");
}

/// The order waits for a run that is one: what the charm has no file for is none.
#[test]
fn a_hook_that_is_skipped_is_no_run() {
    let charm = requirer();
    fs::remove_file(charm.path().join("hooks/leader-elected")).unwrap();
    charm.hook("config-changed", "is-leader");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "taker").unwrap();
    assert!(model.step_unit("taker/0").unwrap());
    model.kill_during("taker/0", 1).unwrap();
    model.settle().unwrap();
    let killed = model
        .ran_on("taker/0")
        .find(|entry| entry.ran.end == End::Signal(9));
    assert_eq!(killed.unwrap().name, "config-changed");
}

#[test]
fn a_killed_hook_runs_again_by_itself() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "state-set a=$JUJU_HOOK_NAME; test -e ../died || { touch ../died; kill -9 $$; }",
    );
    let model = deployed(Version::V4_0, &charm, "a");
    assert_eq!(model.hooks("a/0")[3..], ["start", "start"]);
    assert_eq!(model.journal()[3].ran.end, End::Signal(9));
    assert_eq!(model.state("a/0").unwrap()["a"], "start");
}
