//! Every fault as a client sees it, and what the server did meanwhile.

use std::time::Duration;

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Client, Failure};
use lxd_bed::{Daemon, Fault, Matching, Options, Times};

/// Long enough for a handshake on a busy machine, short enough to wait for.
const SHORT: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(20);

fn daemon() -> Daemon {
    Daemon::simulated(Options::default())
}

fn admin(daemon: &Daemon) -> Client {
    daemon.client(Some(daemon.admin()))
}

fn post(daemon: &Daemon, new: &Credential, deadline: Duration) -> Result<u16, Failure> {
    let answer = admin(daemon).within(deadline).add(new, "new")?;
    Ok(answer.status)
}

/// What comes of a POST under a fault, and whether the certificate is there afterwards.
fn post_under(fault: Fault, deadline: Duration) -> (Result<u16, Failure>, bool) {
    let daemon = daemon();
    daemon.fault(fault, Matching::method("POST"), Times::UntilCleared);
    let new = make("new");
    let outcome = post(&daemon, &new, deadline);
    (outcome, daemon.entry(&new.fingerprint).is_some())
}

#[test]
fn an_answer_replaces_the_act() {
    let (outcome, there) = post_under(Fault::error(503, "LXD daemon setup in progress"), LONG);
    assert_eq!((outcome.unwrap(), there), (503, false));
}

#[test]
fn an_answer_follows_the_act() {
    let fault = Fault::AnswerAfterActing {
        status: 502,
        body: "<html>".to_owned(),
    };
    let (outcome, there) = post_under(fault, LONG);
    assert_eq!((outcome.unwrap(), there), (502, true));
}

#[test]
fn connection_closed_before_the_act() {
    let (outcome, there) = post_under(Fault::CloseBeforeActing, LONG);
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert!(!there);
}

#[test]
fn connection_closed_after_the_act() {
    let (outcome, there) = post_under(Fault::CloseAfterActing, LONG);
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert!(there);
}

#[test]
fn hang_before_the_act() {
    let (outcome, there) = post_under(Fault::HangBeforeActing, SHORT);
    assert!(matches!(outcome, Err(Failure::TimedOut)), "{outcome:?}");
    assert!(!there);
}

#[test]
fn hang_after_the_act() {
    let (outcome, there) = post_under(Fault::HangAfterActing, SHORT);
    assert!(matches!(outcome, Err(Failure::TimedOut)), "{outcome:?}");
    assert!(there);
}

#[test]
fn clearing_lets_go_what_hangs() {
    let daemon = daemon();
    daemon.fault(Fault::HangAfterActing, Matching::any(), Times::Next(1));
    let outcome = std::thread::scope(|scope| {
        let hanging = scope.spawn(|| admin(&daemon).get("/1.0"));
        // It is listed before it hangs. Whatever struck before the clearing is let go by it.
        while daemon.requests().unwrap().is_empty() {
            std::thread::yield_now();
        }
        daemon.clear_faults();
        hanging.join().unwrap()
    });
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert_eq!(admin(&daemon).get("/1.0").unwrap().status, 200);
}

#[test]
fn stopping_lets_go_what_hangs() {
    let daemon = daemon();
    daemon.fault(Fault::HangBeforeActing, Matching::any(), Times::Next(1));
    let outcome = admin(&daemon).within(SHORT).get("/1.0");
    assert!(matches!(outcome, Err(Failure::TimedOut)), "{outcome:?}");
    daemon.stop();
    daemon.start();
    assert_eq!(admin(&daemon).get("/1.0").unwrap().status, 200);
}

#[test]
fn text_that_is_no_json() {
    let daemon = daemon();
    let fault = Fault::Answer {
        status: 200,
        body: "<html>It works!</html>".to_owned(),
    };
    daemon.fault(fault, Matching::any(), Times::Next(1));
    let answer = admin(&daemon).get("/1.0").unwrap();
    assert_eq!(answer.headers["content-type"], "text/html");
    assert_eq!(answer.body, b"<html>It works!</html>");
}

#[test]
fn oversized_body() {
    let daemon = daemon();
    let fault = Fault::OversizedBody(5_000_000);
    daemon.fault(fault, Matching::any(), Times::Next(1));
    assert_eq!(admin(&daemon).get("/1.0").unwrap().body.len(), 5_000_000);
}

#[test]
fn endless_body() {
    let daemon = daemon();
    daemon.fault(Fault::EndlessBody, Matching::any(), Times::Next(1));
    let outcome = admin(&daemon).get("/1.0");
    assert!(matches!(outcome, Err(Failure::Malformed(_))), "{outcome:?}");
}

#[test]
fn closed_in_the_handshake() {
    let daemon = daemon();
    daemon.fault(Fault::CloseInHandshake, Matching::any(), Times::Next(1));
    let outcome = admin(&daemon).get("/1.0");
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert_eq!(admin(&daemon).get("/1.0").unwrap().status, 200);
}

#[test]
fn frozen_in_the_handshake() {
    let daemon = daemon();
    daemon.fault(Fault::HangInHandshake, Matching::any(), Times::UntilCleared);
    let outcome = admin(&daemon).within(SHORT).get("/1.0");
    assert!(matches!(outcome, Err(Failure::TimedOut)), "{outcome:?}");
}

#[test]
fn another_certificate() {
    let daemon = daemon();
    let other = make("other");
    let fault = Fault::PresentCertificate(other.clone());
    daemon.fault(fault, Matching::any(), Times::UntilCleared);
    let outcome = admin(&daemon).get("/1.0");
    assert!(matches!(outcome, Err(Failure::Tls(_))), "{outcome:?}");
    let mut fooled = Client::new(
        daemon.address(),
        &other.certificate_pem,
        Some(daemon.admin()),
    );
    assert_eq!(fooled.auth().unwrap(), "trusted");
    daemon.clear_faults();
    assert_eq!(admin(&daemon).get("/1.0").unwrap().status, 200);
}

#[test]
fn strikes_so_often_where_it_matches() {
    let daemon = daemon();
    let matching = Matching::method("GET").and_path("/1.0/certificates");
    daemon.fault(Fault::error(500, "broken"), matching, Times::Next(2));
    let mut admin = admin(&daemon);
    let statuses = [
        "/1.0",
        "/1.0/certificates",
        "/1.0/certificates/x",
        "/1.0/certificates",
    ]
    .map(|path| admin.get(path).unwrap().status);
    assert_eq!(statuses, [200, 500, 500, 200]);
}

#[test]
fn oldest_fault_strikes_first() {
    let daemon = daemon();
    for status in [500, 503] {
        daemon.fault(
            Fault::error(status, "broken"),
            Matching::any(),
            Times::Next(1),
        );
    }
    let mut admin = admin(&daemon);
    let statuses = [(); 3].map(|()| admin.get("/1.0").unwrap().status);
    assert_eq!(statuses, [500, 503, 200]);
}

#[test]
fn requests_are_listed() {
    let daemon = daemon();
    daemon.fault(
        Fault::CloseAfterActing,
        Matching::path("/1.0/projects"),
        Times::Next(1),
    );
    let mut admin = admin(&daemon);
    admin.get("/1.0/certificates?recursion=1").unwrap();
    admin.delete("/1.0/certificates/zz").unwrap();
    admin.get("/1.0/projects").unwrap_err();
    let list: Vec<_> = daemon
        .requests()
        .unwrap()
        .into_iter()
        .map(|request| format!("{} {} {:?}", request.method, request.path, request.status))
        .collect();
    let expected = [
        "GET /1.0/certificates?recursion=1 Some(200)",
        "DELETE /1.0/certificates/zz Some(404)",
        "GET /1.0/projects None",
    ];
    assert_eq!(list, expected);
    daemon.clear_requests();
    assert_eq!(daemon.requests().unwrap(), []);
}
