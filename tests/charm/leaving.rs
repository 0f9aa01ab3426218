//! Units of the integrator that come and go: the last one takes everything along, the others nothing.

use juju_bed::{agent::End, model::Parting};
use lab::{Lab, UNIT};
use lxd_bed::{Daemon, Fault, Matching, Times, certificates};

on_both! {
    a_second_unit_takes_nothing_away
    the_last_unit_waits_for_lxd
    a_credential_that_no_longer_works_does_not_hold_up_the_removal
    a_unit_without_anything_to_forget_leaves_without_lxd
    a_unit_that_does_not_know_what_is_left_waits_for_lxd
    an_operators_entry_stays_and_is_named
}

fn a_second_unit_takes_nothing_away(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 2);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let second = lab.model.add_unit(lab::APP).unwrap();
    lab.settle();
    lab.update_status(&second);
    lab.update_status(&second);
    assert!(lab.opens(&client));
    let published = lab
        .model
        .databag(consumer.relation, &second)
        .unwrap()
        .clone();
    assert_eq!(published.get("nodes"), lab.databag(&consumer).get("nodes"));
    lab.model.remove_unit(UNIT).unwrap();
    lab.settle();
    assert!(lab.opens(&client), "not even for a while");
    lab.update_status(&second);
    lab.update_status(&second);
    assert!(lab.opens(&client));
    lab.model.remove_unit(&second).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
}

/// A lab whose hooks give up sooner.
fn impatient(lxd: Daemon) -> Lab {
    let mut lab = Lab::trusted(lxd);
    lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "5");
    lab
}

fn the_last_unit_waits_for_lxd(lxd: Daemon) {
    let mut lab = impatient(lxd);
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.lxd.stop();
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().name, "api-relation-broken");
    assert_eq!(lab.last_hook().ran.end, End::Exit(1));
    let name = lab.entry_name(&consumer, &client);
    let line = format!("stays in LXD: {} {name}", client.fingerprint);
    let log = lab.log().join("\n");
    assert!(log.contains(&line), "{log}");
    lab.lxd.start();
    lab.settle();
    assert_eq!(lab.last_hook().ran.end, End::Exit(0));
    assert_eq!(lab.store(), before);
}

fn a_credential_that_no_longer_works_does_not_hold_up_the_removal(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.model.untrust(lab::APP).unwrap();
    lab.settle();
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().name, "stop");
    assert_eq!(lab.last_hook().ran.end, End::Exit(0));
    assert!(lab.opens(&client));
    let log = lab.log().join("\n");
    assert!(log.contains(&client.fingerprint), "{log}");
    assert!(log.contains(&lab.entry_name(&consumer, &client)), "{log}");
}

fn a_unit_without_anything_to_forget_leaves_without_lxd(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.relate("my-charm", 1);
    lab.lxd.stop();
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().name, "stop");
    assert_eq!(lab.last_hook().ran.end, End::Exit(0));
}

/// Juju waits for a hook that runs, and drops a unit whose hook has failed.
#[test]
fn an_lxd_that_comes_back_in_time_is_waited_for_in_the_hook() {
    for fails in ["GET", "DELETE"] {
        let mut lab = Lab::trusted(lab::simulated());
        let before = lab.store();
        let consumer = lab.relate("my-charm", 1);
        let client = certificates::make("client");
        lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
        lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "20");
        let busy = Fault::error(503, "LXD daemon setup in progress");
        lab.lxd.fault(busy, Matching::method(fails), Times::Next(3));
        lab.model.remove_application(lab::APP).unwrap();
        lab.settle();
        lab.assert_no_hook_failed();
        assert_eq!(lab.store(), before);
        let broken = lab.model.hooks(UNIT);
        let broken = broken.iter().filter(|hook| *hook == "api-relation-broken");
        assert_eq!(broken.count(), 1, "in its first broken");
    }
}

/// Of its relation the last unit takes also what it does not know of.
#[test]
fn broken_takes_every_entry_named_for_its_relation() {
    let mut lab = Lab::trusted(lab::simulated());
    let before = lab.store();
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let unknown = certificates::make("unknown");
    let name = lab.entry_name(&consumer, &unknown);
    lab.lxd.trust(&unknown.certificate_pem, &name);
    lab.model.remove_unit(UNIT).unwrap();
    lab.model
        .part(UNIT, consumer.relation, Parting::BROKEN_ONLY)
        .unwrap();
    while lab.last_hook().name != "api-relation-broken" {
        assert!(lab.model.step_unit(UNIT).unwrap());
    }
    assert_eq!(lab.store(), before);
}

/// Somebody else's memory held the entry: another unit's that was lost, or a charm's before this one.
fn a_unit_that_does_not_know_what_is_left_waits_for_lxd(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "5");
    let before = lab.store();
    let stale = certificates::make("stale");
    let name = format!("juju:{}:{}:9:gone:0123456789ab", lab.model.uuid(), lab::APP);
    lab.lxd.trust(&stale.certificate_pem, &name);
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    lab.relate("my-charm", 1);
    lab.lxd.stop();
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.last_hook().ran.end, End::Exit(1));
    lab.lxd.start();
    lab.settle();
    assert_eq!(lab.last_hook().ran.end, End::Exit(0));
    assert_eq!(lab.store(), before);
}

fn an_operators_entry_stays_and_is_named(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.relate("my-charm", 1);
    let operators = certificates::make("alice");
    let name = format!("juju:{}:{}:operator:alice", lab.model.uuid(), lab::APP);
    lab.lxd.trust(&operators.certificate_pem, &name);
    let before = lab.store();
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
    assert!(
        lab.log().iter().any(|line| line.contains(&name)),
        "{:?}",
        lab.log()
    );
}
