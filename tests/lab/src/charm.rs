//! The charm as `build-charm.sh` builds it, once in a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use juju_bed::context::Version;

static ARCHIVES: OnceLock<[PathBuf; 2]> = OnceLock::new();

/// The archive for Juju 3.x and 4.x.
pub fn archive() -> PathBuf {
    archives()[0].clone()
}

/// The archive for Juju 2.9.
pub fn archive_for_2_9() -> PathBuf {
    archives()[1].clone()
}

/// The archive that this Juju takes.
pub fn archive_for(version: Version) -> PathBuf {
    match version {
        Version::V2_9 => archive_for_2_9(),
        _ => archive(),
    }
}

/// Names the archives to try instead, one a line; tests/any_arch does.
const GIVEN: &str = "LXD_INTEGRATOR_ARCHIVES";

fn archives() -> &'static [PathBuf; 2] {
    ARCHIVES.get_or_init(|| std::env::var(GIVEN).map_or_else(|_| build(), |given| paths(&given)))
}

/// Builds, and returns what the script printed: the two archives.
pub fn build() -> [PathBuf; 2] {
    let output = script().output().expect("build-charm.sh can be run");
    assert!(
        output.status.success(),
        "build-charm.sh failed:\n{}",
        stderr(&output)
    );
    printed(output)
}

/// The same with the progress on standard error; `None` if it fails, for the reason that stands there.
pub fn build_aloud() -> Option<PathBuf> {
    let output = script().stderr(Stdio::inherit()).output().ok()?;
    let built = output.status.success().then(|| printed(output))?;
    Some(ARCHIVES.get_or_init(|| built)[0].clone())
}

fn printed(output: Output) -> [PathBuf; 2] {
    paths(&String::from_utf8(output.stdout).expect("paths are UTF-8"))
}

fn paths(lines: &str) -> [PathBuf; 2] {
    let paths: Vec<PathBuf> = lines.lines().map(PathBuf::from).collect();
    paths
        .try_into()
        .unwrap_or_else(|_| panic!("two archives are needed:\n{lines}"))
}

/// The script, run from a folder that is not the project's.
pub fn script() -> Command {
    let mut command =
        Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../build-charm.sh"));
    command.current_dir("/");
    command
}

/// What a command said on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
