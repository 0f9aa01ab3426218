//! Runs one hook or action as Juju's unit agent does: environment, files, hook tools, commit.

mod end;
mod env;
mod files;
mod kill;
mod output;
mod process;
mod serve;
mod signals;
mod wire;

use std::{io, path::PathBuf, time::Duration};

use crate::context::{Context, Effects, Run};

pub(crate) use end::ActionSoFar;
pub(crate) use files::system_words;
pub use kill::Process;

use files::Handler;

/// Where a unit lives and what differs from one lab to another.
#[derive(Clone, Debug)]
pub struct Place {
    /// The agent's folder: `charm/` is in it, and the socket and the tools folder are made in it.
    pub base: PathBuf,
    /// What follows the tools folder on `PATH`.
    pub path: String,
    /// `JUJU_API_ADDRESSES`
    pub api_addresses: String,
    /// `JUJU_AVAILABILITY_ZONE`
    pub availability_zone: String,
    /// `JUJU_CHARM_NO_PROXY`
    pub no_proxy: String,
    /// More variables, for a test's own purposes; Juju sets none of them.
    pub extra_env: Vec<(String, String)>,
}

/// What is to happen to a run.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Knows the process while it runs, and can kill it.
    pub process: Process,
    /// The process is killed with SIGKILL when so many calls of hook tools have been served, before it hears the last
    /// answer; with 0 as soon as it has started.
    pub kill_after: Option<usize>,
}

/// One call of a hook tool by the hook.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool and its arguments.
    pub argv: Vec<String>,
    /// What it read, if it asked for its standard input.
    pub stdin: Option<Vec<u8>>,
    /// Its exit code.
    pub exit: i32,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it complained.
    pub stderr: Vec<u8>,
    /// How often the agent had to ask the controller for it.
    pub requests: usize,
}

/// How the process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It never began (missing, or not to be executed).
    NotRun,
}

/// What happened in one run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Full path as named, `argv[0]`.
    pub argv0: String,
    /// The environment it got.
    pub env: Vec<(String, String)>,
    /// Every hook-tool call, in the order of their ends.
    pub calls: Vec<Call>,
    /// How it ended.
    pub end: End,
    /// From start to end.
    pub wall: Duration,
    /// The most memory it held, in KiB, as seen at its last hook-tool call (`VmHWM`); 0 if unknown.
    pub peak_kib: u64,
    /// All that it printed; of a hook or an action, what Juju keeps of it is in the effects.
    pub stdout: Vec<u8>,
    /// All that it complained.
    pub stderr: Vec<u8>,
    /// What is to become of it.
    pub effects: Effects,
}

/// Runs what `context.run` names in `place` and says what came of it. Nothing outside `place.base` is changed.
///
/// # Errors
/// Only what the bed itself cannot do (no socket, no tools folder), never what the hook does. A run of `juju exec` has
/// no program of its own and belongs to [`exec`].
pub fn run(place: &Place, context: &Context, orders: &Orders) -> io::Result<Ran> {
    let folder = match context.run {
        Run::Exec => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "exec needs a command",
            ));
        }
        Run::Action { .. } => "actions",
        Run::Hook(_) | Run::RelationHook { .. } | Run::SecretChanged { .. } => "hooks",
    };
    let charm = place.base.join("charm");
    let name = format!("{folder}/{}", env::run_name(context));
    match files::handler(&charm, &name) {
        Handler::Found(program) => {
            process::run(place, context, orders, &[program.into_os_string()])
        }
        Handler::Missing => Ok(end::without_process(context, &charm.join(name), None)),
        Handler::Unusable(reason) => Ok(end::without_process(
            context,
            &charm.join(name),
            Some(&reason),
        )),
    }
}

/// Runs a command as `juju exec` does; what it set is kept whatever its exit code.
///
/// # Errors
/// As [`run`], and if no command is given.
pub fn exec(place: &Place, context: &Context, orders: &Orders, argv: &[String]) -> io::Result<Ran> {
    if argv.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "exec needs a command",
        ));
    }
    let context = Context {
        run: Run::Exec,
        ..context.clone()
    };
    let argv: Vec<_> = argv.iter().map(Into::into).collect();
    process::run(place, &context, orders, &argv)
}
