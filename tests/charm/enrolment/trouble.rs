//! Enrolments that do not go as they should, and those that are not alone.

use lab::{APP, Lab, UNIT};
use lxd_bed::{Fault, Matching, Times, certificates};

use super::{SPENT, Stranger, WORKS};

/// What LXD answers to the enrolment, once, and the status that follows.
fn answered(fault: Fault) -> Stranger {
    let lxd = lab::simulated();
    let token = lxd.issue_token("integrators", None);
    lxd.fault(fault, Matching::method("POST"), Times::Next(1));
    Stranger::new(lxd, certificates::make("own"), ("trust-token", &token))
}

#[test]
fn another_unit_was_faster() {
    let body = r#"{"type":"error","error":"No matching certificate add operation found"}"#;
    let refused_after_acting = Fault::AnswerAfterActing {
        status: 403,
        body: body.to_owned(),
    };
    assert_eq!(answered(refused_after_acting).lab.status(), WORKS);
}

#[test]
fn a_lost_answer_is_settled_by_looking() {
    assert_eq!(answered(Fault::CloseAfterActing).lab.status(), WORKS);
}

#[test]
fn an_lxd_that_is_busy_is_asked_again() {
    let mut charm = answered(Fault::error(503, "LXD daemon setup in progress"));
    let address = charm.lab.lxd.address();
    assert_eq!(
        charm.lab.status(),
        format!("waiting: LXD at {address}: LXD daemon setup in progress; retrying")
    );
    charm.lab.update_status(UNIT);
    assert_eq!(charm.lab.status(), WORKS);
}

#[test]
fn an_expired_token_is_refused() {
    let words = "Failed during search for certificate add token operation: Token has expired";
    let charm = answered(Fault::error(500, words));
    let expected = charm.refused_because("trust token", "it has expired; give a new one");
    assert_eq!(charm.lab.status(), expected);
    let log = charm.lab.log().join("\n");
    assert!(log.contains(words), "{log}");
}

#[test]
fn two_units_share_a_token() {
    let lxd = lab::simulated();
    let token = lxd.issue_token("integrators", None);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    charm.lab.model.add_unit(APP).unwrap();
    charm.lab.settle();
    charm.lab.update_status("lxd-integrator/1");
    let status = charm.lab.model.workload_status("lxd-integrator/1").unwrap();
    assert_eq!(status.status, "active", "{}", status.message);
    assert_eq!(charm.attempts(), Some(1));
}

#[test]
fn a_cloud_credential_may_bring_a_token() {
    let lxd = lab::simulated();
    let token = lxd.issue_token("integrators", None);
    let own = certificates::make("own");
    let mut cloud = lab::cloud(&lxd, &own);
    cloud["credential"]["attrs"]["trust-token"] = token.into();
    let mut lab = Lab::new(lxd);
    lab.model.set_cloud_credential(cloud);
    lab.model.trust(APP).unwrap();
    lab.settle();
    assert_eq!(lab.status(), WORKS);
    assert!(lab.opens(&own));
}

/// What one LXD refused may be right for another.
#[test]
fn a_token_is_tried_where_it_belongs() {
    let right = lab::simulated();
    let token = right.issue_token("integrators", None);
    let own = certificates::make("own");
    let mut charm = Stranger::new(lab::simulated(), own, ("trust-token", &token));
    let refused = charm.refused_because("trust token", SPENT);
    assert_eq!(charm.lab.status(), refused);
    charm.lab.config(&[
        ("lxd_endpoint", &right.endpoint()),
        ("lxd_server_cert", &right.server_certificate_pem()),
    ]);
    assert_eq!(charm.lab.status(), WORKS);
}

#[test]
fn a_token_that_restricts_is_not_enough() {
    let lxd = lab::simulated();
    let token = lxd.issue_token("integrators", Some(&["default"]));
    let charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    assert_eq!(
        charm.lab.status(),
        "blocked: Our certificate is restricted; trust management needs an unrestricted one"
    );
}
