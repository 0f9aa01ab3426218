//! Relations that end in other ways than they should.

use juju_bed::{
    context::{Refusal, Version},
    model::Parting,
};
use lab::{Consumer, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};

on_both! {
    a_relation_removed_by_force_is_noticed
    a_consumer_removed_by_force_takes_its_trust_along
    broken_without_departed_is_enough
    a_broken_relation_without_a_name_is_enough
    a_suspended_relation_comes_back
    a_unit_keeps_what_its_application_asks_for
}

/// One certificate in the relation's unit, one in another relation's.
fn two_consumers(lxd: Daemon) -> (Lab, Consumer, Consumer, Credential, Credential) {
    let mut lab = Lab::trusted(lxd);
    let (gone, stays) = (lab.relate("gone", 1), lab.relate("stays", 1));
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.ask(&gone, "gone/0", &[&one.certificate_pem]);
    lab.ask(&stays, "stays/0", &[&two.certificate_pem]);
    (lab, gone, stays, one, two)
}

fn a_relation_removed_by_force_is_noticed(lxd: Daemon) {
    let (mut lab, gone, _, one, two) = two_consumers(lxd);
    lab.model
        .part(UNIT, gone.relation, Parting::SILENT)
        .unwrap();
    lab.model.remove_relation_forced(lab::APP, "gone").unwrap();
    lab.settle();
    lab.update_status(UNIT);
    assert!(lab.opens(&one), "one look may be wrong");
    lab.update_status(UNIT);
    assert!(!lab.opens(&one) && lab.opens(&two));
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
}

fn a_consumer_removed_by_force_takes_its_trust_along(lxd: Daemon) {
    let (mut lab, _, _, one, two) = two_consumers(lxd);
    lab.model.remove_application_forced("gone").unwrap();
    lab.settle();
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert!(!lab.opens(&one) && lab.opens(&two));
    lab.assert_no_hook_failed();
}

fn broken_without_departed_is_enough(lxd: Daemon) {
    let (mut lab, gone, _, one, two) = two_consumers(lxd);
    lab.model
        .part(UNIT, gone.relation, Parting::BROKEN_ONLY)
        .unwrap();
    lab.model.remove_relation(lab::APP, "gone").unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().name, "api-relation-broken");
    assert!(!lab.opens(&one) && lab.opens(&two));
}

fn a_broken_relation_without_a_name_is_enough(lxd: Daemon) {
    let (mut lab, gone, _, one, two) = two_consumers(lxd);
    lab.model.restart_agent(UNIT).unwrap();
    lab.model
        .part(UNIT, gone.relation, Parting::BROKEN_ONLY)
        .unwrap();
    lab.model.remove_relation(lab::APP, "gone").unwrap();
    lab.settle();
    let environment = &lab.last_hook().ran.env;
    assert!(environment.contains(&("JUJU_REMOTE_APP".to_owned(), String::new())));
    assert!(!lab.opens(&one) && lab.opens(&two));
}

fn a_suspended_relation_comes_back(lxd: Daemon) {
    let (mut lab, gone, _, one, two) = two_consumers(lxd);
    let published = lab.databag(&gone);
    lab.model.suspend_relation(gone.relation).unwrap();
    lab.settle();
    assert!(!lab.opens(&one) && lab.opens(&two));
    lab.model.resume_relation(gone.relation).unwrap();
    lab.settle();
    lab.ask(&gone, "gone/0", &[&one.certificate_pem]);
    assert!(lab.opens(&one) && lab.opens(&two));
    assert_eq!(lab.databag(&gone), published);
}

fn a_unit_keeps_what_its_application_asks_for(lxd: Daemon) {
    let (mut lab, gone, _, one, _) = two_consumers(lxd);
    lab.ask(&gone, "gone", &[&one.certificate_pem]);
    lab.ask(&gone, "gone/0", &[]);
    assert!(lab.opens(&one));
    lab.model.remove_unit("gone/0").unwrap();
    lab.settle();
    assert!(lab.opens(&one));
    lab.ask(&gone, "gone", &[]);
    assert!(!lab.opens(&one));
}

/// A consumer in another model, with a certificate.
fn across_models(lxd: Daemon) -> (Lab, Consumer, Credential) {
    let mut lab = Lab::trusted(lxd);
    let name = lab.model.remote_cross_model(1).unwrap();
    let consumer = lab.relate_again(&name);
    let client = certificates::make("client");
    lab.ask(&consumer, &format!("{name}/0"), &[&client.certificate_pem]);
    (lab, consumer, client)
}

#[test]
fn a_consumer_across_models_is_one_like_any_other() {
    for lxd in [Some(lab::simulated()), lab::real()].into_iter().flatten() {
        let (mut lab, consumer, client) = across_models(lxd);
        assert_eq!(
            lab.store()[&client.fingerprint],
            lab.entry_name(&consumer, &client),
            "{}",
            consumer.name
        );
        lab.update_status(UNIT);
        lab.update_status(UNIT);
        assert!(lab.opens(&client));
    }
}

#[test]
fn a_consumer_across_models_leaves_in_every_way_that_was_seen() {
    for parting in Parting::SEEN {
        for refusal in [Refusal::Unauthorized, Refusal::NotFound, Refusal::ByReader] {
            let (mut lab, consumer, client) = across_models(lab::simulated());
            let stays = lab.relate("stays", 1);
            let other = certificates::make("other");
            lab.ask(&stays, "stays/0", &[&other.certificate_pem]);
            lab.model
                .remove_cross_model(&consumer.name, Some(parting.refusing(refusal)))
                .unwrap();
            lab.settle();
            assert!(
                !lab.opens(&client),
                "{parting:?}: its unit was seen to depart"
            );
            // What Juju goes on listing is not in the way of anything, and is named once at most.
            for _ in 0..3 {
                lab.update_status(UNIT);
            }
            let log = lab.log();
            let named = log.iter().filter(|line| line.starts_with("WARNING "));
            assert!(named.count() <= 1, "{log:#?}");
            assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
            assert!(lab.opens(&other));
            lab.model.remove_application(lab::APP).unwrap();
            lab.settle();
            assert!(!lab.opens(&other));
            assert_eq!(lab.model.version(), Version::V4_0);
        }
    }
}

#[test]
fn a_relation_that_is_refused_without_any_hook_is_forgotten() {
    let (mut lab, consumer, client) = across_models(lab::simulated());
    lab.model
        .remove_cross_model(&consumer.name, Some(Parting::SILENT))
        .unwrap();
    lab.settle();
    lab.update_status(UNIT);
    assert!(lab.opens(&client), "one look may be wrong");
    lab.update_status(UNIT);
    assert!(!lab.opens(&client));
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
    lab.assert_no_hook_failed();
}
