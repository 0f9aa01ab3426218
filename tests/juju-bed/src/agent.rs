//! Runs one hook or action as Juju's unit agent does: environment, files, hook tools, commit.

use std::{path::PathBuf, time::Duration};

use crate::context::{Context, Effects};

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
    /// What is to become of it.
    pub effects: Effects,
}

/// Runs what `context.run` names in `place` and says what came of it. Nothing outside `place.base` is changed.
///
/// # Errors
/// Only what the bed itself cannot do (no socket, no tools folder), never what the hook does.
pub fn run(place: &Place, context: &Context) -> std::io::Result<Ran> {
    let _ = (place, context);
    unimplemented!("to be written")
}
