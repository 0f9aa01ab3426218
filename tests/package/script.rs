//! How `build-charm.sh` speaks.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::{env, fs};

use lab::charm::{script, stderr};
use tempfile::TempDir;

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
    fn complaint(&self, arguments: &[&str]) -> String {
        let mut script = script();
        let output = script
            .args(arguments)
            .env("PATH", self.0.path())
            .output()
            .unwrap();
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
    let complaint = Commands::new(&["dirname"]).complaint(&[]);
    assert!(
        complaint.starts_with("build-charm: cargo is missing; install Rust with rustup"),
        "{complaint}"
    );
}

/// What the script can do before it needs more than these; Rust is that of an amd64 machine without other targets.
fn amd64() -> Commands {
    let rustc = "#!/bin/sh\necho host: x86_64-unknown-linux-gnu\n";
    Commands::new(&["dirname", "sed", "cargo"]).with("rustc", rustc)
}

const TRUE: &str = "#!/bin/sh\n";
const COMPILER: &str = "#!/bin/sh\necho /libc.a\n";

#[test]
fn names_the_package_of_what_is_missing() {
    let native = "; apt-get install gcc libc6-dev\n";
    let cross = "; apt-get install crossbuild-essential-s390x\n";
    let tools: [(&[&str], &str, &str, &str); 2] = [
        (&[], "cc", "objcopy", native),
        (
            &["--arch", "s390x"],
            "s390x-linux-gnu-gcc",
            "s390x-linux-gnu-objcopy",
            cross,
        ),
    ];
    for (arguments, compiler, objcopy, package) in tools {
        let missing = |name| format!("build-charm: {name} is missing{package}");
        let commands = amd64();
        assert_eq!(commands.complaint(arguments), missing(compiler));
        let commands = amd64().with(compiler, "#!/bin/sh\necho libc.a\n");
        assert_eq!(commands.complaint(arguments), missing(objcopy));
        let commands = commands.with(objcopy, TRUE);
        let library = missing("the static C library, libc.a,");
        assert_eq!(commands.complaint(arguments), library);
    }
}

#[test]
fn names_the_missing_library_of_rust() {
    let commands = amd64()
        .with("s390x-linux-gnu-gcc", COMPILER)
        .with("s390x-linux-gnu-objcopy", TRUE);
    let expected = "build-charm: Rust's library for s390x is missing; rustup target add s390x-unknown-linux-gnu\n";
    assert_eq!(commands.complaint(&["--arch", "s390x"]), expected);
}

#[test]
fn refuses_an_architecture_that_juju_has_no_charm_for() {
    let armhf =
        "build-charm: unknown architecture armhf: one of amd64, arm64, ppc64el, riscv64, s390x\n";
    assert_eq!(amd64().complaint(&["--arch", "armhf"]), armhf);
    let i686 = "#!/bin/sh\necho host: i686-unknown-linux-gnu\n";
    let complaint = amd64().with("rustc", i686).complaint(&[]);
    assert_eq!(
        complaint,
        "build-charm: Juju has no charms for i686-unknown-linux-gnu\n"
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
