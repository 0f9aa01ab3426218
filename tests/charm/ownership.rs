//! Whose entry is it: what is not ours is never touched, and what is ours is right in the end.

use lab::{Lab, UNIT};
use lxd_bed::{Daemon, Kind, certificates};
use serde_json::json;

on_both! {
    what_was_there_before_is_published_and_stays
    a_shared_certificate_is_handed_over
    the_charms_own_certificate_is_never_removed
    an_entry_of_another_type_is_left_alone
    an_entry_removed_behind_our_back_comes_back
    an_orphan_goes_after_two_looks
    names_that_merely_look_like_ours_are_not
    without_memory_nothing_is_taken_away
}

fn what_was_there_before_is_published_and_stays(lxd: Daemon) {
    let client = certificates::make("client");
    lxd.trust(&client.certificate_pem, "by hand");
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    lab.ask(&consumer, "my-charm/0", &[]);
    assert!(lab.trusted_fingerprints(&consumer).is_empty());
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(lab.store(), before);
}

fn a_shared_certificate_is_handed_over(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (low, high) = (lab.relate("low", 1), lab.relate("high", 1));
    let shared = certificates::make("shared");
    lab.ask(&low, "low/0", &[&shared.certificate_pem]);
    lab.ask(&high, "high/0", &[&shared.certificate_pem]);
    assert_eq!(
        lab.store().get(&shared.fingerprint),
        Some(&lab.entry_name(&low, &shared))
    );
    assert_eq!(
        lab.status(),
        "active: 1 node, 1 certificate for 2 relations"
    );
    lab.ask(&low, "low/0", &[]);
    assert_eq!(
        lab.store().get(&shared.fingerprint),
        Some(&lab.entry_name(&high, &shared))
    );
    assert!(lab.trusted_fingerprints(&low).is_empty());
    assert_eq!(
        lab.trusted_fingerprints(&high),
        [shared.fingerprint.as_str()]
    );
    // It is named anew only when its relation lets go.
    lab.ask(&low, "low/0", &[&shared.certificate_pem]);
    assert_eq!(
        lab.store().get(&shared.fingerprint),
        Some(&lab.entry_name(&high, &shared))
    );
    lab.model.remove_relation(lab::APP, "high").unwrap();
    lab.settle();
    assert_eq!(
        lab.store().get(&shared.fingerprint),
        Some(&lab.entry_name(&low, &shared))
    );
}

fn the_charms_own_certificate_is_never_removed(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let own = lab.lxd.admin().clone();
    let consumer = lab.relate("my-charm", 1);
    // Even if its entry had a name of ours.
    let name = lab.entry_name(&consumer, &own);
    lab.lxd.rename(&own.fingerprint, &name);
    lab.ask(&consumer, "my-charm/0", &[&own.certificate_pem]);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [own.fingerprint.as_str()]
    );
    lab.ask(&consumer, "my-charm/0", &[]);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert!(lab.store().keys().eq(before.keys()));
}

fn an_entry_of_another_type_is_left_alone(lxd: Daemon) {
    let client = certificates::make("client");
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    lab.lxd.trust_as(
        &client.certificate_pem,
        &lab.entry_name(&consumer, &client),
        Kind::Metrics,
    );
    let before = lab.lxd.trust_list();
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(lab.trusted_fingerprints(&consumer).is_empty());
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        json!([{
            "unit": "my-charm/0",
            "index": 0,
            "fingerprint": client.fingerprint,
            "reason": "other-type: LXD holds it as a metrics certificate",
        }])
    );
    lab.ask(&consumer, "my-charm/0", &[]);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(lab.lxd.trust_list(), before);
}

fn an_entry_removed_behind_our_back_comes_back(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.lxd.distrust(&client.fingerprint);
    lab.update_status(UNIT);
    assert_eq!(
        lab.store().get(&client.fingerprint),
        Some(&lab.entry_name(&consumer, &client))
    );
}

fn an_orphan_goes_after_two_looks(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let orphan = certificates::make("orphan");
    let name = format!(
        "juju:{}:{}:99:force-removed:0123456789ab",
        lab.model.uuid(),
        lab::APP
    );
    lab.lxd.trust(&orphan.certificate_pem, &name);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.update_status(UNIT);
    assert!(lab.opens(&orphan), "one look may be wrong");
    lab.model.refresh(lab::APP, lab::charm::archive()).unwrap();
    lab.settle();
    assert!(lab.opens(&orphan), "an upgrade takes nothing away");
    lab.update_status(UNIT);
    assert!(!lab.opens(&orphan));
    assert!(lab.opens(&client));
}

fn names_that_merely_look_like_ours_are_not(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let model = lab.model.uuid().to_owned();
    let names = [
        format!("juju:{model}:{}:99:my-charm", lab::APP),
        format!("juju:{model}:{}:99:my-charm:0123:more", lab::APP),
        format!("juju:{model}:{}-2:99:my-charm:0123", lab::APP),
        format!(
            "juju:{}:{}:99:my-charm:0123",
            model.replace('0', "1"),
            lab::APP
        ),
        format!("juju:{model}:{}:operator:alice", lab::APP),
        format!("juju:{model}:{}:099:my-charm:0123", lab::APP),
        format!("juju:{model}:{}:self:0123", lab::APP),
    ];
    for name in &names {
        lab.lxd
            .trust(&certificates::make("foreign").certificate_pem, name);
    }
    let before = lab.store();
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(lab.store(), before);
}

fn without_memory_nothing_is_taken_away(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.model.exec(UNIT, &["state-set", "format=0"]).unwrap();
    lab.ask(&consumer, "my-charm/0", &[]);
    assert!(lab.opens(&client));
    assert!(lab.trusted_fingerprints(&consumer).is_empty());
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert!(!lab.opens(&client));
}
