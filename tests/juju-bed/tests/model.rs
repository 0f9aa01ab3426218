//! What a recorded session does not reach: refusals of archives, coalescing, failing hooks, leaving units, copies, remote sides.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use juju_bed::{
    context::Version,
    model::{Deploy, Model},
};
use tempfile::TempDir;

/// A charm made of shell scripts.
struct Shell {
    dir: TempDir,
}

impl Shell {
    fn new(metadata: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let manifest = "bases: [{name: ubuntu, channel: \"22.04\"}]\n";
        let charm = Self { dir };
        charm.file(
            "metadata.yaml",
            &format!("summary: s\ndescription: d\n{metadata}"),
            0o644,
        );
        charm.file("manifest.yaml", manifest, 0o644);
        charm.file("hooks/install", "#!/bin/sh\n", 0o755);
        charm
    }

    fn file(&self, name: &str, text: &str, mode: u32) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn hook(&self, name: &str, script: &str) -> &Self {
        self.file(
            &format!("hooks/{name}"),
            &format!("#!/bin/sh\n{script}\n"),
            0o755,
        )
    }

    fn link(&self, name: &str, target: &str) -> &Self {
        symlink(target, self.path().join(name)).unwrap();
        self
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }
}

const HOOKS: [&str; 7] = [
    "install",
    "start",
    "config-changed",
    "leader-elected",
    "update-status",
    "stop",
    "remove",
];

/// A charm on which every hook runs and does nothing.
fn quiet(metadata: &str, endpoints: &[&str]) -> Shell {
    let charm = Shell::new(metadata);
    for name in HOOKS {
        charm.hook(name, "");
    }
    for endpoint in endpoints {
        for kind in ["created", "joined", "changed", "departed", "broken"] {
            charm.hook(&format!("{endpoint}-relation-{kind}"), "");
        }
    }
    charm
}

fn provider() -> Shell {
    quiet("name: giver\nprovides: {api: lxd}\n", &["api"])
}

fn requirer() -> Shell {
    quiet("name: taker\nrequires: {lxd: lxd}\n", &["lxd"])
}

#[test]
fn two_applications_meet() {
    let (giver, taker) = (provider(), requirer());
    giver.hook("api-relation-created", "relation-set greeting=hello");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(giver.path(), "giver").unwrap();
    model.deploy(taker.path(), "taker").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0"),
        ["install", "leader-elected", "config-changed", "start"]
    );

    let relation = model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("taker/0")[4..],
        [
            "lxd-relation-created",
            "lxd-relation-joined",
            "lxd-relation-changed"
        ]
    );
    assert_eq!(
        model.databag(relation, "giver/0").unwrap()["greeting"],
        "hello"
    );
}
