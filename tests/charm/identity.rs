//! The charm's own certificate is a fine-grained identity of LXD: what it cannot see is not gone.

use juju_bed::agent::End;
use lab::{APP, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};
use serde_json::json;

const RIGHTS: [&str; 4] = [
    "can_view_identities",
    "can_create_identities",
    "can_edit_identities",
    "can_delete_identities",
];

on_servers! {
    what_lxd_lets_it_do_is_enough: lxd_5_21 lxd_6;
    what_it_lacks_is_named_and_nothing_is_changed: lxd_5_21 lxd_6;
    the_last_unit_names_what_stays: lxd_5_21 lxd_6;
    projects_are_looked_at_only_where_they_can_be_seen: lxd_5_21 lxd_6;
    actions_need_the_same_rights: lxd_6;
}

/// The charm with an identity in one group, which may do these things.
fn deployed(lxd: Daemon, rights: &[&str]) -> Lab {
    let own = certificates::make("integrator");
    lxd.set_group("integrators", rights);
    lxd.trust_identity_in(&own.certificate_pem, "integrator", &["integrators"]);
    let mut lab = Lab::new(lxd);
    let cloud = lab::cloud(&lab.lxd, &own);
    lab.model.set_cloud_credential(cloud);
    lab.model.trust(APP).unwrap();
    lab.settle();
    lab
}

fn with_a_client(lab: &mut Lab) -> (lab::Consumer, Credential) {
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    let unit = lab.model.units("my-charm")[0].clone();
    lab.ask(&consumer, &unit, &[&client.certificate_pem]);
    (consumer, client)
}

fn lacks(rights: &[&str]) -> String {
    format!("blocked: Our identity lacks: {}", rights.join(", "))
}

fn what_lxd_lets_it_do_is_enough(lxd: Daemon) {
    let mut lab = deployed(lxd, &RIGHTS);
    for rights in [&RIGHTS[..], &["admin"], &["permission_manager"]] {
        lab.lxd.set_group("integrators", rights);
        let before = lab.store();
        let (_, client) = with_a_client(&mut lab);
        assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
        assert!(lab.opens(&client));
        lab.model.remove_relation(APP, "my-charm").unwrap();
        lab.model.remove_application("my-charm").unwrap();
        lab.settle();
        assert!(!lab.opens(&client), "{rights:?}");
        assert_eq!(lab.store(), before);
    }
}

fn what_it_lacks_is_named_and_nothing_is_changed(lxd: Daemon) {
    let mut lab = deployed(lxd, &RIGHTS);
    let (consumer, client) = with_a_client(&mut lab);
    let (store, databag) = (lab.store(), lab.databag(&consumer));
    let other = certificates::make("other");
    for lacking in RIGHTS {
        let rest: Vec<&str> = RIGHTS
            .into_iter()
            .filter(|right| *right != lacking)
            .collect();
        lab.lxd.set_group("integrators", &rest);
        lab.ask(&consumer, "my-charm/0", &[&other.certificate_pem]);
        assert_eq!(lab.status(), lacks(&[lacking]));
        lab.update_status(UNIT);
        lab.update_status(UNIT);
        assert_eq!(lab.status(), lacks(&[lacking]));
        let now = (lab.store(), lab.databag(&consumer));
        assert_eq!(now, (store.clone(), databag.clone()), "without {lacking}");
        lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    }
    lab.lxd.set_group("integrators", &["viewer"]);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), lacks(&RIGHTS[1..]));
    let results = lab.model.run(UNIT, "check", &json!({})).unwrap().json();
    let step = &results[UNIT]["results"]["steps"]["06-rights"];
    assert_eq!(step["ok"], "false", "{results:#}");
    let remedy = step["remedy"].as_str().unwrap();
    assert!(remedy.contains("lxc auth group permission add"), "{remedy}");
    lab.lxd.set_group("integrators", &RIGHTS);
    lab.ask(&consumer, "my-charm/0", &[&other.certificate_pem]);
    assert!(lab.opens(&other) && !lab.opens(&client));
    lab.assert_no_hook_failed();
}

fn the_last_unit_names_what_stays(lxd: Daemon) {
    let mut lab = deployed(lxd, &RIGHTS);
    let (consumer, client) = with_a_client(&mut lab);
    let name = lab.entry_name(&consumer, &client);
    lab.lxd.set_group("integrators", &["can_create_identities"]);
    lab.model.remove_application(APP).unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().name, "stop");
    assert_eq!(lab.last_hook().ran.end, End::Exit(0));
    assert!(lab.opens(&client));
    let line = format!("ERROR stays in LXD: {} {name}", client.fingerprint);
    assert!(lab.log().contains(&line), "{:?}", lab.log());
}

fn projects_are_looked_at_only_where_they_can_be_seen(lxd: Daemon) {
    let mut lab = deployed(lxd, &RIGHTS);
    lab.lxd.add_project("web");
    let (_, client) = with_a_client(&mut lab);
    let before = lab.lxd.trust_list();
    lab.config(&[("restrict_to_projects", "web")]);
    assert_eq!(lab.status(), lacks(&["can_view_projects"]));
    assert_eq!(lab.lxd.trust_list(), before, "restricted to nothing");
    let mut rights = RIGHTS.to_vec();
    rights.push("can_view_projects");
    lab.lxd.set_group("integrators", &rights);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    let entry = lab.lxd.entry(&client.fingerprint);
    assert_eq!(entry.unwrap().projects, ["web"]);
}

fn actions_need_the_same_rights(lxd: Daemon) {
    let mut lab = deployed(lxd, &["can_create_identities"]);
    let alice = certificates::make("alice");
    let before = lab.store();
    for (action, parameters) in [
        (
            "add-trusted-client",
            json!({"name": "alice", "cert": alice.certificate_pem}),
        ),
        ("get-client-token", json!({"name": "alice"})),
        ("remove-trusted-client", json!({"name": "alice"})),
        (
            "remove-trusted-client",
            json!({"fingerprint": alice.fingerprint}),
        ),
    ] {
        let result = lab.model.run(UNIT, action, &parameters).unwrap();
        assert_eq!(result.status, "failed", "{action}");
        let words = "Our identity lacks: can_view_identities";
        assert!(
            result.message.starts_with(words),
            "{action}: {}",
            result.message
        );
    }
    assert_eq!(lab.store(), before);
    assert!(lab.lxd.waiting_tokens().is_empty());
}
