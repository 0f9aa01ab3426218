//! `show-nodes`: what consumers are told of LXD.

use lab::Lab;
use lxd_bed::Daemon;
use serde_json::json;

use super::{failure, results, run};

on_both! {
    it_shows_what_is_published
}

fn it_shows_what_is_published(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    // Without a relation nothing is published yet, and LXD is asked.
    let asked = results(&run(&mut lab, "show-nodes", &json!({})));
    let consumer = lab.relate("my-charm", 1);
    let published = lab.databag(&consumer);
    let nodes = lab.published(&consumer, "nodes");
    let expected = json!({
        "nodes": { "0": { "endpoint": nodes[0]["endpoint"], "name": "node-1" } },
        "server-certificate": published["server_certificate"],
        "server-certificate-fingerprint": published["server_certificate_fingerprint"],
    });
    assert_eq!(asked, expected);
    lab.lxd.stop();
    assert_eq!(results(&run(&mut lab, "show-nodes", &json!({}))), expected);
    lab.model
        .remove_relation("lxd-integrator", "my-charm")
        .unwrap();
    lab.settle();
    let address = lab.lxd.address();
    assert_eq!(
        failure(&run(&mut lab, "show-nodes", &json!({}))),
        format!("LXD at {address}: connection refused; the action check tells more")
    );
}
