//! The last word of `cargo test`: which real daemons took part, which were not there, and what was left out with them.
//!
//! With `LXD_INTEGRATOR_REQUIRE_REAL` set, as in CI, it fails if one was not there, or if something else was left out
//! than is listed here.

#![allow(clippy::print_stdout, reason = "it is there to be read")]

use std::{
    collections::BTreeMap,
    env,
    process::{Command, ExitCode},
};

/// What real servers are let off, and why: as [`lxd_bed::Daemon::can`] is asked for it.
const PERMITTED: &[(&str, &str)] = &[
    ("be away or lose answers in a session", ON_DEMAND),
    ("count enrolments", NO_LIST),
    (
        "show its trust store at each request of a session",
        "it cannot be stopped there; it is looked at after every step",
    ),
    (
        "show that a restricted credential tries no change",
        "it keeps no list of its requests; its trust store is compared",
    ),
    ("show that `check` tries no change", NO_LIST),
];

const NO_LIST: &str = "it keeps no list of its requests";
const ON_DEMAND: &str = "it does not fail on demand; tests/charm stops and freezes real ones";

fn main() -> ExitCode {
    let mut faults = Vec::new();
    println!("\nReal counterparts in this run of the tests:");
    let (took_part, not_there) = (lxd_bed::took_part(), lxd_bed::not_there());
    print("took part", &took_part);
    print("NOT THERE", &not_there);
    if took_part.is_empty() && not_there.is_empty() {
        println!("  no test that wants an LXD ran before this one");
        faults.push("LXD was not there".to_owned());
    }
    faults.extend(
        not_there
            .keys()
            .map(|reason| format!("not there: {reason}")),
    );
    match Command::new("python3").arg("--version").output() {
        Ok(version) => println!(
            "  took part: {}",
            String::from_utf8_lossy(&version.stdout).trim()
        ),
        Err(_) => {
            println!("  NOT THERE: python3, so the recorded session of Juju was not replayed");
            faults.push("not there: python3".to_owned());
        }
    }
    faults.extend(otherwise_than_permitted(&lxd_bed::left_out()));
    if env::var_os("LXD_INTEGRATOR_REQUIRE_REAL").is_none() || faults.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("  which LXD_INTEGRATOR_REQUIRE_REAL does not allow:");
    for fault in faults {
        println!("    {fault}");
    }
    ExitCode::FAILURE
}

fn print(what: &str, counts: &BTreeMap<String, usize>) {
    for (text, count) in counts {
        println!("  {what}: {text} ({count} times)");
    }
}

/// What was left out and is not listed, and what is listed and was not left out.
fn otherwise_than_permitted(left_out: &BTreeMap<String, usize>) -> Vec<String> {
    for (what, count) in left_out {
        println!("  left out, as a real server cannot {what} ({count} times)");
    }
    let unlisted = left_out
        .keys()
        .filter(|what| !PERMITTED.iter().any(|(listed, _)| listed == what))
        .map(|what| format!("left out, and not permitted: {what}"));
    let unneeded = PERMITTED
        .iter()
        .filter(|(listed, _)| !left_out.contains_key(*listed))
        .map(|(listed, reason)| format!("permitted, and not needed: {listed} ({reason})"));
    unlisted.chain(unneeded).collect()
}
