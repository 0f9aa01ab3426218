//! Hooks of several units at the same time.

use std::{
    thread,
    time::{Duration, Instant},
};

use juju_bed::{
    agent::End,
    context::Version,
    model::{Entry, Model},
};

use crate::shell::{deployed, provider, quiet};

/// Two units whose `update-status` waits for the other's to run as well.
fn pair(seed: u64) -> Model {
    let charm = quiet("name: a\npeers: {all: x}\n", &["all"]);
    let meet = "relation-get -r 0 n $OTHER; relation-set -r 0 n=$JUJU_UNIT_NAME; \
                touch $MEETING/${JUJU_UNIT_NAME#a/}; both() { [ $(ls $MEETING | wc -l) -eq 2 ]; }; \
                for try in $(seq 1000); do both && break; sleep 0.01; done; both";
    charm.hook(
        "update-status",
        &format!(
            "MEETING=../../meeting; [ $JUJU_UNIT_NAME = a/0 ] && OTHER=a/1 || OTHER=a/0; {meet}"
        ),
    );
    let mut model = Model::with_seed(Version::V4_0, seed).unwrap();
    model.deploy(charm.path(), "a").unwrap();
    model.add_unit("a").unwrap();
    model.settle().unwrap();
    let meeting = model.agent_folder("a/0").unwrap().join("../meeting");
    std::fs::create_dir(meeting).unwrap();
    for unit in ["a/0", "a/1"] {
        model.update_status(unit).unwrap();
    }
    model
}

#[test]
fn hooks_run_at_the_same_time_and_see_what_was_there_when_they_began() {
    let mut model = pair(1);
    let from = model.journal().len();
    let ran = model
        .step_together_in_order(&["a/1", "a/0", "a/1"])
        .unwrap();
    assert_eq!(ran, ["a/1", "a/0"]);
    let entries = &model.journal()[from..];
    let units: Vec<_> = entries.iter().map(|entry| entry.unit.as_str()).collect();
    assert_eq!(units, ["a/1", "a/0"]);
    for Entry { ran, .. } in entries {
        assert_eq!((ran.end, ran.stdout.len()), (End::Exit(0), 0));
    }
    for unit in ["a/0", "a/1"] {
        assert_eq!(model.databag(0, unit).unwrap()["n"], unit);
    }
}

#[test]
fn chance_decides_whose_effects_come_first() {
    let first = |seed| pair(seed).step_together(&["a/0", "a/1"]).unwrap().remove(0);
    let firsts: Vec<String> = (1..9).map(first).collect();
    assert!(
        ["a/0", "a/1"]
            .iter()
            .all(|unit| firsts.contains(&(*unit).to_owned()))
    );
}

#[test]
fn only_units_with_a_hook_take_part() {
    let mut model = deployed(Version::V4_0, &provider(), "giver");
    assert!(model.step_together(&["giver/0"]).unwrap().is_empty());
    assert!(model.step_together(&["giver/1"]).is_err());
    let new = model.add_unit("giver").unwrap();
    assert_eq!(model.step_together(&["giver/0", &new]).unwrap(), [new]);
}

#[test]
fn each_of_two_is_killed_by_itself() {
    let mut model = pair(1);
    model.kill_during("a/1", 2).unwrap();
    let process = model.process();
    // Without the other, a/0 would wait.
    let killer = thread::spawn(move || {
        let began = Instant::now();
        while !process.kill_unit("a/0") {
            assert!(began.elapsed() < Duration::from_secs(10));
            thread::yield_now();
        }
    });
    let from = model.journal().len();
    model.step_together_in_order(&["a/0", "a/1"]).unwrap();
    killer.join().unwrap();
    let ends = model.journal()[from..].iter().map(|entry| entry.ran.end);
    assert_eq!(ends.collect::<Vec<_>>(), [End::Signal(9), End::Signal(9)]);
    assert_eq!(model.journal()[from + 1].ran.calls.len(), 2);
    assert!(!model.process().kill());
}

#[test]
fn a_model_settles_with_all_units_at_once() {
    let mut model = pair(3);
    let from = model.journal().len();
    model.settle_together().unwrap();
    assert_eq!(
        model.journal()[from..]
            .iter()
            .filter(|entry| entry.name == "update-status")
            .count(),
        2
    );
    let changed = |unit: &str| model.hooks(unit).last().cloned();
    assert_eq!(changed("a/0").as_deref(), Some("all-relation-changed"));
    assert_eq!(changed("a/1").as_deref(), Some("all-relation-changed"));
    let before = model.journal().len();
    model.settle().unwrap();
    assert_eq!(model.journal().len(), before);
}
