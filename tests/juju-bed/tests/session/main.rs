//! Plays a recorded operator's session with the real probing charms and compares every hook with what a real Juju ran.
//!
//! `SESSION_FILE` names another recording of the same form; its charms are in `session-charms/` beside it, or else ours are taken.

#![allow(clippy::print_stdout, reason = "the report is what this target is for")]

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

use juju_bed::model::Lab;

use compare::Failing;
use play::Stage;
use recording::Recording;
use report::Report;

fn main() -> ExitCode {
    if !Lab::default()
        .path
        .split(':')
        .any(|folder| Path::new(folder).join("python3").exists())
    {
        println!("session: not there (no python3)");
        return ExitCode::SUCCESS;
    }
    let ours = || {
        ["session-4.0.json", "written-4.0.json"]
            .map(committed)
            .to_vec()
    };
    let paths = env::var_os("SESSION_FILE").map_or_else(ours, |path| vec![path.into()]);
    // Each is played whatever became of the one before.
    let played: Vec<ExitCode> = paths.iter().map(|path: &PathBuf| play(path)).collect();
    let failed = played.into_iter().find(|code| *code != ExitCode::SUCCESS);
    failed.unwrap_or(ExitCode::SUCCESS)
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("recordings")
        .join(name)
}

fn play(path: &Path) -> ExitCode {
    let recording = Recording::read(path);
    let charms = charms::prepare(path).expect("the charms can be copied");
    let mut report = Report::default();
    let mut stage = Stage::new(charms.path(), &recording);
    let mut failing = Failing::default();
    for (number, step) in recording.steps.iter().enumerate() {
        match stage.play(step) {
            Ok(played) => report.step(number, step, &played, &stage, &mut failing),
            Err(error) => report.verdict(number, step, "the bed", &[error.to_string()]),
        }
    }
    report.end(recording.title())
}
