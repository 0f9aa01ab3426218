//! `check` where LXD fails in ways that only a simulation does on demand, or is of another kind.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

use lab::{Lab, UNIT};
use lxd_bed::{Daemon, Fault, Matching, Options, Profile, Times};

use super::{Told, assert_told, check, configured, letters};

/// What the simulation answers to these requests, and what is told of it.
fn assert_fault(fault: &Fault, matching: &Matching, told: &Told<'_>) {
    let mut lab = Lab::trusted(lab::simulated());
    if matches!(fault, Fault::HangInHandshake) {
        lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "20");
    }
    lab.lxd
        .fault(fault.clone(), matching.clone(), Times::UntilCleared);
    assert_told(&mut lab, told);
}

#[test]
fn what_answers_or_does_not_is_told_apart() {
    let first = |detail, remedy, status| Told {
        steps: "ttfsssssst",
        step: "03-connect",
        detail,
        remedy,
        status,
        log: detail,
    };
    let frozen = first(
        "no answer in time",
        "does LXD hang there?",
        "no answer in time; retrying",
    );
    assert_fault(&Fault::HangInHandshake, &Matching::any(), &frozen);
    let cut = first("GET /1.0", "LXD may be restarting", "; retrying");
    assert_fault(&Fault::CloseBeforeActing, &Matching::any(), &cut);
    let answered = |detail, remedy, status| Told {
        steps: "ttttfsssst",
        step: "05-trust",
        detail,
        remedy,
        status,
        log: detail,
    };
    let words = "LXD daemon setup in progress";
    assert_fault(
        &Fault::error(503, words),
        &Matching::any(),
        &answered(words, "the charm tries again", words),
    );
    let html = Fault::Answer {
        status: 502,
        body: "<html>Bad Gateway</html>".to_owned(),
    };
    assert_fault(
        &html,
        &Matching::any(),
        &answered(
            "Bad Gateway",
            "perhaps a proxy",
            "what answers there is not LXD",
        ),
    );
}

#[test]
fn an_lxd_without_quorum() {
    let words = "Failed to begin transaction: no available dqlite leader server found";
    let told = Told {
        steps: "tttttftstt",
        step: "06-rights",
        detail: words,
        remedy: "lxc cluster list",
        status: words,
        log: words,
    };
    assert_fault(
        &Fault::error(503, words),
        &Matching::path("/1.0/certificates"),
        &told,
    );
}

#[test]
fn something_that_speaks_another_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            // A fatal alert: protocol_version.
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 70]);
        }
    });
    let mut lab = configured(lab::simulated(), |_, options| {
        options[0].clone_from(&address);
    });
    assert_told(
        &mut lab,
        &Told {
            steps: "ttfsssssst",
            step: "03-connect",
            detail: "alert",
            remedy: "it speaks another TLS than LXD does",
            status: "alert",
            log: "alert",
        },
    );
}

#[test]
fn an_lxd_that_cannot_restrict() {
    let lxd = Daemon::simulated(Options::named("node-1").profile(Profile::Lxd4_0));
    let mut lab = Lab::trusted(lxd);
    lab.config(&[("restrict_to_projects", "a")]);
    assert_told(
        &mut lab,
        &Told {
            steps: "ttttttfstt",
            step: "07-api-extensions",
            detail: "; restricted certificates: no, tokens: no",
            remedy: "upgrade it to 5.0 or later",
            status: "cannot restrict certificates; ",
            log: "cannot restrict certificates",
        },
    );
}

#[test]
fn a_cluster_goes_on_through_another_member() {
    let mut lab = Lab::trusted(Daemon::simulated(Options::named("m1").members(3)));
    assert_eq!(letters(&check(&mut lab)), "tttttttstt");
    lab.lxd.kill_member(0);
    lab.update_status(UNIT);
    let shown = check(&mut lab);
    let connect = shown["steps"]["03-connect"]["detail"].as_str().unwrap();
    assert!(connect.contains(": connection refused"), "{connect}");
    assert!(
        connect.ends_with(" answers, and is worked with"),
        "{connect}"
    );
    assert_eq!(&letters(&shown)[..6], "ttfttt", "{shown:#}");
}
