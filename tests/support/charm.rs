//! The charm as `build-charm.sh` builds it, once in a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The archive for Juju 3.x and 4.x.
pub(crate) fn archive() -> PathBuf {
    archives()[0].clone()
}

/// The archive for Juju 2.9.
#[allow(dead_code, reason = "most tests deploy the other one")]
pub(crate) fn archive_for_2_9() -> PathBuf {
    archives()[1].clone()
}

fn archives() -> &'static [PathBuf; 2] {
    static ARCHIVES: OnceLock<[PathBuf; 2]> = OnceLock::new();
    ARCHIVES.get_or_init(build)
}

/// Builds, and returns what the script printed: the two archives.
pub(crate) fn build() -> [PathBuf; 2] {
    let output = script().output().expect("build-charm.sh can be run");
    assert!(
        output.status.success(),
        "build-charm.sh failed:\n{}",
        stderr(&output)
    );
    let printed = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let paths: Vec<PathBuf> = printed.lines().map(PathBuf::from).collect();
    paths
        .try_into()
        .unwrap_or_else(|_| panic!("build-charm.sh prints two paths:\n{printed}"))
}

/// The script, run from a folder that is not the project's.
pub(crate) fn script() -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("build-charm.sh"));
    command.current_dir("/");
    command
}

/// What a command said on standard error.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
