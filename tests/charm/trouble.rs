//! An LXD that fails at the worst moment: what it could not take now is done by a later hook.

use lab::{Lab, UNIT};
use lxd_bed::{Fault, Matching, Times, certificates};

fn lab() -> Lab {
    let mut lab = Lab::trusted(lab::simulated());
    // Deadlines of a twentieth: 0.25 s to connect, 0.75 s for a read, 1.5 s for a write.
    lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "5");
    lab
}

#[test]
fn what_was_asked_while_lxd_was_away_is_done_later() {
    let mut lab = lab();
    let consumer = lab.relate("my-charm", 1);
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.ask(&consumer, "my-charm/0", &[&one.certificate_pem]);
    let databag = lab.databag(&consumer);
    lab.lxd.stop();
    lab.ask(&consumer, "my-charm/0", &[&two.certificate_pem]);
    assert!(
        lab.status().starts_with("waiting: LXD at "),
        "{}",
        lab.status()
    );
    assert_eq!(lab.databag(&consumer), databag);
    lab.lxd.start();
    lab.update_status(UNIT);
    assert!(lab.opens(&two) && !lab.opens(&one));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [two.fingerprint.as_str()]
    );
    lab.assert_no_hook_failed();
}

#[test]
fn the_next_hook_of_any_relation_makes_up_for_it() {
    let mut lab = lab();
    let gone = lab.relate("gone", 1);
    let stays = lab.relate("stays", 1);
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.ask(&gone, "gone/0", &[&one.certificate_pem]);
    lab.lxd.stop();
    lab.ask(&stays, "stays/0", &[&two.certificate_pem]);
    lab.model.remove_relation(lab::APP, "gone").unwrap();
    lab.settle();
    lab.lxd.start();
    assert!(lab.opens(&one));
    lab.relate("newcomer", 1);
    assert!(!lab.opens(&one) && lab.opens(&two));
    lab.assert_no_hook_failed();
}

#[test]
fn a_lost_answer_is_settled_by_reading() {
    let mut lab = lab();
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    for fault in [Fault::CloseAfterActing, Fault::HangAfterActing] {
        lab.lxd
            .fault(fault.clone(), Matching::method("POST"), Times::Next(1));
        lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
        assert_eq!(
            lab.trusted_fingerprints(&consumer),
            [client.fingerprint.as_str()]
        );
        lab.lxd
            .fault(fault, Matching::method("DELETE"), Times::Next(1));
        lab.ask(&consumer, "my-charm/0", &[]);
        assert!(!lab.opens(&client));
        assert_eq!(
            lab.status(),
            "active: 1 node, 0 certificates for 1 relation"
        );
        lab.lxd.clear_faults();
    }
    lab.assert_no_hook_failed();
}

#[test]
fn a_write_that_did_not_happen_is_done_later() {
    for fault in [
        Fault::CloseBeforeActing,
        Fault::HangBeforeActing,
        Fault::error(503, "Failed to begin transaction: no available leader"),
        Fault::Answer {
            status: 502,
            body: "<html>a proxy</html>".to_owned(),
        },
    ] {
        let mut lab = lab();
        let consumer = lab.relate("my-charm", 1);
        let (one, two) = (certificates::make("one"), certificates::make("two"));
        lab.ask(&consumer, "my-charm/0", &[&one.certificate_pem]);
        lab.lxd
            .fault(fault.clone(), Matching::method("POST"), Times::UntilCleared);
        lab.lxd
            .fault(fault, Matching::method("DELETE"), Times::UntilCleared);
        lab.ask(&consumer, "my-charm/0", &[&two.certificate_pem]);
        assert!(
            lab.status().starts_with("waiting: LXD at "),
            "{}",
            lab.status()
        );
        assert!(lab.opens(&one) && !lab.opens(&two));
        lab.lxd.clear_faults();
        lab.update_status(UNIT);
        assert!(!lab.opens(&one) && lab.opens(&two));
        assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
        lab.assert_no_hook_failed();
    }
}

#[test]
fn an_lxd_that_cannot_be_read_is_waited_for() {
    for fault in [
        Fault::HangBeforeActing,
        Fault::EndlessBody,
        Fault::CloseInHandshake,
        Fault::HangInHandshake,
        Fault::error(503, "LXD daemon setup in progress"),
        Fault::Answer {
            status: 200,
            body: "<html>not LXD</html>".to_owned(),
        },
    ] {
        let mut lab = lab();
        lab.lxd
            .fault(fault.clone(), Matching::any(), Times::UntilCleared);
        lab.update_status(UNIT);
        assert!(
            lab.status().starts_with("waiting: LXD at "),
            "{fault:?}: {}",
            lab.status()
        );
        lab.lxd.clear_faults();
        lab.update_status(UNIT);
        assert!(
            lab.status().starts_with("active: "),
            "{fault:?}: {}",
            lab.status()
        );
        lab.assert_no_hook_failed();
    }
}

#[test]
fn a_refused_certificate_is_reported_in_lxds_words() {
    let mut lab = lab();
    let consumer = lab.relate("my-charm", 1);
    let (bad, good) = (certificates::make("bad"), certificates::make("good"));
    let refusal = Fault::error(400, "I do not like it");
    lab.lxd
        .fault(refusal, Matching::method("POST"), Times::Next(1));
    let mut pair = [&bad, &good];
    pair.sort_by_key(|client| client.fingerprint.clone());
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&pair[0].certificate_pem, &pair[1].certificate_pem],
    );
    let rejected = lab.published(&consumer, "rejected_certificates");
    assert_eq!(rejected[0]["fingerprint"], pair[0].fingerprint.as_str());
    assert_eq!(rejected[0]["reason"], "refused: I do not like it");
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [pair[1].fingerprint.as_str()]
    );
    // The next full look tries once more.
    lab.update_status(UNIT);
    assert_eq!(lab.trusted_fingerprints(&consumer).len(), 2);
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        serde_json::Value::Null
    );
}

#[test]
fn every_way_of_saying_already_there_is_understood() {
    for status in [400, 409, 500] {
        let mut lab = lab();
        let consumer = lab.relate("my-charm", 1);
        let client = certificates::make("client");
        let Fault::Answer { body, .. } = Fault::error(status, "Certificate already in trust store")
        else {
            unreachable!("an answer");
        };
        let raced = Fault::AnswerAfterActing { status, body };
        lab.lxd
            .fault(raced, Matching::method("POST"), Times::Next(1));
        lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
        assert_eq!(
            lab.trusted_fingerprints(&consumer),
            [client.fingerprint.as_str()],
            "{status}"
        );
    }
}

#[test]
fn a_renewed_server_certificate_is_published_everywhere() {
    let mut lab = lab();
    let (one, two) = (lab.relate("one", 1), lab.relate("two", 1));
    let client = certificates::make("client");
    lab.ask(&one, "one/0", &[&client.certificate_pem]);
    let renewed = certificates::make("renewed");
    let fault = Fault::PresentCertificate(renewed.clone());
    lab.lxd.fault(fault, Matching::any(), Times::UntilCleared);
    lab.update_status(UNIT);
    assert!(
        lab.status().starts_with("blocked: LXD at "),
        "{}",
        lab.status()
    );
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    cloud["credential"]["attrs"]["server-cert"] = renewed.certificate_pem.clone().into();
    lab.model.set_cloud_credential(cloud);
    // A hook of one relation notices that the ground changed, and tells the other relation as well.
    lab.ask(&two, "two/0", &["garbage"]);
    for consumer in [&one, &two] {
        let databag = lab.databag(consumer);
        assert_eq!(
            databag["server_certificate_fingerprint"],
            renewed.fingerprint
        );
        let published = certificates::Credential::from_pem(&databag["server_certificate"], "");
        assert_eq!(published.fingerprint, renewed.fingerprint);
    }
    assert_eq!(
        lab.trusted_fingerprints(&one),
        [client.fingerprint.as_str()]
    );
}
