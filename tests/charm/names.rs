//! Every entry has a name of its own: LXD takes a name once since 5.21.5 and 6.6.

use std::collections::BTreeSet;

use lab::{APP, Consumer, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};
use serde_json::json;

on_servers! {
    a_relation_has_several_certificates: lxd_5_0_9 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
    certificates_are_rotated: lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
    certificates_are_handed_over: lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
    a_name_that_another_certificate_has: lxd_5_21 lxd_6;
    a_certificate_that_is_there_is_told_from_a_name_that_is_taken: lxd_5_0 lxd_5_21 lxd_6 incus_7;
    an_identity_has_the_certificate: lxd_5_21 lxd_6;
    the_actions_that_look: lxd_5_0_9 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
}

fn ask(lab: &mut Lab, consumer: &Consumer, clients: &[&Credential]) {
    let texts: Vec<&str> = clients
        .iter()
        .map(|one| one.certificate_pem.as_str())
        .collect();
    let unit = format!("{}/0", consumer.name);
    lab.ask(consumer, &unit, &texts);
}

/// Exactly these are published and let in, each under the name that we give it.
fn assert_trusted(lab: &Lab, consumer: &Consumer, clients: &[&Credential]) {
    let expected: BTreeSet<&str> = clients.iter().map(|one| one.fingerprint.as_str()).collect();
    let published = lab.trusted_fingerprints(consumer);
    let published: BTreeSet<&str> = published.iter().map(String::as_str).collect();
    assert_eq!(published, expected, "{}", lab.status());
    for client in clients {
        assert!(lab.opens_every_node(client));
        let name = lab.entry_name(consumer, client);
        assert_eq!(lab.store().get(&client.fingerprint), Some(&name));
    }
}

fn a_relation_has_several_certificates(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let clients = ["a", "b", "c"].map(certificates::make);
    let all: Vec<&Credential> = clients.iter().collect();
    ask(&mut lab, &consumer, &all);
    assert_trusted(&lab, &consumer, &all);
    let second = lab.model.add_unit(APP).unwrap();
    lab.settle();
    lab.update_status(&second);
    lab.update_status(&second);
    assert_trusted(&lab, &consumer, &all);
    lab.model.remove_application(APP).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
    lab.assert_no_unit_failed("two units");
}

fn certificates_are_rotated(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let clients = ["a", "b", "c"].map(certificates::make);
    ask(&mut lab, &consumer, &[&clients[0]]);
    // The new one beside the old one, then alone; then at once.
    ask(&mut lab, &consumer, &[&clients[0], &clients[1]]);
    assert_trusted(&lab, &consumer, &[&clients[0], &clients[1]]);
    ask(&mut lab, &consumer, &[&clients[1]]);
    assert_trusted(&lab, &consumer, &[&clients[1]]);
    assert!(lab.opens_no_node(&clients[0]));
    ask(&mut lab, &consumer, &[&clients[2]]);
    assert_trusted(&lab, &consumer, &[&clients[2]]);
    assert!(lab.opens_no_node(&clients[1]));
}

fn certificates_are_handed_over(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (low, high) = (lab.relate("low", 1), lab.relate("high", 1));
    let clients = ["a", "b"].map(certificates::make);
    let both = [&clients[0], &clients[1]];
    ask(&mut lab, &low, &both);
    ask(&mut lab, &high, &both);
    assert_trusted(&lab, &low, &both);
    ask(&mut lab, &low, &[]);
    assert_trusted(&lab, &high, &both);
    ask(&mut lab, &low, &both);
    lab.model.remove_relation(APP, "high").unwrap();
    lab.settle();
    assert_trusted(&lab, &low, &both);
}

/// A client may replace its own certificate, and the entry keeps its name.
fn a_name_that_another_certificate_has(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (consumer, other) = (lab.relate("my-charm", 1), lab.relate("other", 1));
    let clients = ["a", "b", "c"].map(certificates::make);
    let squatted = lab.entry_name(&consumer, &clients[0]);
    lab.lxd.trust(&clients[1].certificate_pem, &squatted);
    ask(&mut lab, &consumer, &[&clients[0], &clients[1]]);
    assert_eq!(lab.trusted_fingerprints(&consumer).len(), 2);
    let full = |consumer: &Consumer, client: &Credential| {
        let name = lab.entry_name(consumer, client);
        name[..name.len() - 12].to_owned() + &client.fingerprint
    };
    let store = lab.store();
    assert_eq!(store[&clients[0].fingerprint], full(&consumer, &clients[0]));
    assert_eq!(store[&clients[1].fingerprint], squatted);
    // The same in a handover.
    let squatted = lab.entry_name(&other, &clients[0]);
    let name = full(&other, &clients[0]);
    lab.lxd.trust(&clients[2].certificate_pem, &squatted);
    ask(&mut lab, &other, &[&clients[0]]);
    ask(&mut lab, &consumer, &[]);
    assert_eq!(lab.store()[&clients[0].fingerprint], name);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert!(lab.opens(&clients[0]) && !lab.opens(&clients[1]) && !lab.opens(&clients[2]));
    lab.assert_no_hook_failed();
}

fn a_certificate_that_is_there_is_told_from_a_name_that_is_taken(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let theirs = certificates::make("theirs");
    lab.lxd.trust(&theirs.certificate_pem, "by hand");
    let before = lab.store();
    ask(&mut lab, &consumer, &[&theirs]);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [&theirs.fingerprint[..]]
    );
    ask(&mut lab, &consumer, &[]);
    assert_eq!(lab.store(), before);
}

/// Certificates of LXD's fine-grained identities are no entries of the trust store.
fn an_identity_has_the_certificate(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (theirs, good) = (certificates::make("theirs"), certificates::make("good"));
    lab.lxd.trust_identity(&theirs.certificate_pem, "theirs");
    ask(&mut lab, &consumer, &[&theirs, &good]);
    assert_trusted(&lab, &consumer, &[&good]);
    let rejected = lab.published(&consumer, "rejected_certificates");
    let reason = rejected[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("other-type: LXD holds it as"),
        "{reason}"
    );
    assert_eq!(rejected[0]["fingerprint"], theirs.fingerprint);
}

fn the_actions_that_look(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    ask(&mut lab, &consumer, &[&client]);
    let mut run = |action: &str| {
        let result = lab.model.run(UNIT, action, &json!({})).unwrap();
        assert_eq!(result.status, "completed", "{action}: {}", result.message);
        result.json()[UNIT]["results"].take()
    };
    assert_eq!(run("check")["summary"], "9 ok, 0 failed, 1 skipped");
    let summary = "nothing to do; active: 1 node, 1 certificate for 1 relation";
    assert_eq!(run("sync")["summary"], summary);
    assert_eq!(run("show-nodes")["nodes"]["0"]["name"], "node-1");
    let listed = run("list-certificates");
    let row = &listed["certificates"][&client.fingerprint];
    assert_eq!(
        (&row["state"], &listed["summary"]),
        (&json!("trusted"), &json!("1 trusted"))
    );
    assert_eq!(row["name"], lab.entry_name(&consumer, &client));
}
