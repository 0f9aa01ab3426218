//! The observer of a simulated server: what it is told, when, and what comes of its verdict.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Answer, Failure};
use lxd_bed::{Daemon, Fault, Matching, Moment, Options, Times, Verdict};

use Moment::{AfterActing, BeforeActing};

fn daemon() -> Daemon {
    Daemon::simulated(Options::named("node"))
}

fn post(daemon: &Daemon, member: usize, new: &Credential) -> Result<Answer, Failure> {
    let mut admin = daemon.member_client(member, Some(daemon.admin()));
    admin.add(new, "new")
}

fn holds(daemon: &Daemon, credential: &Credential) -> bool {
    daemon.entry(&credential.fingerprint).is_some()
}

/// Hangs up at that moment of every POST.
fn hang_up_at(daemon: &Daemon, wanted: Moment) {
    daemon.observe(move |seen| match seen.method == "POST" {
        true if seen.moment == wanted => Verdict::HangUp,
        _ => Verdict::GoOn,
    });
}

#[test]
fn every_request_is_told_twice_with_the_trust_store_of_that_moment() {
    let daemon = Daemon::simulated(Options::named("node").members(3));
    let (told, new) = (Arc::new(Mutex::new(Vec::new())), make("new"));
    let (list, fingerprint) = (Arc::clone(&told), new.fingerprint.clone());
    let admin = daemon.admin().fingerprint.clone();
    daemon.observe(move |seen| {
        assert_eq!(seen.caller, Some(admin.as_str()));
        assert_eq!(seen.body.is_empty(), seen.method == "GET");
        let there = seen.trust_store.contains_key(&fingerprint);
        let line = format!("{} {} {}", seen.member, seen.method, seen.path);
        list.lock()
            .unwrap()
            .push((line, seen.moment, seen.status, there));
        Verdict::GoOn
    });
    daemon.trust(&make("not a request").certificate_pem, "not a request");
    post(&daemon, 2, &new).unwrap();
    post(&daemon, 1, &new).unwrap();
    daemon.stop_observing();
    post(&daemon, 0, &new).unwrap();
    let (first, second) = ("2 POST /1.0/certificates", "1 POST /1.0/certificates");
    let wanted = [
        (first.to_owned(), BeforeActing, None, false),
        (first.to_owned(), AfterActing, Some(201), true),
        (second.to_owned(), BeforeActing, None, true),
        (second.to_owned(), AfterActing, Some(409), true),
    ];
    assert_eq!(*told.lock().unwrap(), wanted);
}

#[test]
fn hung_up_before_acting() {
    let (daemon, new) = (daemon(), make("new"));
    hang_up_at(&daemon, BeforeActing);
    let outcome = post(&daemon, 0, &new);
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert!(!holds(&daemon, &new));
    assert_eq!(daemon.requests().unwrap()[0].status, None);
}

#[test]
fn hung_up_after_acting() {
    let (daemon, new) = (daemon(), make("new"));
    hang_up_at(&daemon, AfterActing);
    let outcome = post(&daemon, 0, &new);
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    assert!(holds(&daemon, &new));
    assert_eq!(daemon.requests().unwrap()[0].status, None);
    daemon.stop_observing();
    assert_eq!(post(&daemon, 0, &new).unwrap().status, 409);
}

#[test]
fn what_a_fault_keeps_from_acting_has_no_after() {
    let (daemon, told) = (daemon(), Arc::new(AtomicUsize::new(0)));
    let fault = Fault::error(503, "LXD is shutting down");
    daemon.fault(fault, Matching::any(), Times::Next(1));
    let count = Arc::clone(&told);
    daemon.observe(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Verdict::GoOn
    });
    assert_eq!(post(&daemon, 0, &make("new")).unwrap().status, 503);
    assert_eq!(told.load(Ordering::SeqCst), 1);
    assert_eq!(post(&daemon, 0, &make("new")).unwrap().status, 201);
    assert_eq!(told.load(Ordering::SeqCst), 3);
}

/// It holds no lock that the observer could wait for.
#[test]
fn observer_may_use_the_daemon() {
    let (daemon, foreign) = (Arc::new(daemon()), make("foreign"));
    let own = Arc::downgrade(&daemon);
    let pem = foreign.certificate_pem.clone();
    daemon.observe(move |seen| {
        let daemon = own.upgrade().unwrap();
        assert_eq!(daemon.trust_list().len(), seen.trust_store.len());
        if seen.moment == AfterActing {
            daemon.trust(&pem, "foreign");
            daemon.stop_observing();
        }
        Verdict::GoOn
    });
    post(&daemon, 0, &make("new")).unwrap();
    post(&daemon, 0, &make("newer")).unwrap();
    assert!(holds(&daemon, &foreign));
}

#[test]
#[should_panic(expected = "something foreign was touched")]
fn observers_panic_comes_out_when_it_is_taken_off() {
    let daemon = daemon();
    daemon.observe(|_| panic!("something foreign was touched"));
    let outcome = post(&daemon, 0, &make("new"));
    assert!(matches!(outcome, Err(Failure::Closed)), "{outcome:?}");
    daemon.stop_observing();
}

#[test]
#[should_panic(expected = "something foreign was touched")]
fn observers_panic_comes_out_at_the_end_at_the_latest() {
    let daemon = daemon();
    daemon.observe(|_| panic!("something foreign was touched"));
    let _closed = post(&daemon, 0, &make("new"));
}
