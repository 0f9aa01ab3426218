//! What `build-charm.sh` writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use charm_pack::archive::read;
use charm_pack::check::MAX_BINARY;
use charm_pack::elf;
use charm_pack::linked::linked;
use charm_pack::manifest::Arch;
use charm_pack::sbom::{SECTION, auditable};
use charm_pack::tree::{Node, Tree};
use lab::charm;
use lxd_integrator::{decision::event::ACTIONS, hook::environment::HOOKS};
use serde_yaml::Value;
use sha2::{Digest, Sha256};

/// The architecture that the charm is built for here, as Juju calls it.
const ARCH: &str = if cfg!(target_arch = "aarch64") {
    "arm64"
} else {
    "amd64"
};

fn for_juju_3() -> Tree {
    read(&charm::archive()).unwrap()
}

fn for_juju_2_9() -> Tree {
    read(&charm::archive_for_2_9()).unwrap()
}

fn file<'a>(tree: &'a Tree, name: &str) -> (u32, &'a [u8]) {
    match tree.get(name) {
        Some(Node::File { mode, content }) => (*mode, content),
        other => panic!("{name}: {other:?}"),
    }
}

/// The hooks and actions in the charm.
fn links() -> impl Iterator<Item = String> {
    let hooks = HOOKS.iter().map(|hook| format!("hooks/{hook}"));
    let actions = ACTIONS
        .iter()
        .map(|(action, _)| format!("actions/{action}"));
    hooks.chain(actions)
}

/// The channels in the manifest, each of which names Ubuntu and one architecture.
fn channels(tree: &Tree) -> Vec<String> {
    let manifest: Value = serde_yaml::from_slice(file(tree, "manifest.yaml").1).unwrap();
    let bases = manifest["bases"].as_sequence().unwrap();
    for base in bases {
        assert_eq!(base["name"], "ubuntu");
        assert_eq!(base["architectures"], Value::from(vec![ARCH]));
    }
    bases
        .iter()
        .map(|base| {
            base["channel"]
                .as_str()
                .expect("a channel is a string")
                .to_owned()
        })
        .collect()
}

#[test]
fn are_named_for_the_architecture_and_lie_in_dist() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("dist");
    assert_eq!(
        charm::archive(),
        dist.join(format!("lxd-integrator_{ARCH}.charm"))
    );
    assert_eq!(
        charm::archive_for_2_9(),
        dist.join(format!("lxd-integrator_juju2.9_{ARCH}.charm"))
    );
}

#[test]
fn differ_in_the_manifest_alone() {
    let (mut one, mut other) = (for_juju_3(), for_juju_2_9());
    assert_ne!(one.remove("manifest.yaml"), other.remove("manifest.yaml"));
    assert_eq!(one, other);
}

#[test]
fn name_the_bases_that_each_juju_knows() {
    assert_eq!(
        channels(&for_juju_3()),
        ["26.04", "24.04", "22.04", "20.04"]
    );
    assert_eq!(
        channels(&for_juju_2_9()),
        ["22.04", "20.04", "18.04", "16.04"]
    );
}

#[test]
fn hold_the_charm_and_nothing_else() {
    let tree = for_juju_3();
    let mut expected: BTreeSet<String> = links().collect();
    let files = [
        "LICENSE",
        "actions.yaml",
        "config.yaml",
        "icon.svg",
        "manifest.yaml",
        "metadata.yaml",
    ];
    expected.extend(files.map(str::to_owned));
    expected.extend(["README.md".to_owned(), "lxd-integrator".to_owned()]);
    assert_eq!(tree.keys().cloned().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn hold_the_files_as_they_are_here() {
    let tree = for_juju_3();
    for name in [
        "LICENSE",
        "README.md",
        "actions.yaml",
        "config.yaml",
        "icon.svg",
        "metadata.yaml",
    ] {
        let here = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
        assert_eq!(file(&tree, name), (0o644, here.as_slice()), "{name}");
    }
}

#[test]
fn link_every_hook_and_action_to_the_executable() {
    let tree = for_juju_3();
    let link = Node::Link {
        target: "../lxd-integrator".to_owned(),
    };
    for name in links() {
        assert_eq!(tree.get(&name), Some(&link), "{name}");
    }
}

#[test]
fn hold_a_static_executable_of_modest_size() {
    let tree = for_juju_3();
    let (mode, binary) = file(&tree, "lxd-integrator");
    assert_eq!(mode, 0o755);
    assert_eq!(elf::problem(binary, ARCH.parse::<Arch>().unwrap()), None);
    assert!(binary.len() < MAX_BINARY, "{} bytes", binary.len());
}

#[test]
fn have_a_bill_of_what_is_linked_beside_them() {
    for archive in [charm::archive(), charm::archive_for_2_9()] {
        let bill = fs::read(archive.with_extension("cdx.json")).unwrap();
        let bill: Value = serde_yaml::from_slice(&bill).unwrap();
        let charm = &bill["metadata"]["component"];
        assert_eq!(charm["version"], env!("CARGO_PKG_VERSION"));
        let digest: String = Sha256::digest(fs::read(&archive).unwrap())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(charm["hashes"][0]["content"], digest.as_str());
        let components = bill["components"].as_sequence().unwrap();
        let names: BTreeSet<&str> = components
            .iter()
            .filter_map(|c| c["name"].as_str())
            .collect();
        let linked = ["glibc", "reqwest", "ring", "rust", "rustls"].into();
        assert!(names.is_superset(&linked), "{names:?}");
        let build_only = ["cc", "proptest", "serde_derive", "syn", "tempfile", "zip"].into();
        assert!(names.is_disjoint(&build_only), "{names:?}");
    }
}

#[test]
fn have_the_list_of_packages_where_tools_look_for_it() {
    let tree = for_juju_3();
    let (_, binary) = file(&tree, "lxd-integrator");
    let name = SECTION.as_bytes();
    assert!(binary.windows(name.len()).any(|bytes| bytes == name));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = auditable(&linked(root, ARCH.parse().unwrap()).unwrap());
    assert!(list.len() < 20_000, "{} bytes", list.len());
    assert!(binary.windows(list.len()).any(|bytes| bytes == list));
}

#[test]
fn do_not_tell_where_they_were_built() {
    let tree = for_juju_3();
    let text = String::from_utf8_lossy(file(&tree, "lxd-integrator").1);
    for variable in [
        "CARGO_HOME",
        "CARGO_MANIFEST_DIR",
        "CARGO_TARGET_DIR",
        "HOME",
    ] {
        let folder = std::env::var(variable).unwrap_or_default();
        // A home of `/` or `/root` is too short to mean anything.
        let folder = if variable == "HOME" {
            format!("{folder}/.cargo")
        } else {
            folder
        };
        assert!(
            folder.is_empty() || !text.contains(&folder),
            "{variable}={folder} is in the executable"
        );
    }
}

#[test]
fn are_the_same_bytes_when_built_again() {
    let contents = |paths: [_; 2]| paths.map(|path: std::path::PathBuf| fs::read(path).unwrap());
    let before = contents([charm::archive(), charm::archive_for_2_9()]);
    assert!(before == contents(charm::build()), "a second build differs");
}
