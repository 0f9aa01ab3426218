//! `cargo bench`: what a hook costs, on the simulated LXD and, where there is one, on a real one.
//!
//! The hook tools are those of the simulated agent, which answer in about 1 ms; on a real unit each call takes 3.5 ms.

#![allow(clippy::print_stdout, reason = "it is there to be read")]

use std::{fs, time::Duration};

use juju_bed::model::Entry;
use lab::{Lab, UNIT, charm};
use lxd_bed::{Daemon, certificates};

/// How often each hook is measured.
const RUNS: usize = 25;

fn main() {
    // Cargo runs benchmarks among the tests as well; only `cargo bench` passes this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    sizes();
    println!("\n{RUNS} runs each; wall time as median (least to most)\n");
    println!(
        "{:<48} {:>22} {:>10} {:>11} {:>13}",
        "hook", "wall", "peak", "tool calls", "LXD requests"
    );
    lxd_at_work("simulated LXD", lab::simulated);
    match lab::real() {
        Some(daemon) => {
            let name = format!("LXD {}", daemon.version());
            let mut first = Some(daemon);
            lxd_at_work(&name, || {
                first.take().or_else(lab::real).expect("a real LXD")
            });
        }
        None => println!("no real LXD here"),
    }
    println!("\nAmong many units, each with one certificate (simulated LXD):\n");
    println!(
        "{:<48} {:>22} {:>10} {:>11} {:>13}",
        "hook", "wall", "peak", "tool calls", "LXD requests"
    );
    for units in [1, 10, 100, 1000] {
        crowd(units);
    }
}

fn sizes() {
    let archive = charm::archive();
    let megabytes = |bytes: usize| format!("{:.2} MB", bytes as f64 / 1e6);
    let packed = fs::metadata(&archive).expect("the archive").len() as usize;
    let lab = Lab::new(lab::simulated());
    let folder = lab.model.agent_folder(UNIT).expect("the unit");
    let binary = fs::metadata(folder.join("charm/lxd-integrator"))
        .expect("the binary")
        .len() as usize;
    println!(
        "binary {}, archive {}",
        megabytes(binary),
        megabytes(packed)
    );
}

/// The hooks that the figures are wanted of.
fn lxd_at_work(name: &str, lxd: impl FnMut() -> Daemon) {
    let mut daemons = std::iter::repeat_with(lxd);
    let mut install = Vec::new();
    for _ in 0..RUNS.min(5) {
        let lab = Lab::new(daemons.next().expect("without end"));
        install.extend(
            lab.model
                .ran_on(UNIT)
                .find(|entry| entry.name == "install")
                .cloned(),
        );
    }
    report(&format!("install ({name}, no trust yet)"), &install, None);

    let mut lab = Lab::trusted(daemons.next().expect("without end"));
    let consumer = lab.relate("my-charm", 1);
    let (mut changed, mut status) = (Vec::new(), Vec::new());
    let mut requests = None;
    for _ in 0..RUNS {
        lab.ask(&consumer, "my-charm/0", &[]);
        lab.lxd.clear_requests();
        lab.ask(
            &consumer,
            "my-charm/0",
            &[&certificates::make("client").certificate_pem],
        );
        requests = lab.lxd.requests().map(|requests| requests.len());
        changed.push(lab.last_hook().clone());
    }
    report(
        &format!("relation-changed, registers one ({name})"),
        &changed,
        requests,
    );
    for _ in 0..RUNS {
        lab.lxd.clear_requests();
        lab.update_status(UNIT);
        requests = lab.lxd.requests().map(|requests| requests.len());
        status.push(lab.last_hook().clone());
    }
    report(&format!("update-status ({name})"), &status, requests);
}

/// Hooks of a charm that serves so many units, each with one certificate.
fn crowd(units: u32) {
    let (mut lab, consumer) = lab::crowd(units);
    let (mut changed, mut status) = (Vec::new(), Vec::new());
    let (mut narrow, mut wide) = (None, None);
    let runs = if units < 1000 { RUNS } else { 5 };
    for client in certificates::many(runs) {
        lab.lxd.clear_requests();
        lab.ask(&consumer, "my-charm/0", &[&client]);
        narrow = lab.lxd.requests().map(|requests| requests.len());
        changed.push(lab.last_hook().clone());
    }
    for _ in 0..runs.min(5) {
        lab.lxd.clear_requests();
        lab.update_status(UNIT);
        wide = lab.lxd.requests().map(|requests| requests.len());
        status.push(lab.last_hook().clone());
    }
    report(
        &format!("relation-changed, swaps one, {units} units"),
        &changed,
        narrow,
    );
    report(&format!("update-status, {units} units"), &status, wide);
}

fn report(name: &str, entries: &[Entry], requests: Option<usize>) {
    let mut walls: Vec<Duration> = entries.iter().map(|entry| entry.ran.wall).collect();
    walls.sort();
    let peak = entries
        .iter()
        .map(|entry| entry.ran.peak_kib)
        .max()
        .unwrap_or_default();
    let ms = |wall: Duration| wall.as_secs_f64() * 1e3;
    let wall = match (walls.first(), walls.get(walls.len() / 2), walls.last()) {
        (Some(least), Some(median), Some(most)) => {
            format!(
                "{:.1} ({:.1} to {:.1}) ms",
                ms(*median),
                ms(*least),
                ms(*most)
            )
        }
        _ => "-".to_owned(),
    };
    let calls = entries.last().map_or(0, |entry| {
        let calls = entry
            .ran
            .calls
            .iter()
            .filter(|call| call.argv.first().is_some_and(|tool| tool != "juju-log"));
        calls.count()
    });
    let requests =
        requests.map_or_else(|| "not counted".to_owned(), |requests| requests.to_string());
    println!(
        "{name:<48} {wall:>22} {:>7.1} MB {calls:>11} {requests:>13}",
        peak as f64 / 1024.0
    );
}
