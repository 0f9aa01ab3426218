//! The charm is killed (SIGKILL) in every hook of whole lives, on simulated LXDs: after every call of a hook tool, at
//! every request before LXD acts on it, and after LXD acted but before the answer comes. Juju then runs the hook again,
//! and everything has to be as it is without the kill: trust store, databags, statuses, and what the charm remembers.

#![allow(
    clippy::print_stdout,
    reason = "the number of points is there to be read"
)]

use std::{process::ExitCode, thread};

mod matrix;
mod stories;

use matrix::Points;

fn main() -> ExitCode {
    let results = thread::scope(|scope| {
        let runs: Vec<_> = stories::ALL
            .iter()
            .map(|(name, story)| (name, scope.spawn(story)))
            .collect();
        let ended = runs.into_iter().map(|(name, run)| (name, run.join()));
        ended.collect::<Vec<_>>()
    });
    let mut all = Points::default();
    let mut failed = false;
    for (name, result) in results {
        match result {
            Ok(points) => {
                println!("killed in {name}: {points}, all as without the kill");
                all.add(points);
            }
            Err(_) => {
                println!("killed in {name}: FAILED, see above");
                failed = true;
            }
        }
    }
    println!("killed in all: {all}");
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
