//! `add-trusted-client` and `remove-trusted-client`: clients of the operator's.

use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon, Kind, Options, Profile,
    certificates::{self, Credential, Key, Validity},
};
use serde_json::{Value, json};

use super::{failure, results, run};

on_both! {
    a_client_stays_until_it_is_removed
    bad_parameters_are_named
    what_is_not_ours_is_left_as_it_is
    a_relations_certificate_becomes_the_operators_and_goes_back
    projects_narrow_what_the_option_allows
}

on_servers! {
    a_name_that_is_taken_is_refused: lxd_5_0 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
}

pub(super) fn add(lab: &mut Lab, name: &str, client: &Credential) -> Value {
    let parameters = json!({ "name": name, "cert": client.certificate_pem });
    results(&run(lab, "add-trusted-client", &parameters))
}

/// Why an action fails with these parameters.
pub(super) fn refused(lab: &mut Lab, action: &str, parameters: &Value) -> String {
    failure(&run(lab, action, parameters)).to_owned()
}

/// The name of an entry of the operator's.
pub(super) fn operators(lab: &Lab, name: &str) -> String {
    format!("juju:{}:{}:operator:{name}", lab.model.uuid(), lab::APP)
}

/// Whether an entry is there, and what it may do: `-` for everything, or its projects.
pub(super) fn entry(lab: &Lab, client: &Credential) -> Option<(String, String)> {
    let entry = lab.lxd.entry(&client.fingerprint)?;
    let may = match entry.restricted {
        true => entry.projects.join(","),
        false => "-".to_owned(),
    };
    Some((entry.name, may))
}

fn a_client_stays_until_it_is_removed(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let alice = certificates::make("alice");
    let expected = json!({ "fingerprint": alice.fingerprint });
    assert_eq!(add(&mut lab, "alice", &alice), expected);
    assert_eq!(
        add(&mut lab, "alice", &alice),
        expected,
        "once more is fine"
    );
    let name = operators(&lab, "alice");
    let shown = Some((name.clone(), "-".to_owned()));
    assert_eq!(entry(&lab, &alice), shown);
    assert!(lab.opens(&alice));
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    run(&mut lab, "sync", &json!({}));
    assert_eq!(entry(&lab, &alice), shown);
    let upper = alice.fingerprint.to_uppercase();
    let removed = run(
        &mut lab,
        "remove-trusted-client",
        &json!({ "fingerprint": upper }),
    );
    let expected = json!({ "fingerprint": alice.fingerprint, "summary": "removed" });
    assert_eq!(results(&removed), expected);
    assert_eq!(lab.store(), before);
    let parameters = json!({ "fingerprint": alice.fingerprint });
    let words = refused(&mut lab, "remove-trusted-client", &parameters);
    assert!(words.contains("is not in the trust store"), "{words}");
    // The last unit leaves it, and names it.
    lab.relate("my-charm", 1);
    add(&mut lab, "alice", &alice);
    lab.model.remove_application(lab::APP).unwrap();
    lab.settle();
    assert_eq!(entry(&lab, &alice), shown);
    let line = format!("stays in LXD: {} {name}", alice.fingerprint);
    let log = lab.log().join("\n");
    assert!(log.contains(&line), "{log}");
}

fn bad_parameters_are_named(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let good = certificates::make("good");
    let expired = certificates::make_with(Key::P256, "expired", Validity::Expired);
    let weak = certificates::rsa_1024().certificate_pem;
    let two = format!("{}{}", good.certificate_pem, expired.certificate_pem);
    let both = format!("{}{}", good.certificate_pem, good.key_pem);
    for (name, cert, words) in [
        ("", good.certificate_pem.as_str(), "\"\" is not a name; "),
        ("-alice", &good.certificate_pem, "is not a name; "),
        ("a/b", &good.certificate_pem, "is not a name; "),
        (&"a".repeat(65), &good.certificate_pem, "is not a name; "),
        ("alice", "", "not-a-certificate: no PEM certificate in it"),
        (
            "alice",
            "garbage",
            "not-a-certificate: no PEM certificate in it",
        ),
        (
            "alice",
            &both,
            "private-key: a private key must never be on a relation",
        ),
        ("alice", &two, "several certificates; give one at a time"),
        ("alice", &expired.certificate_pem, "expired: on "),
        (
            "alice",
            &weak,
            "weak-key: RSA of 1024 bits, at least 2048 are needed",
        ),
    ] {
        let parameters = json!({ "name": name, "cert": cert });
        let found = refused(&mut lab, "add-trusted-client", &parameters);
        assert!(found.contains(words), "{name}: {found}");
    }
    for parameters in [json!({}), json!({ "name": "a", "fingerprint": "b" })] {
        let found = refused(&mut lab, "remove-trusted-client", &parameters);
        assert_eq!(found, "give either fingerprint or name");
    }
    for fingerprint in ["abc", "%", &good.fingerprint[1..]] {
        let parameters = json!({ "fingerprint": fingerprint });
        let found = refused(&mut lab, "remove-trusted-client", &parameters);
        assert!(found.contains("is not a fingerprint; "), "{found}");
    }
    assert_eq!(lab.store(), before);
    assert!(lab.log().iter().all(|line| !line.contains("PRIVATE KEY")));
}

fn what_is_not_ours_is_left_as_it_is(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (theirs, metrics) = (certificates::make("theirs"), certificates::make("metrics"));
    lab.lxd.trust(&theirs.certificate_pem, "by hand");
    lab.lxd
        .trust_as(&metrics.certificate_pem, "metrics", Kind::Metrics);
    let own = lab.lxd.admin().clone();
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let before = lab.store();
    for (certificate, words) in [
        (&theirs, "\"by hand\", which this charm did not make"),
        (
            &metrics,
            "other-type: LXD holds it as a metrics certificate",
        ),
        (&own, "this is the charm's own certificate"),
    ] {
        let parameters = json!({ "name": "alice", "cert": certificate.certificate_pem });
        let found = refused(&mut lab, "add-trusted-client", &parameters);
        assert!(found.contains(words), "{found}");
    }
    for certificate in [&theirs, &metrics, &own, &client] {
        let parameters = json!({ "fingerprint": certificate.fingerprint });
        let found = refused(&mut lab, "remove-trusted-client", &parameters);
        assert!(found.contains("only what add-trusted-client"), "{found}");
    }
    assert_eq!(lab.store(), before);
}

fn a_relations_certificate_becomes_the_operators_and_goes_back(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let theirs = lab.entry_name(&consumer, &client);
    add(&mut lab, "alice", &client);
    let alices = operators(&lab, "alice");
    assert_eq!(lab.store()[&client.fingerprint], alices);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(lab.store()[&client.fingerprint], alices);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    let parameters = json!({ "fingerprint": client.fingerprint });
    let back = results(&run(&mut lab, "remove-trusted-client", &parameters));
    let summary = format!(
        "handed over to relation {} with my-charm, which asks for it",
        consumer.relation
    );
    assert_eq!(back["summary"], summary);
    assert_eq!(lab.store()[&client.fingerprint], theirs);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    // Once more, and the relation lets go: the operator's stays.
    add(&mut lab, "alice", &client);
    lab.ask(&consumer, "my-charm/0", &[]);
    lab.update_status(UNIT);
    lab.update_status(UNIT);
    assert_eq!(lab.store()[&client.fingerprint], alices);
    results(&run(&mut lab, "remove-trusted-client", &parameters));
    assert!(!lab.opens(&client));
    lab.assert_no_hook_failed();
}

fn projects_narrow_what_the_option_allows(lxd: Daemon) {
    ["a", "b", "c"]
        .iter()
        .for_each(|name| lxd.add_project(name));
    let mut lab = Lab::trusted(lxd);
    let alice = certificates::make("alice");
    let add = |lab: &mut Lab, projects: &str| {
        let parameters =
            json!({ "name": "alice", "cert": alice.certificate_pem, "projects": projects });
        let result = run(lab, "add-trusted-client", &parameters);
        match result.status.as_str() {
            "completed" => Ok(entry(lab, &alice).expect("it is there").1),
            _ => Err(result.message),
        }
    };
    assert_eq!(add(&mut lab, "b, a"), Ok("a,b".to_owned()));
    let unknown = "Unknown projects: x, y; make them with: lxc project create";
    assert_eq!(add(&mut lab, "y,a,x"), Err(unknown.to_owned()));
    lab.config(&[("restrict_to_projects", "a,b")]);
    assert_eq!(add(&mut lab, ""), Ok("a,b".to_owned()));
    assert_eq!(add(&mut lab, "b"), Ok("b".to_owned()));
    let beyond =
        "c is beyond restrict_to_projects, which is a, b; give projects of those only, or none";
    assert_eq!(add(&mut lab, "b,c"), Err(beyond.to_owned()));
    lab.update_status(UNIT);
    assert_eq!(entry(&lab, &alice).unwrap().1, "b");
}

fn a_name_that_is_taken_is_refused(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (alice, other) = (certificates::make("alice"), certificates::make("other"));
    add(&mut lab, "alice", &alice);
    let before = lab.store();
    let parameters = json!({ "name": "alice", "cert": other.certificate_pem });
    for (action, parameters) in [
        ("add-trusted-client", &parameters),
        ("get-client-token", &json!({ "name": "alice" })),
    ] {
        let found = refused(&mut lab, action, parameters);
        let words = format!("the name is taken by {}; ", alice.fingerprint);
        assert!(found.starts_with(&words), "{found}");
    }
    assert_eq!(lab.store(), before);
    results(&run(
        &mut lab,
        "get-client-token",
        &json!({ "name": "bob" }),
    ));
    let parameters = json!({ "name": "bob", "cert": other.certificate_pem });
    for (action, parameters) in [
        ("add-trusted-client", &parameters),
        ("get-client-token", &json!({ "name": "bob" })),
    ] {
        let found = refused(&mut lab, action, parameters);
        let words = "the name is taken by a token that waits to be used, ";
        assert!(found.starts_with(words), "{found}");
    }
    assert_eq!(lab.store(), before);
}

#[test]
fn where_lxd_can_do_less_it_says_so() {
    for profile in [Profile::Lxd3_0, Profile::Lxd4_0] {
        let lxd = Daemon::simulated(Options::named("node-1").profile(profile));
        let mut lab = Lab::trusted(lxd);
        let found = refused(&mut lab, "get-client-token", &json!({ "name": "bob" }));
        assert!(found.contains(" has no tokens; "), "{found}");
        let alice = certificates::make("alice");
        let parameters = json!({ "name": "alice", "cert": alice.certificate_pem, "projects": "a" });
        let found = refused(&mut lab, "add-trusted-client", &parameters);
        assert!(found.contains(" cannot restrict certificates; "), "{found}");
        assert!(!lab.opens(&alice));
        add(&mut lab, "alice", &alice);
        assert!(lab.opens(&alice));
    }
}
