//! Clusters: every member is a node, and what the charm does is true on all of them.

use lxd_bed::{Daemon, Options, certificates};
use serde_json::Value;

use crate::support::lab::{self, Lab, UNIT};

fn options() -> Options {
    Options::named("m1").members(3)
}

fn names(nodes: &Value) -> Vec<&str> {
    let nodes = nodes.as_array().expect("nodes");
    nodes
        .iter()
        .map(|node| node["name"].as_str().expect("a name"))
        .collect()
}

fn the_list_does_not_change_with_who_answers(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let nodes = lab.published(&consumer, "nodes");
    assert_eq!(names(&nodes).len(), 3);
    for member in lab.lxd.members() {
        let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
        cloud["endpoint"] = format!("https://{}", member.address).into();
        lab.model.set_cloud_credential(cloud);
        lab.update_status(UNIT);
        assert_eq!(lab.published(&consumer, "nodes"), nodes);
        assert!(lab.opens_every_node(&client));
    }
}

#[test]
fn simulated_the_list_does_not_change_with_who_answers() {
    the_list_does_not_change_with_who_answers(Daemon::simulated(options()));
}

#[test]
fn real_the_list_does_not_change_with_who_answers() {
    let real = Daemon::real(options()).ok();
    real.into_iter()
        .for_each(the_list_does_not_change_with_who_answers);
}

#[test]
fn only_members_that_are_online_are_nodes() {
    let mut lab = Lab::trusted(Daemon::simulated(options()));
    let consumer = lab.relate("my-charm", 1);
    let all = lab.published(&consumer, "nodes");
    for status in ["Offline", "Evacuated", "Blocked"] {
        lab.lxd.set_member_status(1, status);
        lab.update_status(UNIT);
        let left = lab.published(&consumer, "nodes");
        assert_eq!(names(&left).len(), 2, "{status}");
        assert!(
            lab.status().starts_with("active: 2 nodes, "),
            "{}",
            lab.status()
        );
        lab.lxd.set_member_status(1, "Online");
        lab.update_status(UNIT);
        assert_eq!(lab.published(&consumer, "nodes"), all);
    }
}

#[test]
fn a_member_that_answers_is_a_node_whatever_its_status() {
    let mut lab = Lab::trusted(Daemon::simulated(options()));
    let consumer = lab.relate("my-charm", 1);
    lab.lxd.set_member_status(0, "Evacuated");
    lab.update_status(UNIT);
    assert_eq!(names(&lab.published(&consumer, "nodes")).len(), 3);
}
