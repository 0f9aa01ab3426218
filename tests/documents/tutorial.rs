//! The tutorial is walked: each of its commands is done, and shows what the tutorial says.
//!
//! Its consumer needs Python 3 with `ops` and the library in `python/lxd-relation`: CONTRIBUTING.md says how to get them.

use std::{env, path::Path};

use juju_bed::context::Version;
use lab::{Lab, UNIT};
use lxd_bed::Daemon;
use serde_json::{Value, json};

use crate::{
    guide::{ADDRESS, MODEL, masked},
    texts::{between, read},
};

/// Needs no model.
const BY_HAND: [&str; 3] = ["./build-charm.sh", "cd ", "python3 -m "];

#[test]
#[ignore = "needs Python 3 with ops and lxd-relation"]
fn the_tutorial_works_with_the_simulated_lxd() {
    walk(lab::simulated());
}

#[test]
#[ignore = "needs Python 3 with ops and lxd-relation"]
fn the_tutorial_works_with_a_real_lxd() {
    lab::real().into_iter().for_each(walk);
}

fn walk(lxd: Daemon) {
    let page = read("docs/tutorial/first-consumer.md");
    // A Juju without secrets: the simulated ones cannot add any.
    let mut lab = Lab::deployed(lxd, Version::V2_9);
    let before = lab.store();
    // Of the caller's Python, wherever it is.
    lab.model.lab_mut().path = env::var("PATH").unwrap();
    let mut walked = 0;
    for block in between(&page, "\n```\n$ ", "\n```\n") {
        for step in block.split("\n$ ") {
            let (command, shown) = step.split_once('\n').unwrap_or((step, ""));
            follow(&mut lab, command, shown);
            walked += 1;
        }
    }
    assert_eq!(walked, page.matches("\n$ ").count());
    assert_eq!(lab.store(), before);
}

/// Does a command, and compares what it shows.
fn follow(lab: &mut Lab, command: &str, shown: &str) {
    let words: Vec<&str> = command.split(' ').collect();
    match words[..] {
        ["juju", "deploy", "./dist/lxd-integrator_amd64.charm"] => {}
        ["juju", "deploy", "./dist/consumer.charm"] => {
            let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/consumer");
            lab.model.deploy(example, "consumer").unwrap();
        }
        ["juju", "trust", app] => lab.model.trust(app).unwrap(),
        ["juju", "integrate", one, other] => {
            lab.model.integrate(one, other).unwrap();
        }
        ["juju", "remove-relation", one, other] => lab.model.remove_relation(one, other).unwrap(),
        ["juju", "status"] => shown.lines().for_each(|line| compare_status(lab, line)),
        ["juju", "run", UNIT, action, "--format=json"] => {
            let result = lab.model.run(UNIT, action, &json!({})).unwrap();
            let shown: Value = serde_json::from_str(shown).unwrap();
            let real = as_shown(lab, &result.results);
            for key in ["certificates", "summary"] {
                assert_eq!(real[key], shown[key], "{command}");
            }
        }
        ["lxc", "config", "trust", "list", ..] => {
            let names = lab.store().into_values();
            let ours: Vec<String> = names.filter(|name| name.starts_with("juju:")).collect();
            assert_eq!(as_shown(lab, &ours.join("\n").into()), shown);
        }
        _ => assert!(
            BY_HAND.iter().any(|begin| command.starts_with(begin)),
            "{command}"
        ),
    }
    lab.settle();
}

/// `consumer/0*  active  …  message`
fn compare_status(lab: &Lab, line: &str) {
    let columns: Vec<&str> = line
        .split("  ")
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .collect();
    let [unit, status, "…", message] = columns[..] else {
        panic!("{line}")
    };
    let real = lab
        .model
        .workload_status(unit.trim_end_matches('*'))
        .unwrap();
    assert_eq!(real.status, status, "{line}");
    assert_eq!(as_shown(lab, &real.message.into()), message, "{line}");
}

/// With the tutorial's words for what varies.
fn as_shown(lab: &Lab, value: &Value) -> Value {
    let (address, model) = (lab.lxd.address().to_string(), lab.model.uuid());
    let mut words = vec![(address.as_str(), ADDRESS), (model, MODEL)];
    let store = lab.store();
    let ours = store.iter().find(|(_, name)| name.starts_with("juju:"));
    if let Some((fingerprint, _)) = ours {
        words.extend([
            (fingerprint.as_str(), "5d1c…e0"),
            (&fingerprint[..12], "5d1c…"),
        ]);
        let expires = &value["certificates"][fingerprint]["expires"];
        words.extend(expires.as_str().map(|time| (time, "2036-11-20T00:11:30Z")));
    }
    masked(value, &words)
}
