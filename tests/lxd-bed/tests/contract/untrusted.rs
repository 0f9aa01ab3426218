//! What callers see that the server does not trust.

use std::time::{Duration, Instant, SystemTime};

use lxd_bed::certificates::{Key, Validity, make, make_with};
use lxd_bed::client::Client;
use lxd_bed::{Kind, Profile};
use serde_json::json;

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, fields};

cases!("untrusted":
    may_see_what_the_server_is,
    unknown_certificate_is_as_good_as_none,
    expired_certificate_is_as_good_as_none,
    everything_else_is_forbidden,
    unknown_paths_are_not_found_all_the_same,
    cannot_add_a_certificate,
    broken_json_is_told_before_trust,
    metrics_certificate_is_untrusted for since_5_0,
    server_certificate_is_trusted for restricting_alone,
    certificate_that_expires_stays_listed,
);

fn assert_sees_little(side: &Side, client: &mut Client, shows_one: bool) {
    let answer = client.get("/1.0").unwrap();
    assert_eq!(answer.status, 200);
    let mut server = answer.metadata.as_object().unwrap().clone();
    if scope::with_identities(side.profile()) {
        let told = server.remove("client_certificate");
        assert_eq!(told, Some(shows_one.into()));
    }
    if side.profile().is_incus() {
        assert_eq!(server.remove("config"), Some(json!({})));
    }
    let little = "api_extensions api_status api_version auth auth_methods public";
    assert_eq!(fields(&server.into()), little);
    assert_eq!(answer.metadata["auth"], "untrusted");
    assert_eq!(answer.metadata["auth_methods"][0], "tls");
    let told = answer.metadata["api_extensions"].is_array();
    assert_eq!(told, side.profile() != Profile::Incus7);
    assert!(!answer.headers.contains_key("etag"));
}

fn may_see_what_the_server_is(side: &Side) {
    assert_sees_little(side, &mut side.nobody(), false);
    assert_sync(&side.nobody().get("/").unwrap(), 200, &json!(["/1.0"]));
}

fn unknown_certificate_is_as_good_as_none(side: &Side) {
    assert_sees_little(side, &mut side.client(&make("unknown")), true);
}

fn expired_certificate_is_as_good_as_none(side: &Side) {
    for validity in [Validity::Expired, Validity::NotYet] {
        let credential = make_with(Key::P256, "at another time", validity);
        assert_sees_little(side, &mut side.client(&credential), true);
    }
}

fn everything_else_is_forbidden(side: &Side) {
    let mut client = side.client(&make("unknown"));
    for (method, path) in [
        ("GET", CERTIFICATES),
        ("GET", "/1.0/certificates?recursion=1"),
        ("GET", "/1.0/certificates/ab"),
        ("DELETE", "/1.0/certificates/ab"),
        ("PATCH", "/1.0/certificates/ab"),
        ("GET", "/1.0/cluster"),
        ("GET", "/1.0/cluster/members"),
        ("GET", "/1.0/projects"),
        ("POST", "/1.0"),
        ("PUT", CERTIFICATES),
    ] {
        let answer = client.send(method, path, &[], b"").unwrap();
        assert_error(&answer, 403, side.forbidden());
    }
}

fn unknown_paths_are_not_found_all_the_same(side: &Side) {
    for path in ["/x", "/1.0/x", "/1.0/certificates/"] {
        assert_error(&side.nobody().get(path).unwrap(), 404, "not found");
    }
}

fn cannot_add_a_certificate(side: &Side) {
    let own = make("own");
    let other = make("other");
    for client in [&mut side.nobody(), &mut side.client(&own)] {
        let answer = client.add(&other, "other").unwrap();
        assert_error(&answer, 403, side.forbidden());
        let itself = json!({"type": "client", "name": "own"});
        let answer = client.post(CERTIFICATES, &itself).unwrap();
        assert_error(&answer, 403, side.forbidden());
    }
    assert!(!side.holds(&other) && !side.holds(&own));
}

fn broken_json_is_told_before_trust(side: &Side) {
    let answer = side.nobody().send("POST", CERTIFICATES, &[], b"{").unwrap();
    assert_eq!(answer.status, 400);
}

fn metrics_certificate_is_untrusted(side: &Side) {
    let metrics = make("metrics");
    side.daemon
        .trust_as(&metrics.certificate_pem, "metrics", Kind::Metrics);
    assert_sees_little(side, &mut side.client(&metrics), true);
    let answer = side.client(&metrics).get(CERTIFICATES).unwrap();
    assert_error(&answer, 403, side.forbidden());
    assert_eq!(side.entry(&metrics).metadata["type"], "metrics");
}

fn server_certificate_is_trusted(side: &Side) {
    let server = make("server");
    side.daemon
        .trust_as(&server.certificate_pem, "server", Kind::Server);
    assert_eq!(side.auth(&server), "trusted");
    assert_eq!(side.entry(&server).metadata["type"], "server");
    assert_eq!(side.delete(&server).status, 200);
}

fn certificate_that_expires_stays_listed(side: &Side) {
    let until = SystemTime::now() + Duration::from_secs(3);
    let credential = make_with(Key::P256, "brief", Validity::Until(until));
    side.daemon.trust(&credential.certificate_pem, "brief");
    let mut client = side.client(&credential);
    assert_eq!(client.auth().unwrap(), "trusted");
    let limit = Instant::now() + Duration::from_secs(10);
    while client.auth().unwrap() == "trusted" {
        assert!(Instant::now() < limit, "it is trusted for ever");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(side.holds(&credential));
}
