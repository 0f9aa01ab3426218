//! The main job: trust comes and goes with what consumers ask for.

use lab::{Lab, UNIT};
use lxd_bed::{Daemon, certificates};
use serde_json::{Value, json};

on_both! {
    a_certificate_is_trusted_from_request_to_withdrawal
    a_rotated_certificate_replaces_the_old_one
    a_unit_that_leaves_takes_its_certificate_along
    a_relation_that_ends_takes_its_certificates_along
    both_databags_of_a_consumer_count
    a_relation_made_before_trust_is_served_after_it
    the_charm_can_be_configured_by_options_alone
    an_upgrade_changes_nothing
    the_lxd_that_was_left_is_named
    the_removed_charm_leaves_the_trust_store_as_it_was
}

fn a_certificate_is_trusted_from_request_to_withdrawal(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    assert_eq!(
        lab.status(),
        "blocked: Missing credentials access; grant with: juju trust lxd-integrator"
    );
    let before = lab.store();
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
    assert_eq!(
        lab.model.application_version(lab::APP),
        Some(lab.lxd.version())
    );

    let consumer = lab.relate("my-charm", 1);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 1 relation"
    );
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([])
    );
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        Value::Null
    );
    let nodes = json!([{"endpoint": lab.lxd.endpoint(), "name": "node-1", "trusted_certs_fp": []}]);
    assert_eq!(lab.published(&consumer, "nodes"), nodes);

    let client = certificates::make("my-charm");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert_eq!(
        lab.store().get(&client.fingerprint),
        Some(&lab.entry_name(&consumer, &client))
    );
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    let registered = json!([client.certificate_pem]);
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        registered
    );
    assert!(lab.opens(&client));

    lab.ask(&consumer, "my-charm/0", &[]);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 1 relation"
    );
    assert_eq!(lab.store(), before);
    assert!(lab.trusted_fingerprints(&consumer).is_empty());
    assert!(!lab.opens(&client));
}

fn a_rotated_certificate_replaces_the_old_one(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let old = certificates::make("old");
    let new = certificates::make("new");
    lab.ask(&consumer, "my-charm/0", &[&old.certificate_pem]);
    lab.ask(&consumer, "my-charm/0", &[&new.certificate_pem]);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [new.fingerprint.as_str()]
    );
    assert!(lab.opens(&new) && !lab.opens(&old));
}

fn a_unit_that_leaves_takes_its_certificate_along(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 2);
    let (zero, one) = (certificates::make("zero"), certificates::make("one"));
    lab.ask(&consumer, "my-charm/0", &[&zero.certificate_pem]);
    lab.ask(&consumer, "my-charm/1", &[&one.certificate_pem, "garbage"]);
    assert_eq!(
        lab.status(),
        "active: 1 node, 2 certificates for 1 relation; 1 certificate rejected"
    );
    lab.model.remove_unit("my-charm/1").unwrap();
    lab.settle();
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [zero.fingerprint.as_str()]
    );
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([zero.certificate_pem])
    );
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        Value::Null
    );
    assert!(lab.opens(&zero) && !lab.opens(&one));
}

fn a_relation_that_ends_takes_its_certificates_along(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let other = lab.relate("other", 1);
    let (mine, theirs) = (certificates::make("mine"), certificates::make("theirs"));
    lab.ask(&consumer, "my-charm/0", &[&mine.certificate_pem]);
    lab.ask(&other, "other/0", &[&theirs.certificate_pem]);
    lab.model.remove_relation(lab::APP, "my-charm").unwrap();
    lab.settle();
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert!(lab.opens(&theirs) && !lab.opens(&mine));
    lab.model.remove_application("other").unwrap();
    lab.settle();
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
    assert_eq!(lab.store(), before);
}

fn both_databags_of_a_consumer_count(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (app, unit) = (certificates::make("app"), certificates::make("unit"));
    lab.ask(&consumer, "my-charm", &[&app.certificate_pem]);
    lab.ask(&consumer, "my-charm/0", &[&unit.certificate_pem]);
    assert!(lab.opens(&app) && lab.opens(&unit));
    lab.ask(&consumer, "my-charm", &[]);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [unit.fingerprint.as_str()]
    );
    assert!(!lab.opens(&app));
}

fn a_relation_made_before_trust_is_served_after_it(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.published(&consumer, "nodes"), Value::Null);
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert!(lab.opens(&client));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    // Without trust everything stays as it is.
    lab.model.untrust(lab::APP).unwrap();
    lab.settle();
    assert!(
        lab.status()
            .starts_with("blocked: Missing credentials access")
    );
    assert!(lab.opens(&client));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
}

fn the_charm_can_be_configured_by_options_alone(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    lab.configure(&endpoint, &admin, &server);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
    lab.relate("my-charm", 1);
    assert_eq!(lab.last_hook().name, "api-relation-changed");
    assert_eq!(lab.last_hook().calls_of("credential-get").count(), 0);
}

fn an_upgrade_changes_nothing(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let (store, databag) = (lab.store(), lab.databag(&consumer));
    lab.model.refresh(lab::APP, lab::charm::archive()).unwrap();
    lab.settle();
    assert_eq!(lab.store(), store);
    assert_eq!(lab.databag(&consumer), databag);
}

fn the_lxd_that_was_left_is_named(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let left = std::mem::replace(&mut lab.lxd, lab::simulated());
    lab.model
        .set_cloud_credential(lab::cloud(&lab.lxd, lab.lxd.admin()));
    lab.update_status(UNIT);
    assert!(lab.opens(&client));
    let nodes = lab.published(&consumer, "nodes");
    assert_eq!(nodes[0]["endpoint"], lab.lxd.endpoint());
    let name = lab.entry_name(&consumer, &client);
    let line = format!(
        "ERROR stays in LXD at {}: 1 certificate: {name}",
        left.endpoint()
    );
    assert!(lab.log().contains(&line), "{:?}", lab.log());
}

fn the_removed_charm_leaves_the_trust_store_as_it_was(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let other = lab.relate("other", 1);
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&one.certificate_pem, &two.certificate_pem],
    );
    lab.ask(&other, "other/0", &[&one.certificate_pem]);
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
    assert_eq!(
        lab.model.hooks(UNIT).last().map(String::as_str),
        Some("stop")
    );
}
