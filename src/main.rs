//! The charm as a program: every hook is a symlink to it.

#![warn(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]

use std::{
    env,
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use lxd_integrator::{
    deadline::Deadlines,
    decision::event::Verdict,
    error,
    hook::environment::{Environment, HOOKS},
    juju,
    lxd::nss,
};

fn main() -> ExitCode {
    nss::use_files_and_dns();
    let deadlines = Deadlines::start(variable);
    if variable("JUJU_CONTEXT_ID").is_none() {
        return usage();
    }
    juju::log_to_juju();
    // Juju shows a hook's output to people as it is; a panic belongs into the log.
    std::panic::set_hook(Box::new(|panic| {
        juju::log_line("ERROR", &panic.to_string());
        std::process::exit(1);
    }));
    let program = env::args().next().unwrap_or_default();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let verdict = match Environment::read(variable, &program) {
        Ok(environment) => {
            lxd_integrator::run(&environment, &deadlines, now).map_err(|e| error::chain(&e))
        }
        Err(error) => Err(error::chain(&error)),
    };
    match verdict {
        Ok(Verdict::Done) => ExitCode::SUCCESS,
        Ok(Verdict::Again) => ExitCode::FAILURE,
        Err(text) => {
            juju::log_line("ERROR", &text);
            ExitCode::FAILURE
        }
    }
}

fn variable(name: &'static str) -> Option<String> {
    env::var(name).ok()
}

#[allow(clippy::print_stderr)]
fn usage() -> ExitCode {
    eprintln!(
        "lxd-integrator {}: a Juju charm that lets other charms use an LXD that somebody else runs.\n\
         \n\
         It is not run by hand. Juju runs it as each of its hooks:\n  {}\n\
         \n\
         Deploy it with: juju deploy ./lxd-integrator_<arch>.charm",
        env!("CARGO_PKG_VERSION"),
        HOOKS.join(" ")
    );
    ExitCode::from(2)
}
