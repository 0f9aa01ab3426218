//! The example of a consumer charm: it stands in the README as it is, and it works.
//!
//! What runs it needs Python 3 with `ops` and the library in `python/lxd-relation`: CONTRIBUTING.md says how to get them.

use std::path::{Path, PathBuf};
use std::{env, fs};

use juju_bed::context::Version;
use lxd_bed::Daemon;

use crate::support::lab::{self, Consumer, Lab};

const APP: &str = "consumer";
const UNIT: &str = "consumer/0";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/consumer")
}

#[test]
fn the_readme_shows_the_example() {
    let readme = include_str!("../../README.md");
    let charm = fs::read_to_string(example().join("src/charm.py")).unwrap();
    assert!(
        readme.contains(&format!("```python\n{charm}```\n")),
        "README.md shows another text than examples/consumer/src/charm.py"
    );
}

#[test]
#[ignore = "needs Python 3 with ops and lxd-relation"]
fn the_example_is_trusted_by_the_simulated_lxd() {
    is_trusted_while_it_is_related(lab::simulated());
}

#[test]
#[ignore = "needs Python 3 with ops and lxd-relation"]
fn the_example_is_trusted_by_a_real_lxd() {
    lab::real()
        .into_iter()
        .for_each(is_trusted_while_it_is_related);
}

fn is_trusted_while_it_is_related(lxd: Daemon) {
    // A Juju without secrets: the simulated ones cannot add any.
    let mut lab = Lab::with_version(lxd, Version::V2_9);
    lab.model.trust("lxd-integrator").unwrap();
    lab.settle();
    let before = lab.store();
    // The caller's Python, wherever it is.
    lab.model.lab_mut().path = env::var("PATH").unwrap();
    lab.model.deploy(example(), APP).unwrap();
    lab.settle();
    let relation = lab.model.integrate("lxd-integrator:api", "consumer:lxd");
    lab.settle();
    let consumer = Consumer {
        name: APP.to_owned(),
        relation: relation.unwrap(),
    };

    let wanted = lab.model.databag(consumer.relation, UNIT).unwrap()["client_certificates"].clone();
    let registered = lab.published(&consumer, "registered_certificates");
    assert_eq!(registered.to_string(), wanted);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert_eq!(
        workload(&lab),
        format!("active: trusted at {}", lab.lxd.endpoint())
    );

    lab.model
        .remove_relation("lxd-integrator:api", "consumer:lxd")
        .unwrap();
    lab.settle();
    assert_eq!(workload(&lab), "blocked: Missing relation: lxd");
    assert_eq!(lab.store(), before);
}

/// What `juju status` shows for the consumer.
fn workload(lab: &Lab) -> String {
    let status = lab.model.workload_status(UNIT).unwrap();
    format!("{}: {}", status.status, status.message)
}
