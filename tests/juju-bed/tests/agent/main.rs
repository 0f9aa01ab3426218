//! What the recordings do not reach: signals, background children, long paths, many runs at once.

mod signals;

use std::{
    collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, process::Command, thread,
};

use juju_bed::{
    agent::{self, End, Orders, Place, Ran},
    context::{Context, Run, Status, Version},
};
use serde_json::{Value, json};
use tempfile::TempDir;

fn context(run: Run) -> Context {
    Context {
        version: Version::V4_0,
        run,
        unit: "app/0".into(),
        leader: true,
        leader_at_controller: None,
        leadership_change: None,
        model_name: "m".into(),
        model_uuid: "d3b0a2c4-0000-4000-8000-000000000001".into(),
        machine: "0".into(),
        config: BTreeMap::from([("option".into(), json!(7))]),
        state: BTreeMap::new(),
        trust: false,
        cloud: Value::Null,
        unit_status: Status::default(),
        application_status: Status::default(),
        units_status: BTreeMap::new(),
        relations: Vec::new(),
        goal_state: Value::Null,
        network: BTreeMap::new(),
        addresses: Default::default(),
        secrets: BTreeMap::new(),
        other_apps: Default::default(),
        commit_error: None,
    }
}

fn hook() -> Context {
    context(Run::Hook("install".into()))
}

fn action() -> Context {
    context(Run::Action {
        name: "act".into(),
        id: "1".into(),
        params: json!({}),
    })
}

fn place(base: &Path) -> Place {
    Place {
        base: base.into(),
        path: "/usr/bin:/bin".into(),
        api_addresses: String::new(),
        availability_zone: String::new(),
        no_proxy: String::new(),
        extra_env: Vec::new(),
    }
}

/// Runs a shell script as the whole charm.
fn run_in(base: &Path, context: &Context, script: &str) -> Ran {
    let charm = base.join("charm");
    fs::create_dir_all(&charm).unwrap();
    let dispatch = charm.join("dispatch");
    fs::write(&dispatch, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&dispatch, fs::Permissions::from_mode(0o755)).unwrap();
    agent::run(&place(base), context, &Orders::default()).unwrap()
}

fn run(context: &Context, script: &str) -> Ran {
    run_in(TempDir::new().unwrap().path(), context, script)
}

#[test]
fn a_call_is_noted_with_all_that_went_in_and_out() {
    let ran = run(
        &hook(),
        "echo 'k: v' | state-set --file -; config-get option; state-get nope --strict",
    );
    assert_eq!(ran.end, End::Exit(1));
    let calls: Vec<_> = ran.calls.iter().map(|c| c.argv.join(" ")).collect();
    assert_eq!(
        calls,
        [
            "state-set --file -",
            "config-get option",
            "state-get nope --strict"
        ]
    );
    assert_eq!(ran.calls[0].stdin.as_deref(), Some(&b"k: v\n"[..]));
    assert_eq!(ran.calls[1].stdout, b"7\n");
    assert_eq!(
        (ran.calls[2].exit, ran.calls[2].stderr.as_slice()),
        (1, &b"ERROR \"nope\" not found\n"[..])
    );
    assert_eq!(ran.effects.state, None);
    assert!(ran.peak_kib > 0);
}

#[test]
fn what_is_glued_to_a_short_flag_is_its_value() {
    let no_bool = |text: &str| {
        format!(
            "ERROR invalid value \"{text}\" for option -a: strconv.ParseBool: parsing \"{text}\": invalid syntax\n"
        )
    };
    let cases = [
        ("config-get -a=true", 2, no_bool("=true")),
        ("config-get -a=false option", 2, no_bool("=false")),
        ("config-get option -a=x", 2, no_bool("=x")),
        ("config-get -a=", 2, no_bool("=")),
        ("config-get -aa=1 --format=json", 2, no_bool("=1")),
        // The end of the last argument is not looked at.
        ("config-get --format=json -aa=1", 0, String::new()),
        ("config-get --format=json -aZ=1", 0, String::new()),
        // With two dashes a short name has a value of its own.
        ("config-get --a=true --format=json", 0, String::new()),
        ("config-get --a=x", 2, no_bool("x")),
        (
            "config-get -Z=x",
            2,
            "ERROR option provided but not defined: -Z\n".into(),
        ),
        (
            "relation-list -r=1",
            2,
            "ERROR invalid value \"=1\" for option -r: invalid relation id\n".into(),
        ),
        ("config-get option -o=file", 0, String::new()),
        ("config-get -ofile option", 0, String::new()),
        ("juju-log -l=INFO text", 0, String::new()),
        ("config-get -- -a=x", 0, String::new()),
    ];
    let script: Vec<&str> = cases.iter().map(|(command, ..)| *command).collect();
    let ran = run(&hook(), &script.join("\n"));
    for ((command, exit, stderr), call) in cases.iter().zip(&ran.calls) {
        let heard = String::from_utf8_lossy(&call.stderr);
        assert_eq!((call.exit, &*heard), (*exit, stderr.as_str()), "{command}");
    }
    assert_eq!(ran.calls.len(), cases.len());
}

#[test]
fn a_refused_commit_makes_a_failure() {
    let refusing = |context| Context {
        commit_error: Some("no".into()),
        ..context
    };
    let ran = run(&refusing(hook()), "state-set a=b");
    assert_eq!(ran.effects.hook_error.as_deref(), Some("no"));
    assert_eq!(ran.effects.state, None);
    assert!(ran.effects.in_vain.unwrap().state.is_some());

    let end = run(&refusing(action()), "state-set a=b")
        .effects
        .action
        .unwrap();
    assert_eq!(
        (end.status.as_str(), end.message.as_str()),
        ("failed", "committing requested changes failed")
    );
    assert_eq!(end.results["stderr"], "no");
}

#[test]
fn a_child_in_the_background_does_not_hold_up_the_agent() {
    let base = TempDir::new().unwrap();
    let script = "echo before; sleep 60 & echo $! > child; printf last";
    let ran = run_in(base.path(), &hook(), script);
    let child = fs::read_to_string(base.path().join("charm/child")).unwrap();
    Command::new("kill").arg(child.trim()).status().unwrap();
    assert_eq!(ran.stdout, b"before\nlast");
    let log: Vec<_> = ran
        .effects
        .log
        .iter()
        .map(|(_, _, text)| text.as_str())
        .collect();
    assert_eq!(log, ["before"]);
    assert!(ran.wall.as_secs() < 30);
}

#[test]
fn an_exec_gives_its_output_and_commits_whatever_its_code() {
    let base = TempDir::new().unwrap();
    fs::create_dir(base.path().join("charm")).unwrap();
    let argv = ["sh", "-c", "state-set a=b; echo out; echo err >&2; exit 3"].map(Into::into);
    let ran = agent::exec(&place(base.path()), &hook(), &Orders::default(), &argv).unwrap();
    assert_eq!(
        (ran.end, ran.stdout.as_slice(), ran.stderr.as_slice()),
        (End::Exit(3), &b"out\n"[..], &b"err\n"[..])
    );
    assert!(ran.effects.state.is_some());
    assert_eq!((ran.effects.hook_error, ran.effects.log.len()), (None, 0));
}

#[test]
fn a_hook_without_a_file_is_skipped() {
    let base = TempDir::new().unwrap();
    fs::create_dir(base.path().join("charm")).unwrap();
    let ran = agent::run(&place(base.path()), &hook(), &Orders::default()).unwrap();
    assert_eq!(ran.end, End::NotRun);
    assert!(ran.effects.skipped && ran.effects.hook_error.is_none());
}

#[test]
fn the_socket_is_elsewhere_when_its_path_would_be_too_long() {
    let base = TempDir::new().unwrap();
    let deep = base.path().join("d".repeat(120));
    let ran = run_in(&deep, &hook(), "is-leader > answer");
    assert_eq!(ran.end, End::Exit(0));
    assert_eq!(fs::read(deep.join("charm/answer")).unwrap(), b"True\n");
    let address = ran
        .env
        .iter()
        .find(|(name, _)| name == "JUJU_AGENT_SOCKET_ADDRESS")
        .unwrap();
    assert!(!Path::new(&address.1).exists(), "it goes with the run");
}

#[test]
fn runs_do_not_disturb_each_other() {
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || {
                let base = TempDir::new().unwrap();
                for round in 0..10 {
                    let script = format!("state-set n={number} r={round}; state-get n");
                    let ran = run_in(base.path(), &hook(), &script);
                    assert_eq!(ran.effects.state.unwrap()["r"], round.to_string());
                    assert_eq!(ran.stdout, format!("{number}\n").into_bytes());
                }
            });
        }
    });
}
