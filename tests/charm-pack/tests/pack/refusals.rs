//! What is refused.

use charm_pack::check::{MAX_BINARY, problems};
use charm_pack::manifest::{Arch, Manifest};
use charm_pack::tree::{Node, Tree};

use crate::charm::{Charm, PT_INTERP, PT_LOAD, executable, manifest};

/// What is wrong with the small charm once it was changed.
fn wrong(change: impl FnOnce(&mut Tree)) -> Vec<String> {
    let mut tree = Charm::new().tree();
    change(&mut tree);
    problems(&tree, &manifest())
}

fn put(path: &'static str, node: Node) -> impl FnOnce(&mut Tree) {
    move |tree| {
        tree.insert(path.to_owned(), node);
    }
}

fn link(target: &str) -> Node {
    Node::Link {
        target: target.to_owned(),
    }
}

fn file(mode: u32) -> Node {
    Node::File {
        mode,
        content: Vec::new(),
    }
}

#[test]
fn a_good_charm_has_no_problem() {
    assert_eq!(wrong(|_| {}), [""; 0]);
}

#[test]
fn links_that_juju_refuses_or_skips() {
    let cases = [
        ("/usr/bin/true", "hooks/stop: /usr/bin/true is absolute"),
        (
            "../../true",
            "hooks/stop: ../../true leads out of the charm",
        ),
        (
            "../lxd-integrater",
            "hooks/stop: ../lxd-integrater does not exist",
        ),
        ("../LICENSE", "hooks/stop: ../LICENSE is not the executable"),
        ("install", "hooks/stop: install is not the executable"),
    ];
    for (target, problem) in cases {
        assert_eq!(wrong(put("hooks/stop", link(target))), [problem]);
    }
}

#[test]
fn hooks_that_are_files_or_absent() {
    assert_eq!(
        wrong(put("hooks/install", file(0o755))),
        ["hooks/install is not a link"]
    );
    assert_eq!(
        wrong(|tree| drop(tree.remove("hooks/install"))),
        ["there are no hooks"]
    );
}

#[test]
fn names_that_juju_drops_or_refuses() {
    let dropped = "build/notes: Juju leaves build out when it packs a charm anew";
    assert_eq!(wrong(put("build/notes", file(0o644))), [dropped]);
    assert_eq!(
        wrong(put("../notes", file(0o644))),
        ["../notes: not a plain relative path"]
    );
}

#[test]
fn wrong_modes() {
    assert_eq!(
        wrong(put("LICENSE", file(0o600))),
        ["LICENSE has mode 600, not 644"]
    );
    let binary = Node::File {
        mode: 0,
        content: executable(PT_LOAD),
    };
    assert_eq!(
        wrong(put("lxd-integrator", binary)),
        ["lxd-integrator has mode 0, not 755"]
    );
}

#[test]
fn an_executable_that_would_not_run() {
    let binary = |content| {
        put(
            "lxd-integrator",
            Node::File {
                mode: 0o755,
                content,
            },
        )
    };
    let dynamic = "lxd-integrator is not static: it asks for a dynamic loader";
    assert_eq!(wrong(binary(executable(PT_INTERP))), [dynamic]);
    let large = "lxd-integrator is 4500001 bytes; the limit is 4500000";
    assert_eq!(wrong(binary(vec![0; MAX_BINARY + 1])), [large]);
    assert_eq!(
        wrong(|tree| drop(tree.remove("lxd-integrator")))[0],
        "lxd-integrator is missing"
    );
}

#[test]
fn missing_files() {
    assert_eq!(
        wrong(|tree| drop(tree.remove("icon.svg"))),
        ["icon.svg is missing"]
    );
    assert_eq!(
        wrong(|tree| drop(tree.remove("manifest.yaml"))),
        ["manifest.yaml is missing"]
    );
}

#[test]
fn a_manifest_for_something_else() {
    let tree = Charm::new().tree();
    let other = Manifest {
        arch: Arch::Amd64,
        bases: vec!["20.04".to_owned()],
    };
    assert_eq!(
        problems(&tree, &other),
        ["manifest.yaml is not the one for amd64 on 20.04"]
    );
}
