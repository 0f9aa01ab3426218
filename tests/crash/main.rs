//! The charm is killed (SIGKILL) in every hook of whole lives, on simulated LXDs: after every call of a hook tool, at
//! every request before LXD acts on it, and after LXD acted but before the answer comes. Juju then runs the hook again,
//! and everything has to be as it is without the kill: trust store, databags, statuses, and what the charm remembers.
//! No hook that the charm has is left out.

#![allow(
    clippy::print_stdout,
    reason = "the number of points is there to be read"
)]

use std::{fs, path::Path, process::ExitCode, thread};

mod matrix;
mod stories;

use matrix::Points;

fn main() -> ExitCode {
    let results = thread::scope(|scope| {
        let runs: Vec<_> = stories::ALL
            .iter()
            .map(|(name, story, floor)| (name, floor, scope.spawn(story)))
            .collect();
        let ended = runs
            .into_iter()
            .map(|(name, floor, run)| (name, floor, run.join()));
        ended.collect::<Vec<_>>()
    });
    let mut all = Points::default();
    let mut faults = Vec::new();
    for (name, floor, result) in results {
        let Ok(points) = result else {
            faults.push(format!("{name}: see above"));
            continue;
        };
        println!("killed in {name}: {points}, all as without the kill");
        let counts = points.counts();
        if counts != *floor {
            faults.push(format!(
                "{name}: {counts:?} hooks and points where {floor:?} are to be"
            ));
        }
        all.add(points);
    }
    println!("killed in all: {all}");
    let unkilled = hooks().into_iter().filter(|hook| !all.hooks.contains(hook));
    faults.extend(unkilled.map(|hook| format!("{hook} was killed in no story")));
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The names of all hooks that the charm has.
fn hooks() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks");
    let files = fs::read_dir(folder).expect("the charm's hooks are there");
    files
        .map(|file| file.expect("a hook").file_name())
        .map(|name| name.into_string().expect("a hook's name"))
        .collect()
}
