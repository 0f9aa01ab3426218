//! What is written.

use std::fs;
use std::os::unix::fs::symlink;

use charm_pack::archive::read;
use charm_pack::tree::Node;

use crate::charm::{Charm, PT_INTERP, executable};

#[test]
fn what_is_read_back_is_the_charm() {
    let charm = Charm::new();
    charm.pack().unwrap();
    let read = read(&charm.archive()).unwrap();
    assert_eq!(read, charm.tree());
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    let expected = [
        "LICENSE",
        "README.md",
        "actions.yaml",
        "config.yaml",
        "hooks/install",
        "icon.svg",
        "lxd-integrator",
        "manifest.yaml",
        "metadata.yaml",
    ];
    assert_eq!(names, expected);
}

#[test]
fn links_stay_links_and_the_executable_can_be_run() {
    let charm = Charm::new();
    charm.pack().unwrap();
    let read = read(&charm.archive()).unwrap();
    assert_eq!(
        read["hooks/install"],
        Node::Link {
            target: "../lxd-integrator".to_owned()
        }
    );
    assert!(matches!(
        read["lxd-integrator"],
        Node::File { mode: 0o755, .. }
    ));
    assert!(matches!(
        read["metadata.yaml"],
        Node::File { mode: 0o644, .. }
    ));
}

#[test]
fn actions_go_in_where_there_are_any() {
    let charm = Charm::new();
    fs::create_dir(charm.path("actions")).unwrap();
    symlink("../lxd-integrator", charm.path("actions/check")).unwrap();
    charm.pack().unwrap();
    let read = read(&charm.archive()).unwrap();
    assert!(read.contains_key("actions/check"));
}

#[test]
fn the_same_charm_gives_the_same_bytes() {
    let (one, other) = (Charm::new(), Charm::new());
    one.pack().unwrap();
    other.pack().unwrap();
    assert!(fs::read(one.archive()).unwrap() == fs::read(other.archive()).unwrap());
}

#[test]
fn a_bad_charm_leaves_the_old_archive_and_nothing_else() {
    let charm = Charm::new();
    charm.pack().unwrap();
    let (archive, files) = (
        fs::read(charm.archive()).unwrap(),
        fs::read_dir(charm.path("")).unwrap().count(),
    );
    fs::write(charm.path("built"), executable(PT_INTERP)).unwrap();
    charm.pack().unwrap_err();
    assert!(archive == fs::read(charm.archive()).unwrap());
    assert_eq!(files, fs::read_dir(charm.path("")).unwrap().count());
}

#[test]
fn a_hook_that_is_no_link_is_named() {
    let charm = Charm::new();
    fs::write(charm.path("hooks/stop"), "../lxd-integrator").unwrap();
    let expected = "hooks/stop: is not a symbolic link (a checkout with core.symlinks=false?)";
    assert!(charm.pack().unwrap_err().ends_with(expected));
}

#[test]
fn a_missing_file_is_named() {
    let charm = Charm::new();
    fs::remove_file(charm.path("icon.svg")).unwrap();
    assert!(
        charm
            .pack()
            .unwrap_err()
            .ends_with("icon.svg: No such file or directory (os error 2)")
    );
}
