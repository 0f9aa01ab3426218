//! What real servers answered, replayed on the simulation of the same version.
//!
//! Every request of a case is sent to a server that begins as the recorded one did, and what it
//! answers is compared with what was recorded. Nothing waits: where the recorder let time pass, the
//! server's clock is put forward. The recordings are in `recordings/`, or in the folder that
//! `LXD_RECORDINGS_DIR` names; `recordings/README.md` has their form. An argument is a filter of
//! cases' names.

#![expect(
    clippy::print_stdout,
    reason = "printing the outcome is what the target is for"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

mod callers;
mod compare;
mod floor;
mod replay;
mod words;

use callers::Callers;
use floor::Tally;
use replay::{Outcome, replay};

/// Differences that are printed whole.
const SHOWN: usize = 40;

fn main() -> ExitCode {
    let given = std::env::var_os("LXD_RECORDINGS_DIR").map(PathBuf::from);
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let folder = given.clone().unwrap_or(own);
    let filter: Vec<String> = std::env::args()
        .skip(1)
        .filter(|one| !one.starts_with('-'))
        .collect();
    let whole = given.is_none() && filter.is_empty();

    let mut tally = Tally::default();
    for recording in ["exchanges.json", "cluster.json"] {
        let recording = read(&folder.join(recording));
        for (version, outcome) in replay_all(&folder, &recording, &filter) {
            match outcome {
                Outcome::Agrees => *tally.agree.entry(version).or_default() += 1,
                Outcome::NotDone(kind) => *tally.not_done.entry(kind).or_default() += 1,
                Outcome::Differs(text) => {
                    tally.differ += 1;
                    if tally.differ <= SHOWN {
                        println!("{text}");
                    }
                }
            }
        }
    }
    println!("{tally}");
    let faults = tally.faults(whole);
    for fault in &faults {
        println!("recordings: {fault}");
    }
    match faults.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Each answer that there is an expectation of, with its version.
fn replay_all(folder: &Path, recording: &Value, filter: &[String]) -> Vec<(String, Outcome)> {
    let callers = Callers::make(&recording["certificates"]);
    let members: Vec<&str> = texts(&recording["members"]).collect();
    let mut work = Vec::new();
    for version in texts(&recording["versions"]) {
        let list = folder.join(format!("extensions-{version}.txt"));
        let list = std::fs::read_to_string(&list)
            .unwrap_or_else(|error| panic!("{}: {error}", list.display()));
        let extensions: Value = list.lines().map(Value::from).collect();
        for case in recording["cases"].as_array().into_iter().flatten() {
            let name = case["name"].as_str().unwrap_or_default();
            let chosen = filter.is_empty() || filter.iter().any(|part| name.contains(part));
            let meant =
                case["versions"].is_null() || texts(&case["versions"]).any(|one| one == version);
            if chosen && meant {
                work.push((version, extensions.clone(), case));
            }
        }
    }
    let (queue, done) = (
        Mutex::new(work.into_iter().enumerate()),
        Mutex::new(BTreeMap::new()),
    );
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no thread panics with it").next();
                    let Some((index, (version, extensions, case))) = next else {
                        break;
                    };
                    let outcomes = replay(version, &extensions, case, &callers, &members);
                    let outcomes = outcomes
                        .into_iter()
                        .map(|outcome| (version.to_owned(), outcome));
                    let outcomes: Vec<_> = outcomes.collect();
                    done.lock()
                        .expect("no thread panics with it")
                        .insert(index, outcomes);
                }
            });
        }
    });
    let done = done.into_inner().expect("no thread panicked");
    done.into_values().flatten().collect()
}

/// The texts of a list.
fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
