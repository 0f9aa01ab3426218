//! `get-client-token`: whoever shows the token becomes a client of the operator's.

use juju_bed::context::Version;
use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon, Profile,
    certificates::{self, Credential},
};
use serde_json::{Value, json};

use super::{
    failure, results, run,
    trusted_clients::{add, entry, operators, refused},
};

on_both! {
    a_token_makes_its_bearer_a_client
}

on_servers! {
    a_client_and_a_token: lxd_5_21 lxd_6 incus incus_7 real_incus;
    what_waits_is_taken_back_by_name: lxd_5_0 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
    a_token_tells_its_end: lxd_5_0 lxd_5_21 lxd_6 incus_7 real_lxd;
}

/// What the action shows.
fn token(lab: &mut Lab, name: &str) -> Value {
    results(&run(lab, "get-client-token", &json!({ "name": name })))
}

/// Whether LXD takes a token from whoever shows it.
fn enrol(lab: &Lab, client: &Credential, token: &str) -> bool {
    let field = match lab.lxd.profile() {
        Profile::Lxd5_0 => "password",
        _ => "trust_token",
    };
    let body = json!({ "type": "client", field: token });
    let answer = lab
        .lxd
        .client(Some(client))
        .post("/1.0/certificates", &body);
    answer.expect("LXD answers").status == 201
}

fn a_token_makes_its_bearer_a_client(lxd: Daemon) {
    lxd.add_project("a");
    let mut lab = Lab::trusted(lxd);
    lab.config(&[("restrict_to_projects", "a")]);
    let shown = token(&mut lab, "bob");
    let token = shown["token"].as_str().unwrap();
    assert!(lab.log().iter().all(|line| !line.contains(token)));
    let bob = certificates::make("bob");
    assert!(enrol(&lab, &bob, token), "LXD takes the token");
    assert!(lab.opens(&bob));
    let expected = Some((operators(&lab, "bob"), "a".to_owned()));
    assert_eq!(entry(&lab, &bob), expected);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(entry(&lab, &bob), expected);
    let parameters = json!({ "fingerprint": bob.fingerprint });
    results(&run(&mut lab, "remove-trusted-client", &parameters));
    assert!(!lab.opens(&bob));
    let found = refused(&mut lab, "get-client-token", &json!({ "name": "b b" }));
    assert!(found.contains("is not a name; "), "{found}");
}

fn what_waits_is_taken_back_by_name(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let (alice, bob) = (certificates::make("alice"), certificates::make("bob"));
    add(&mut lab, "alice", &alice);
    let token = token(&mut lab, "bob");
    let remove =
        |lab: &mut Lab, name: &str| run(lab, "remove-trusted-client", &json!({ "name": name }));
    let expected = json!({ "fingerprint": alice.fingerprint, "summary": "removed" });
    assert_eq!(results(&remove(&mut lab, "alice")), expected);
    let expected = json!({ "summary": "1 waiting token taken back" });
    assert_eq!(results(&remove(&mut lab, "bob")), expected);
    assert!(!enrol(&lab, &bob, token["token"].as_str().unwrap()));
    for name in ["alice", "bob"] {
        let result = remove(&mut lab, name);
        let found = failure(&result);
        let words = "there is no client and no waiting token of this name";
        assert!(found.starts_with(words), "{found}");
    }
    assert_eq!(lab.store(), before);
}

fn a_token_tells_its_end(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let shown = token(&mut lab, "bob");
    let expires = shown["expires"].as_str().unwrap();
    match lab.lxd.profile() {
        Profile::Lxd5_21 | Profile::Lxd6 => assert!(expires.starts_with("20"), "{expires}"),
        _ => assert_eq!(expires, "never"),
    }
    let address = lab.lxd.address().to_string();
    let addresses = shown["addresses"].as_str().unwrap();
    assert!(
        addresses.split(", ").any(|known| known == address),
        "{addresses}"
    );
}

fn a_client_and_a_token(lxd: Daemon) {
    takes_a_client_and_a_token(&mut Lab::trusted(lxd));
}

fn takes_a_client_and_a_token(lab: &mut Lab) {
    let (alice, bob) = (certificates::make("alice"), certificates::make("bob"));
    add(lab, "alice@example.com", &alice);
    assert!(lab.opens(&alice));
    let shown = token(lab, "bob");
    assert!(enrol(lab, &bob, shown["token"].as_str().unwrap()));
    assert!(lab.opens(&bob));
    assert_eq!(lab.store()[&bob.fingerprint], operators(lab, "bob"));
}

#[test]
fn older_jujus_take_them_too() {
    for version in [Version::V2_9, Version::V3_6] {
        let mut lab = Lab::with_version(lab::simulated(), version);
        lab.model.trust(lab::APP).unwrap();
        lab.settle();
        takes_a_client_and_a_token(&mut lab);
    }
}
