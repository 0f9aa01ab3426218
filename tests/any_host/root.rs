//! The other release's root, with an `/etc` and a `/mnt` of the test's own laid over it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What the charm runs in `config-changed`.
const TOOLS: [&str; 9] = [
    "config-get",
    "goal-state",
    "juju-log",
    "application-version-set",
    "relation-ids",
    "state-get",
    "state-set",
    "status-get",
    "status-set",
];

/// The root as it is seen in a mount namespace of one's own.
pub(crate) struct Root {
    folder: PathBuf,
    ours: TempDir,
}

impl Root {
    /// Lays the folders over the root. They go with the namespace.
    pub(crate) fn enter(folder: &Path) -> Self {
        let root = Self {
            folder: folder.to_owned(),
            ours: TempDir::new().expect("a temporary folder"),
        };
        for name in ["etc", "mnt"] {
            fs::create_dir(root.ours.path().join(name)).expect("it is new");
            fs::create_dir_all(folder.join(name)).expect("it is root's");
            mount("--bind", &root.ours.path().join(name), &folder.join(name));
        }
        mount("--rbind", Path::new("/dev"), &folder.join("dev"));
        root.write("etc/resolv.conf", "nameserver 127.0.0.1\n");
        root
    }

    /// Puts the hook tools where [`Root::run`] finds them.
    pub(crate) fn add_tools(&self) {
        let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/any_host/hook_tool.sh");
        self.add(&tool, "hook-tool");
        for name in TOOLS {
            symlink("hook-tool", self.path("mnt").join(name)).expect("it is new");
        }
    }

    /// Copies a program to `/mnt`.
    pub(crate) fn add(&self, program: &Path, name: &str) {
        fs::copy(program, self.path("mnt").join(name)).expect("a program can be copied");
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder is ours");
    }

    /// A file, empty if it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Removes a file if it is there.
    pub(crate) fn remove(&self, name: &str) {
        let _was_not_there = fs::remove_file(self.path(name));
    }

    /// Runs a program of `/mnt` in the root to its end.
    pub(crate) fn run(
        &self,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Output {
        Command::new("chroot")
            .arg(&self.folder)
            .arg(format!("/mnt/{program}"))
            .args(arguments)
            .env_clear()
            // For chroot as well, which is outside.
            .env("PATH", "/mnt:/usr/sbin:/usr/bin:/sbin:/bin")
            .envs(variables.iter().copied())
            .output()
            .expect("chroot can be run")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.ours.path().join(name)
    }
}

fn mount(kind: &str, source: &Path, target: &Path) {
    let status = Command::new("mount")
        .arg(kind)
        .args([source, target])
        .status();
    let good = status.is_ok_and(|status| status.success());
    assert!(
        good,
        "mount {kind} {} {}",
        source.display(),
        target.display()
    );
}
