//! The last word of `cargo test`: which real daemons took part, and which were not there.
//!
//! With `LXD_INTEGRATOR_REQUIRE_REAL` set, as in CI, it fails if one was not there.

#![allow(clippy::print_stdout, reason = "it is there to be read")]

use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut missing = Vec::new();
    println!("\nReal counterparts in this run of the tests:");
    for line in lxd_bed::took_part() {
        println!("  took part: {line}");
    }
    for line in lxd_bed::not_there() {
        println!("  NOT THERE: {line}");
        missing.push(line);
    }
    if lxd_bed::took_part().is_empty() && missing.is_empty() {
        println!("  no test that wants an LXD ran before this one");
        missing.push("LXD".to_owned());
    }
    match Command::new("python3").arg("--version").output() {
        Ok(version) => println!(
            "  took part: {}",
            String::from_utf8_lossy(&version.stdout).trim()
        ),
        Err(_) => {
            println!("  NOT THERE: python3, so the recorded session of Juju was not replayed");
            missing.push("python3".to_owned());
        }
    }
    let required = std::env::var_os("LXD_INTEGRATOR_REQUIRE_REAL").is_some();
    if required && !missing.is_empty() {
        println!("  which LXD_INTEGRATOR_REQUIRE_REAL does not allow");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
