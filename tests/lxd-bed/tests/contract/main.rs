//! One suite of cases, run against the simulation in all its versions and, where they can be
//! started, against LXD and Incus.
//!
//! A case asserts the same of both, so whatever the simulation gets wrong fails here on a machine
//! with LXD and Incus. What a case is not for is left out by its scope. Any argument is a filter:
//! `cargo test --test contract -- adding::`; without one, how many cases each server passes is in `floor.rs`. With
//! `LXD_INTEGRATOR_REQUIRE_REAL`, a real server that is not there, or is not of the simulated version, is an error.

#![expect(
    clippy::print_stdout,
    reason = "printing the outcome is what the target is for"
)]

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::thread;

use lxd_bed::{Daemon, Options};

use floor::{REAL, SERVERS};
use scope::Scope;
use side::Side;

/// Makes the table of a module's cases, each under the name of its function and, behind `for`,
/// with the servers it is for; without one it is for all.
macro_rules! cases {
    ($module:literal: $($case:ident $(for $scope:ident)?),+ $(,)?) => {
        /// The cases of this module.
        pub(crate) const CASES: &[crate::Case] = &[
            $(crate::Case {
                name: concat!($module, "::", stringify!($case)),
                run: $case,
                scope: cases!(@scope $($scope)?),
            }),+
        ];
    };
    (@scope) => { crate::scope::all };
    (@scope $scope:ident) => { crate::scope::$scope };
}

mod adding;
mod changing;
mod enrolling;
mod fingerprints;
mod floor;
mod lifecycle;
mod members;
mod membership;
mod names;
mod projects;
mod removing;
mod restricted;
mod scope;
mod server;
mod side;
mod tls;
mod untrusted;

/// A case.
#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    run: fn(&Side),
    scope: Scope,
}

fn main() -> ExitCode {
    let filter: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let chosen = |cases: &[Case]| -> Vec<Case> {
        let cases = cases.iter().copied();
        cases
            .filter(|case| filter.is_empty() || filter.iter().any(|part| case.name.contains(part)))
            .collect()
    };
    let alone = chosen(
        &[
            server::CASES,
            untrusted::CASES,
            adding::CASES,
            names::CASES,
            fingerprints::CASES,
            removing::CASES,
            changing::CASES,
            restricted::CASES,
            projects::CASES,
            enrolling::CASES,
            tls::CASES,
            lifecycle::CASES,
        ]
        .concat(),
    );
    let clustered = chosen(&[members::CASES, membership::CASES].concat());

    let outcomes: Vec<Outcome> = [(1, &alone), (3, &clustered)]
        .into_iter()
        .filter(|(_, cases)| !cases.is_empty())
        .flat_map(|(members, cases)| on_all_servers(members, cases, filter.is_empty()))
        .collect();
    println!(
        "contract: {} cases for servers, {} for clusters",
        alone.len(),
        clustered.len()
    );
    for outcome in &outcomes {
        println!("  {}", outcome.text);
    }
    let unneeded = match filter.is_empty() {
        true => unneeded(&[(1, &alone), (3, &clustered)]),
        false => Vec::new(),
    };
    for name in &unneeded {
        println!("  {name} is listed in scope.rs, and is answered by all as by LXD 5.0");
    }
    match unneeded.is_empty() && outcomes.iter().all(|outcome| outcome.good) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// All servers, each of which has to pass as many as are listed if these are all cases there are.
fn on_all_servers(members: u32, cases: &[Case], all: bool) -> Vec<Outcome> {
    let options = |profile| Options::named("node").profile(profile).members(members);
    // The real ones wait more than they work.
    thread::scope(|scope| {
        let real = REAL.map(|profile| scope.spawn(move || real(options(profile), cases, all)));
        let simulated = SERVERS.map(|(profile, _)| {
            let daemon = Daemon::simulated(options(profile));
            run("simulated", daemon, cases, all)
        });
        let real = real.map(|side| side.join().expect("cases panic where they are caught"));
        simulated.into_iter().chain(real).collect()
    })
}

/// A real server that is of another version than the simulated one is not held to the cases.
fn real(options: Options, cases: &[Case], all: bool) -> Outcome {
    let profile = options.profile;
    match Daemon::counterpart(options) {
        Ok(daemon) => run("real", daemon, cases, all),
        Err(reason) => Outcome {
            good: std::env::var_os("LXD_INTEGRATOR_REQUIRE_REAL").is_none(),
            text: format!("real {profile}: NOT THERE: {reason}"),
        },
    }
}

/// What is left to the recordings, and would pass everywhere.
fn unneeded(suites: &[(u32, &Vec<Case>)]) -> Vec<&'static str> {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut unneeded = scope::RECORDED.to_vec();
    for profile in scope::TODAYS {
        for (members, cases) in suites {
            for case in cases.iter().filter(|case| (case.scope)(profile)) {
                if !unneeded.contains(&case.name) {
                    continue;
                }
                // Each with a server of its own: what fails may leave members that are down.
                let options = Options::named("node").profile(profile).members(*members);
                let daemon = Daemon::simulated(options);
                let side = Side { daemon };
                if panic::catch_unwind(AssertUnwindSafe(|| (case.run)(&side))).is_err() {
                    unneeded.retain(|name| *name != case.name);
                }
            }
        }
    }
    panic::set_hook(loud);
    unneeded
}

struct Outcome {
    good: bool,
    text: String,
}

/// Runs the cases one after another on one server; each brings certificates of its own.
fn run(kind: &str, daemon: Daemon, cases: &[Case], all: bool) -> Outcome {
    let members = daemon.members().len();
    let label = match members {
        1 => format!("{kind} {}", daemon.profile()),
        _ => format!("{kind} {}, {members} members", daemon.profile()),
    };
    let side = Side { daemon };
    let cases = cases.iter().filter(|case| (case.scope)(side.profile()));
    let cases = cases.filter(|case| !scope::is_recorded(side.profile(), case.name));
    // Names are unique today, and the cases share theirs.
    let simulated = side.daemon.requests().is_some();
    let beginning = simulated.then(|| side.daemon.snapshot());
    let (mut passed, mut failed) = (0, Vec::new());
    for Case { name, run, .. } in cases {
        if let Some(beginning) = &beginning {
            side.daemon.restore(beginning);
        }
        // The panic's own message, with its place, has been printed by then.
        if panic::catch_unwind(AssertUnwindSafe(|| run(&side))).is_ok() {
            passed += 1;
        } else {
            println!("{label}: {name} FAILED\n");
            failed.push(*name);
        }
    }
    let floor = floor::of(side.profile(), members);
    let mut text = format!("{label}: {passed} passed");
    if !failed.is_empty() {
        text += &format!(" and FAILED {}", failed.join(" "));
    } else if all && passed != floor {
        text += &format!(" where floor.rs has {floor}");
    }
    Outcome {
        good: failed.is_empty() && (!all || passed == floor),
        text,
    }
}
