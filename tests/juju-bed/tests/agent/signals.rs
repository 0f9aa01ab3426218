//! Runs that end by a signal.

use std::{env, fs, process::Command};

use juju_bed::agent::{self, End, Orders};
use serde_json::json;
use tempfile::TempDir;

use super::{action, hook, place, run};

#[test]
fn a_killed_hook_is_queued_again_and_commits_nothing() {
    let ran = run(&hook(), "state-set a=b; status-set active; kill -TERM $$");
    assert_eq!(ran.end, End::Signal(15));
    assert!(ran.effects.requeue);
    assert_eq!((ran.effects.hook_error, ran.effects.state), (None, None));
    assert_eq!(ran.effects.unit_status.len(), 1);
}

#[test]
fn a_hook_that_dies_by_another_signal_has_failed_in_gos_words() {
    for (signal, words) in [
        (1, "hangup"),
        (2, "interrupt"),
        (3, "quit"),
        (4, "illegal instruction"),
        (5, "trace/breakpoint trap"),
        (6, "aborted"),
        (7, "bus error"),
        (8, "floating point exception"),
        (10, "user defined signal 1"),
        (11, "segmentation fault"),
        (12, "user defined signal 2"),
        (13, "broken pipe"),
        (14, "alarm clock"),
        (16, "stack fault"),
        (24, "CPU time limit exceeded"),
        (25, "file size limit exceeded"),
        (26, "virtual timer expired"),
        (27, "profiling timer expired"),
        (29, "I/O possible"),
        (30, "power failure"),
        (31, "bad system call"),
        (34, "signal 34"),
        (64, "signal 64"),
    ] {
        let ran = run(&hook(), &format!("ulimit -c 0; kill -{signal} $$"));
        assert_eq!(ran.end, End::Signal(signal));
        let error = ran.effects.hook_error.unwrap_or_default();
        assert_eq!(error, format!("signal: {words}"));
        assert!(!ran.effects.requeue);
    }
}

/// As below `nohup`, or in the background of a script.
#[test]
fn a_hook_ignores_no_signal_because_its_bed_does() {
    let script = "trap '' HUP INT QUIT USR1 ALRM TERM; exec \"$0\" --exact \"$@\"";
    let out = Command::new("sh")
        .args(["-c", script])
        .arg(env::current_exe().unwrap())
        .arg("signals::a_hook_that_dies_by_another_signal_has_failed_in_gos_words")
        .arg("signals::a_killed_hook_is_queued_again_and_commits_nothing")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}");
    assert!(said.contains("2 passed"), "{said}");
}

#[test]
fn a_killed_action_has_failed() {
    let ran = run(&action(), "action-set a=b; kill -KILL $$");
    let end = ran.effects.action.unwrap();
    assert_eq!(
        (end.status.as_str(), end.message.as_str()),
        ("failed", "terminated")
    );
    assert_eq!(end.results, json!({ "a": "b", "return-code": -1 }));
    assert!(!ran.effects.requeue);
}

#[test]
fn a_killed_exec_is_not_run_again() {
    let base = TempDir::new().unwrap();
    fs::create_dir(base.path().join("charm")).unwrap();
    let argv = ["sh", "-c", "state-set a=b; kill -KILL $$"].map(Into::into);
    let ran = agent::exec(&place(base.path()), &hook(), &Orders::default(), &argv).unwrap();
    assert_eq!(ran.end, End::Signal(9));
    assert!(!ran.effects.requeue && ran.effects.hook_error.is_some());
    assert_eq!(ran.effects.state, None);
}
