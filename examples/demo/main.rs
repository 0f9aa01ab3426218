//! `cargo demo`: the charm's main job as a story, in a simulated model, on a simulated or a real LXD.
//!
//! What is printed about the charm is read from the model and from LXD. Fixed texts are only what somebody does, and why.

use std::{
    io::{self, Write as _},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use lab::charm;
use lxd_bed::{Daemon, NotThere, Options, certificates};
use serde_json::json;

use arguments::{Arguments, Lxd, Wish};
use screen::Screen;
use stage::{Stage, Told};

mod arguments;
mod check;
mod hook;
mod introduction;
mod picture;
mod screen;
mod shorten;
mod show;
mod stage;
mod story;
mod summary;

/// Wrong arguments, or no real LXD: nothing was shown.
const NOTHING_SHOWN: u8 = 2;

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    match arguments::parse(words.map(|word| word.to_string_lossy().into_owned())) {
        Ok(Wish::Help) => match io::stdout().write_all(arguments::USAGE.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Ok(Wish::Show(arguments)) => demo(&arguments),
        Err(problem) => {
            say(&format!("cargo demo: {problem}\n\n{}", arguments::USAGE));
            ExitCode::from(NOTHING_SHOWN)
        }
    }
}

fn demo(arguments: &Arguments) -> ExitCode {
    // Before the charm, which may take minutes to build.
    let lxd = match start(*arguments) {
        Ok(lxd) => lxd,
        Err(reason) => {
            say(&format!("cargo demo: {reason}"));
            say("--lxd real needs root and the package lxd: apt-get install lxd");
            return ExitCode::from(NOTHING_SHOWN);
        }
    };
    say("Building the charm with build-charm.sh; the first time this takes a few minutes.");
    if charm::build_aloud().is_none() {
        say("cargo demo: the charm could not be built");
        return ExitCode::FAILURE;
    }
    // The model and the LXD of the tests panic where something cannot be, which also means that the story did not end well.
    let told = panic::catch_unwind(AssertUnwindSafe(|| tell(lxd, *arguments)));
    match told {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) | Err(_) => ExitCode::FAILURE,
        Ok(Err(error)) => {
            say(&format!("cargo demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments) -> Result<Daemon, NotThere> {
    let options = match arguments.cluster {
        true => Options::named("node-1").members(3),
        false => Options::named("node-1"),
    };
    match arguments.lxd {
        Lxd::Simulated => Ok(Daemon::simulated(options)),
        Lxd::Real => Daemon::real(options),
    }
}

/// The whole story; whether every step ended as it should.
fn tell(lxd: Daemon, arguments: Arguments) -> Told<bool> {
    // Somebody who has nothing to do with the charm: her entry stays whatever happens.
    lxd.trust(
        &certificates::make("alice").certificate_pem,
        "alice's laptop",
    );
    if arguments.cluster && arguments.lxd == Lxd::Real {
        // The heartbeats of a member may be late, on a busy machine or after the outage: none is Offline for that.
        let config = json!({"config": {"cluster.offline_threshold": "600"}});
        lxd.client(Some(lxd.admin())).patch("/1.0", &config)?;
    }
    let mut stage = Stage::new(lxd, arguments.juju, Screen::stdout());
    story::tell(&mut stage, arguments.lxd)?;
    summary::show(&mut stage)
}

/// For the person at the terminal; what is shown goes to standard output.
#[allow(clippy::print_stderr, reason = "a program talks to its user")]
fn say(text: &str) {
    eprintln!("{text}");
}
