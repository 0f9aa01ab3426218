//! How `build-charm.sh` speaks.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::{env, fs};

use tempfile::TempDir;

use crate::charm::{script, stderr};

/// A folder of commands: some of the machine's, and some that the test writes.
struct Commands(TempDir);

impl Commands {
    fn new(names: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        for name in names {
            symlink(find(name), folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn with(self, name: &str, text: &str) -> Self {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// What the script says when these are all the commands there are.
    fn complaint(&self) -> String {
        let output = script().env("PATH", self.0.path()).output().unwrap();
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(1), b"".as_slice())
        );
        stderr(&output)
    }
}

/// Where the machine has a command.
fn find(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not on PATH"))
}

#[test]
fn explains_itself() {
    let output = script().arg("--help").output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("Usage: build-charm.sh"));
}

#[test]
fn refuses_what_it_does_not_know() {
    let output = script().arg("--relase").output().unwrap();
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(2), b"".as_slice())
    );
    assert!(stderr(&output).contains("Usage: build-charm.sh"));
}

#[test]
fn names_the_missing_toolchain() {
    let complaint = Commands::new(&["dirname"]).complaint();
    assert!(
        complaint.starts_with("build-charm: cargo is missing; install Rust with rustup"),
        "{complaint}"
    );
}

#[test]
fn names_the_package_of_the_missing_compiler() {
    let complaint = Commands::new(&["dirname", "cargo", "rustc"]).complaint();
    assert_eq!(
        complaint,
        "build-charm: cc is missing; apt-get install gcc libc6-dev\n"
    );
}

#[test]
fn names_the_package_of_the_missing_library() {
    let commands =
        Commands::new(&["dirname", "cargo", "rustc"]).with("cc", "#!/bin/sh\necho libc.a\n");
    let expected =
        "build-charm: the static C library, libc.a, is missing; apt-get install libc6-dev\n";
    assert_eq!(commands.complaint(), expected);
}

#[test]
fn refuses_a_machine_that_juju_has_no_charm_for() {
    let rustc = "#!/bin/sh\necho host: riscv64gc-unknown-linux-gnu\n";
    let cc = "#!/bin/sh\necho /libc.a\n";
    let complaint = Commands::new(&["dirname", "sed", "cargo"])
        .with("rustc", rustc)
        .with("cc", cc)
        .complaint();
    assert!(
        complaint.ends_with("not on riscv64gc-unknown-linux-gnu\n"),
        "{complaint}"
    );
}

#[test]
fn is_executable() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("build-charm.sh");
    assert_eq!(
        fs::metadata(path).unwrap().permissions().mode() & 0o111,
        0o111
    );
}
