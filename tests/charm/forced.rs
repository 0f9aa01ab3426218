//! Removals by force: Juju runs few hooks for them, and lists for a while what is not there any more.

use lab::{APP, Consumer, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};

on_both! {
    a_relation_removed_by_force_is_related_again
    an_alias_is_left_alone_by_who_remembers_nothing
    an_alias_that_goes_on_listing_units_is_found_out
    a_consumer_removed_by_force_comes_again
    a_unit_removed_by_force_loses_its_trust
    the_only_unit_of_an_application_is_not_taken_for_gone
}

/// What happens between a removal by force and the new relation, and after it.
const BETWEEN: [&[Happening]; 5] = [
    &[],
    &[Happening::Look],
    &[Happening::Look, Happening::Look],
    &[Happening::Restart],
    &[Happening::Change],
];

#[derive(Clone, Copy, Debug)]
enum Happening {
    /// `update-status` on every unit.
    Look,
    /// Every agent restarts.
    Restart,
    /// `config-changed` on every unit.
    Change,
}

impl Happening {
    fn happen(self, lab: &mut Lab) {
        match self {
            Self::Look => look(lab),
            Self::Restart => {
                for unit in lab.model.units(APP) {
                    lab.model.restart_agent(&unit).unwrap();
                }
                lab.settle();
            }
            Self::Change => {
                let value = format!("p{}", lab.model.journal().len());
                lab.lxd.add_project(&value);
                lab.config(&[("restrict_to_projects", &value)]);
                lab.config(&[("restrict_to_projects", "")]);
            }
        }
    }
}

fn look(lab: &mut Lab) {
    for unit in lab.model.units(APP) {
        lab.update_status(&unit);
    }
}

/// Two units of ours, and a consumer with a certificate.
fn deployed(lxd: Daemon) -> (Lab, Consumer, Credential) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("before");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.model.add_unit(APP).unwrap();
    lab.settle();
    (lab, consumer, client)
}

/// No unit is in error, the new relation is served by each, and no other certificate than this is left.
fn assert_served(lab: &mut Lab, consumer: &Consumer, client: &Credential, story: &str) {
    look(lab);
    look(lab);
    lab.assert_no_unit_failed(story);
    assert_eq!(
        lab.status(),
        "active: 1 node, 1 certificate for 1 relation",
        "{story}"
    );
    let store = lab.store();
    let name = lab.entry_name(consumer, client);
    assert_eq!(store.get(&client.fingerprint), Some(&name), "{story}");
    assert_eq!(store.len(), 2, "{story}: {store:?}");
    for unit in lab.model.units(APP) {
        let databag = lab.model.databag(consumer.relation, &unit).unwrap();
        let registered = &databag["registered_certificates"];
        assert!(
            registered.contains("BEGIN"),
            "{story}: {unit}: {registered}"
        );
    }
}

fn a_relation_removed_by_force_is_related_again(lxd: Daemon) {
    let (mut lab, _, mut client) = deployed(lxd);
    for before in BETWEEN {
        for after in BETWEEN {
            let story = format!("{before:?}, related again, {after:?}");
            lab.model.remove_relation_forced(APP, "my-charm").unwrap();
            lab.settle();
            before
                .iter()
                .for_each(|happening| happening.happen(&mut lab));
            let consumer = lab.relate_again("my-charm");
            after
                .iter()
                .for_each(|happening| happening.happen(&mut lab));
            client = certificates::make("after");
            lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
            assert_served(&mut lab, &consumer, &client, &story);
        }
    }
    // The very same certificate, which the old relation let go of.
    lab.model.remove_relation_forced(APP, "my-charm").unwrap();
    lab.settle();
    let consumer = lab.relate_again("my-charm");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_served(&mut lab, &consumer, &client, "the same certificate");
}

/// The old number answers for the new relation, and a hook that touched our own databag through both would fail.
fn an_alias_is_left_alone_by_who_remembers_nothing(lxd: Daemon) {
    let (mut lab, _, client) = deployed(lxd);
    lab.model.remove_relation_forced(APP, "my-charm").unwrap();
    let consumer = lab.relate_again("my-charm");
    for unit in lab.model.units(APP) {
        lab.model.exec(&unit, &["state-set", "format=0"]).unwrap();
    }
    look(&mut lab);
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_served(&mut lab, &consumer, &client, "without memory");
}

/// Juju runs one `departed` for the old relation, so that its other units stay listed, as those of the new one are. Nothing
/// tells the two apart but that Juju refuses what is written through both.
fn an_alias_that_goes_on_listing_units_is_found_out(lxd: Daemon) {
    let (mut lab, _, client) = deployed(lxd);
    lab.model.add_unit("my-charm").unwrap();
    lab.settle();
    lab.model.remove_relation_forced(APP, "my-charm").unwrap();
    let consumer = lab.relate_again("my-charm");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    // Units in error are tried again.
    for _ in 0..4 {
        look(&mut lab);
    }
    assert_served(&mut lab, &consumer, &client, "with units");
}

fn a_consumer_removed_by_force_comes_again(lxd: Daemon) {
    let (mut lab, _, _) = deployed(lxd);
    for before in BETWEEN {
        lab.model.remove_application_forced("my-charm").unwrap();
        lab.settle();
        before
            .iter()
            .for_each(|happening| happening.happen(&mut lab));
        let consumer = lab.relate("my-charm", 1);
        let client = certificates::make("again");
        let unit = lab.model.units("my-charm")[0].clone();
        lab.ask(&consumer, &unit, &[&client.certificate_pem]);
        assert_served(&mut lab, &consumer, &client, &format!("{before:?}"));
    }
}

fn a_unit_removed_by_force_loses_its_trust(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 2);
    let (goes, stays) = (certificates::make("goes"), certificates::make("stays"));
    lab.ask(&consumer, "my-charm/0", &[&goes.certificate_pem]);
    lab.ask(&consumer, "my-charm/1", &[&stays.certificate_pem]);
    lab.model.remove_unit_forced("my-charm/0").unwrap();
    lab.settle();
    lab.update_status(UNIT);
    assert!(lab.opens(&goes), "one look may be wrong");
    lab.update_status(UNIT);
    assert!(!lab.opens(&goes) && lab.opens(&stays));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [&stays.fingerprint[..]]
    );
    // Juju goes on showing what it asked for.
    Happening::Change.happen(&mut lab);
    assert!(!lab.opens(&goes) && lab.opens(&stays));
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    Happening::Restart.happen(&mut lab);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    lab.assert_no_hook_failed();
}

/// What `goal-state` does not show may be a subordinate, or in another model.
fn the_only_unit_of_an_application_is_not_taken_for_gone(lxd: Daemon) {
    let (mut lab, _, client) = deployed(lxd);
    lab.model.remove_unit_forced("my-charm/0").unwrap();
    lab.settle();
    look(&mut lab);
    look(&mut lab);
    assert!(lab.opens(&client));
    Happening::Restart.happen(&mut lab);
    look(&mut lab);
    look(&mut lab);
    assert!(!lab.opens(&client), "the restart brought the hook");
}

/// `sync` does at once what the last `update-status` has found.
#[test]
fn sync_takes_what_was_found_once() {
    let mut lab = Lab::trusted(lab::simulated());
    let consumer = lab.relate("my-charm", 2);
    let goes = certificates::make("goes");
    lab.ask(&consumer, "my-charm/0", &[&goes.certificate_pem]);
    lab.model.remove_unit_forced("my-charm/0").unwrap();
    lab.settle();
    lab.model.run(UNIT, "sync", &serde_json::json!({})).unwrap();
    assert!(lab.opens(&goes), "it does not doubt by itself");
    lab.update_status(UNIT);
    lab.model.run(UNIT, "sync", &serde_json::json!({})).unwrap();
    assert!(!lab.opens(&goes));
}
