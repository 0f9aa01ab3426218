//! Charms made of shell scripts, and small models with them.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use juju_bed::{
    context::Version,
    model::{Entry, Model},
};
use tempfile::TempDir;

/// Every Juju that is simulated.
pub(crate) const VERSIONS: [Version; 3] = [Version::V2_9, Version::V3_6, Version::V4_0];

/// A charm made of shell scripts.
pub(crate) struct Shell {
    dir: TempDir,
}

impl Shell {
    pub(crate) fn new(metadata: &str) -> Self {
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

    pub(crate) fn file(&self, name: &str, text: &str, mode: u32) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    pub(crate) fn hook(&self, name: &str, script: &str) -> &Self {
        self.file(
            &format!("hooks/{name}"),
            &format!("#!/bin/sh\n{script}\n"),
            0o755,
        )
    }

    pub(crate) fn link(&self, name: &str, target: &str) -> &Self {
        symlink(target, self.path().join(name)).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
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
pub(crate) fn quiet(metadata: &str, endpoints: &[&str]) -> Shell {
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

pub(crate) fn provider() -> Shell {
    quiet("name: giver\nprovides: {api: lxd}\n", &["api"])
}

pub(crate) fn requirer() -> Shell {
    quiet("name: taker\nrequires: {lxd: lxd}\n", &["lxd"])
}

/// A charm with one unit, settled.
pub(crate) fn deployed(version: Version, charm: &Shell, name: &str) -> Model {
    let mut model = Model::new(version).unwrap();
    model.deploy(charm.path(), name).unwrap();
    model.settle().unwrap();
    model
}

/// A provider and a remote side of one unit, related and settled.
pub(crate) fn related(version: Version) -> (Model, u32) {
    related_to(version, &provider(), [1, 1])
}

/// The same with a charm that does more, and with so many units on our side and the remote one.
pub(crate) fn related_to(version: Version, charm: &Shell, units: [u32; 2]) -> (Model, u32) {
    let mut model = Model::new(version).unwrap();
    model.deploy(charm.path(), "giver").unwrap();
    model.add_units("giver", units[0] - 1).unwrap();
    model.remote("asks", units[1]).unwrap();
    let relation = model.integrate("giver:api", "asks:lxd").unwrap();
    model.settle().unwrap();
    (model, relation)
}

pub(crate) fn variable(entry: &Entry, name: &str) -> String {
    entry
        .ran
        .env
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}
