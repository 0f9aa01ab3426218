//! Replays recordings of Juju's own hook tools against the simulated agent, and says where they differ.
//!
//! The recordings are in the folder that `VECTORS_DIR` names, or else in `recordings`. Each case is run for each version
//! that it has, as a hook with real processes; this program itself is that hook.

#![allow(clippy::print_stdout, reason = "the report is what the program is for")]

mod answer;
mod case;
mod effects;
mod expression;
mod findings;
mod floor;
mod hook;
mod scenario;

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::ExitCode,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;

use case::{Case, Outcome};
use floor::Tally;

const THREADS: usize = 2;

fn main() -> ExitCode {
    let argv0 = env::args().next().unwrap_or_default();
    if argv0.ends_with("/charm/dispatch") {
        return hook::main(&argv0);
    }
    let (folder, ours) = match env::var_os("VECTORS_DIR") {
        Some(folder) => (folder.into(), false),
        None => (
            Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings"),
            true,
        ),
    };
    let outcomes = replay(&Recordings::read(&folder));
    report(&outcomes, ours)
}

struct Recordings {
    cases: Value,
    scenarios: Value,
}

impl Recordings {
    fn read(folder: &Path) -> Self {
        let read = |name: &str| {
            let path = folder.join(name);
            let text =
                fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        Self {
            cases: read("cases.json"),
            scenarios: read("scenarios.json"),
        }
    }

    fn pairs(&self) -> Vec<Case<'_>> {
        let cases = self.cases["cases"].as_array().expect("a list of cases");
        cases
            .iter()
            .flat_map(|case| Case::of_each_version(case, &self.scenarios))
            .collect()
    }
}

/// The outcome of each case, by its name and version; the number is that of the version.
type Outcomes = BTreeMap<String, (usize, Outcome)>;

fn replay(recordings: &Recordings) -> Outcomes {
    let pairs = recordings.pairs();
    let (next, outcomes) = (AtomicUsize::new(0), Mutex::new(Outcomes::new()));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let folder = tempfile::tempdir().expect("a folder for the agents");
                while let Some(case) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = case.replay(folder.path());
                    outcomes
                        .lock()
                        .expect("no thread panics while it holds this")
                        .insert(case.name(), (case.version(), outcome));
                }
            });
        }
    });
    outcomes
        .into_inner()
        .expect("no thread panics while it holds this")
}

fn report(outcomes: &Outcomes, ours: bool) -> ExitCode {
    let (mut tally, mut differ) = (Tally::default(), 0);
    for (name, (version, outcome)) in outcomes {
        match outcome {
            Outcome::Agrees => tally.agree[*version] += 1,
            Outcome::NotDone(what) => tally.not_done(what.kind())[*version] += 1,
            Outcome::Differs(differences) => {
                differ += 1;
                println!("{name}");
                for line in differences {
                    println!("    {line}");
                }
            }
        }
    }
    println!("{tally}");
    println!(
        "vectors: {} agree, {differ} differ, {} not done",
        tally.agree.iter().sum::<usize>(),
        outcomes.len() - differ - tally.agree.iter().sum::<usize>()
    );
    let mut faults = tally.faults(ours);
    faults.extend((differ > 0).then(|| format!("{differ} differ")));
    for fault in &faults {
        println!("FAILS: {fault}");
    }
    match faults.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
