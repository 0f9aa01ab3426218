//! Plays recorded operators' sessions with the charms that were in them, and compares every hook but retries with what a
//! real Juju 4.0.15 ran.
//!
//! `SESSION_FILE` names another recording of the same form; its charms are in the folder that it names beside it, or
//! else ours are taken.

#![allow(clippy::print_stdout, reason = "the report is what this target is for")]

// The vectors read YAML the same way; two programs share no module but by its path.
#[path = "../vectors/answer.rs"]
mod answer;
mod calls;
mod charms;
mod command;
mod compare;
mod follow;
mod links;
mod names;
mod offers;
mod play;
mod recording;
mod report;
mod timing;
mod words;

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use compare::Failing;
use play::Stage;
use recording::Recording;
use report::{Floor, Report};

/// The recordings beside this test: how many hooks must agree, and how many retries are not compared.
const COMMITTED: [(&str, Floor); 3] = [
    (
        "session-4.0.json",
        Floor {
            agree: 84,
            retries: 4,
        },
    ),
    (
        "session-4.0-b.json",
        Floor {
            agree: 116,
            retries: 5,
        },
    ),
    (
        "session-4.0-c.json",
        Floor {
            agree: 125,
            retries: 18,
        },
    ),
];

/// What is chance, time or the lab's, and so may be other than recorded.
const PERMITTED: &str = "\
permitted to differ: the bytes of a map in YAML, which the bed writes as JSON; its value is compared
permitted to differ: availability zone, API addresses, the cloud's name and region; times
permitted to differ: the order of hooks across relations and units; which unit leads
permitted to differ: how often config-changed, update-status and a changed databag's hook run
permitted to differ: what a hook saw of others, if they showed it at any time of the step
permitted to differ: retries of a unit in error, and after which of them a dying unit is given up";

fn main() -> ExitCode {
    let ours = || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
        COMMITTED
            .map(|(name, floor)| (folder.join(name), Some(floor)))
            .to_vec()
    };
    let sessions = env::var_os("SESSION_FILE").map_or_else(ours, |path| vec![(path.into(), None)]);
    println!("{PERMITTED}");
    // Each is played whatever became of the one before.
    let agree: Vec<bool> = sessions
        .iter()
        .map(|(path, floor): &(PathBuf, _)| play(path, *floor))
        .collect();
    match agree.into_iter().all(|agrees| agrees) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn play(path: &Path, floor: Option<Floor>) -> bool {
    let recording = Recording::read(path);
    let charms = charms::prepare(path, &recording.charms).expect("the charms can be copied");
    let mut report = Report::default();
    let mut stage = Stage::new(charms.path(), &recording);
    let mut failing = Failing::default();
    for (number, step) in recording.steps.iter().enumerate() {
        match stage.play(step) {
            Ok(played) => report.step(number, step, &played, &mut failing),
            Err(error) => report.verdict(&step.words.join(" "), "the bed", &[error.to_string()]),
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    report.end(&name, recording.hooks().count(), floor)
}
