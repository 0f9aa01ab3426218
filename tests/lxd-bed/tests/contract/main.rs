//! One suite of cases, run against the simulation and, where LXD can be started, against LXD.
//!
//! A case asserts the same of both, so whatever the simulation gets wrong fails here on a machine
//! with LXD. Any argument is a filter: `cargo test --test contract -- adding::`.

#![expect(
    clippy::print_stdout,
    reason = "printing the outcome is what the target is for"
)]

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use lxd_bed::{Daemon, Options};

use side::Side;

/// Makes the table of a module's cases, each under the name of its function.
macro_rules! cases {
    ($module:literal: $($case:ident),+ $(,)?) => {
        /// The cases of this module.
        pub(crate) const CASES: &[crate::Case] = &[
            $((concat!($module, "::", stringify!($case)), $case)),+
        ];
    };
}

mod adding;
mod changing;
mod fingerprints;
mod lifecycle;
mod names;
mod removing;
mod restricted;
mod server;
mod side;
mod tls;
mod untrusted;

/// A case: its name and what it does.
type Case = (&'static str, fn(&Side));

fn main() -> ExitCode {
    let filter: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let chosen: Vec<Case> = [
        server::CASES,
        untrusted::CASES,
        adding::CASES,
        names::CASES,
        fingerprints::CASES,
        removing::CASES,
        changing::CASES,
        restricted::CASES,
        tls::CASES,
        lifecycle::CASES,
    ]
    .concat()
    .into_iter()
    .filter(|(name, _)| filter.is_empty() || filter.iter().any(|part| name.contains(part)))
    .collect();

    let simulation = Daemon::simulated(Options::named("node"));
    let simulated_version = simulation.version().to_owned();
    let simulation = run("simulation", simulation, &chosen);
    let real = match Daemon::real(Options::named("node")) {
        Ok(daemon) if daemon.version() != simulated_version => Outcome::not_there(&format!(
            "LXD {} is here, {simulated_version} is simulated",
            daemon.version()
        )),
        Ok(daemon) => run(&format!("LXD {}", daemon.version()), daemon, &chosen),
        Err(reason) => Outcome::not_there(&reason.to_string()),
    };
    println!(
        "contract: {} cases, {}, {}",
        chosen.len(),
        simulation.text,
        real.text
    );
    match simulation.good && real.good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

struct Outcome {
    good: bool,
    text: String,
}

impl Outcome {
    fn not_there(reason: &str) -> Self {
        Self {
            good: true,
            text: format!("no real LXD ({reason})"),
        }
    }
}

/// Runs the cases one after another on one server; each brings certificates of its own.
fn run(label: &str, daemon: Daemon, cases: &[Case]) -> Outcome {
    let side = Side { daemon };
    let mut failed = Vec::new();
    for (name, case) in cases {
        // The panic's own message, with its place, has been printed by then.
        if panic::catch_unwind(AssertUnwindSafe(|| case(&side))).is_err() {
            println!("{label}: {name} FAILED\n");
            failed.push(*name);
        }
    }
    let passed = format!("{label} {} passed", cases.len() - failed.len());
    Outcome {
        good: failed.is_empty(),
        text: match failed.is_empty() {
            true => passed,
            false => format!("{passed} and FAILED {}", failed.join(" ")),
        },
    }
}
