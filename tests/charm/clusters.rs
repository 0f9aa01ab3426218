//! Clusters: every member is a node, and what the charm does is true on all of them.

use lab::{Consumer, Lab, UNIT};
use lxd_bed::{
    Daemon, Fault, Matching, Options, Times,
    certificates::{self, Credential},
};
use serde_json::Value;

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

/// A cluster of which the charm has met all members, and a consumer of it.
fn met(lxd: Daemon) -> (Lab, Consumer) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    (lab, consumer)
}

/// The client gets in through the members that are left.
fn opens_elsewhere(lab: &Lab, client: &Credential) -> bool {
    let ask = |member| lab.lxd.member_client(member, Some(client)).get("/1.0");
    (1..3).all(|member| ask(member).expect("it answers").metadata["auth"] == "trusted")
}

fn the_hook_goes_on_through_another_member(lxd: Daemon) {
    let (mut lab, consumer) = met(lxd);
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.lxd.kill_member(0);
    lab.ask(&consumer, "my-charm/0", &[&one.certificate_pem]);
    assert!(opens_elsewhere(&lab, &one));
    assert!(lab.status().starts_with("active: "), "{}", lab.status());
    lab.lxd.start_member(0);
    // Frozen, it takes connections and says nothing.
    lab.lxd.pause_member(0);
    lab.ask(&consumer, "my-charm/0", &[&two.certificate_pem]);
    lab.lxd.resume_member(0);
    lab.update_status(UNIT);
    // It hears of what it missed with the next heartbeat.
    lab.wait_until(|lab| lab.opens_every_node(&two) && lab.opens_no_node(&one));
    lab.assert_no_hook_failed();
}

#[test]
fn simulated_the_hook_goes_on_through_another_member() {
    the_hook_goes_on_through_another_member(Daemon::simulated(options()));
}

#[test]
fn real_the_hook_goes_on_through_another_member() {
    let real = Daemon::real(options()).ok();
    real.into_iter()
        .for_each(the_hook_goes_on_through_another_member);
}

#[test]
fn other_members_are_tried_with_the_credential_that_met_them_only() {
    let (mut lab, consumer) = met(Daemon::simulated(options()));
    let client = certificates::make("client");
    let rotated = certificates::make("rotated");
    lab.lxd.trust(&rotated.certificate_pem, "rotated");
    let cloud = lab::cloud(&lab.lxd, &rotated);
    lab.model.set_cloud_credential(cloud);
    lab.lxd.kill_member(0);
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(lab.status().starts_with("waiting: "), "{}", lab.status());
    lab.lxd.start_member(0);
    lab.update_status(UNIT);
    assert!(lab.opens_every_node(&client));
}

#[test]
fn a_former_member_is_not_taken_for_one() {
    let (mut lab, consumer) = met(Daemon::simulated(options()));
    let client = certificates::make("client");
    for member in [1, 2] {
        let other = Fault::PresentCertificate(certificates::make("of its own"));
        lab.lxd
            .member_fault(member, other, Matching::any(), Times::UntilCleared);
    }
    lab.lxd.kill_member(0);
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(lab.status().starts_with("waiting: "), "{}", lab.status());
    lab.lxd.clear_faults();
    lab.update_status(UNIT);
    assert!(opens_elsewhere(&lab, &client));
    lab.assert_no_hook_failed();
}

#[test]
fn a_lost_answer_is_read_back_through_another_member() {
    let (mut lab, consumer) = met(Daemon::simulated(options()));
    let client = certificates::make("client");
    lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "10");
    for (method, asked) in [
        ("POST", &[client.certificate_pem.as_str()][..]),
        ("DELETE", &[]),
    ] {
        lab.lxd.clear_requests();
        let fault = Fault::HangAfterActing;
        lab.lxd
            .fault(fault, Matching::method(method), Times::Next(1));
        lab.ask(&consumer, "my-charm/0", asked);
        assert!(
            lab.status().starts_with("active: 3 nodes, "),
            "{}",
            lab.status()
        );
        assert_eq!(lab.trusted_fingerprints(&consumer).len(), asked.len());
        let last = |member| lab.lxd.member_requests(member).unwrap().pop().unwrap();
        assert_eq!(last(0).method, method);
        assert!(last(1).path.ends_with(&client.fingerprint), "{:?}", last(1));
        assert_eq!(lab.opens_every_node(&client), asked.len() == 1);
    }
    lab.assert_no_hook_failed();
}

/// Whether a member answers with so many members, all online.
fn sees_online(lab: &Lab, member: usize, count: usize) -> bool {
    let mut client = lab.lxd.member_client(member, Some(lab.lxd.admin()));
    let Ok(answer) = client.get("/1.0/cluster/members?recursion=1") else {
        return false;
    };
    let members = answer.metadata.as_array().map_or(&[][..], Vec::as_slice);
    members.len() == count && members.iter().all(|member| member["status"] == "Online")
}

/// Two of three members are dead: LXD answers, and cannot read or write its database.
fn without_a_quorum_the_work_waits(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let clients: Vec<_> = (0..3).map(|_| certificates::make("client")).collect();
    let ask = |lab: &mut Lab, wanted: &[usize]| {
        let texts: Vec<&str> = wanted
            .iter()
            .map(|index| clients[*index].certificate_pem.as_str())
            .collect();
        lab.ask(&consumer, "my-charm/0", &texts);
    };
    ask(&mut lab, &[0]);
    lab.lxd.kill_member(0);
    ask(&mut lab, &[0, 1]);
    assert!(opens_elsewhere(&lab, &clients[1]));
    lab.lxd.kill_member(1);
    ask(&mut lab, &[2]);
    assert!(lab.status().starts_with("waiting: "), "{}", lab.status());
    lab.lxd.start_member(0);
    lab.lxd.start_member(1);
    lab.wait_until(|lab| (0..3).all(|member| sees_online(lab, member, 3)));
    lab.update_status(UNIT);
    let mut expected = before;
    expected.insert(
        clients[2].fingerprint.clone(),
        lab.entry_name(&consumer, &clients[2]),
    );
    assert_eq!(lab.store(), expected);
    lab.wait_until(|lab| lab.opens_every_node(&clients[2]) && lab.opens_no_node(&clients[0]));
    assert_eq!(
        lab.status(),
        "active: 3 nodes, 1 certificate for 1 relation"
    );
    lab.assert_no_hook_failed();
}

#[test]
fn simulated_without_a_quorum_the_work_waits() {
    without_a_quorum_the_work_waits(Daemon::simulated(options()));
}

#[test]
fn real_without_a_quorum_the_work_waits() {
    let real = Daemon::real(options()).ok();
    real.into_iter().for_each(without_a_quorum_the_work_waits);
}

/// A member that was removed is another LXD from then on, under its old address.
fn the_credentials_member_is_removed(lxd: Daemon) {
    let (mut lab, consumer) = met(lxd);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let published = lab.databag(&consumer);
    lab.lxd.remove_member(0);
    lab.wait_until(|lab| sees_online(lab, 1, 2));
    lab.update_status(UNIT);
    let status = lab.status();
    assert!(status.starts_with("blocked: LXD at "), "{status}");
    assert!(
        status.contains(" presents another certificate "),
        "{status}"
    );
    assert_eq!(lab.databag(&consumer), published);
    // The operator names another member.
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    cloud["endpoint"] = format!("https://{}", lab.lxd.members()[1].address).into();
    cloud["credential"]["attrs"]["server-cert"] = published["server_certificate"].clone().into();
    lab.model.set_cloud_credential(cloud);
    lab.update_status(UNIT);
    assert!(
        lab.status().starts_with("active: 2 nodes, "),
        "{}",
        lab.status()
    );
    assert!(opens_elsewhere(&lab, &client));
}

#[test]
fn simulated_the_credentials_member_is_removed() {
    the_credentials_member_is_removed(Daemon::simulated(options()));
}

#[test]
fn real_the_credentials_member_is_removed() {
    let real = Daemon::real(options()).ok();
    real.into_iter().for_each(the_credentials_member_is_removed);
}
