//! What a test does with tokens, identities, the clock and a lost quorum, on the simulation.

use std::time::Duration;

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::Answer;
use lxd_bed::{Daemon, Options, Profile};
use serde_json::{Value, json};

use Profile::{Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_21, Lxd6};

const CERTIFICATES: &str = "/1.0/certificates";
const IDENTITIES: &str = "/1.0/auth/identities/tls";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn server(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile))
}

/// Asks to be trusted with that text in that field.
fn enrol(server: &Daemon, own: &Credential, path: &str, field: &str, text: &str) -> Answer {
    let mut client = server.client(Some(own));
    let body = json!({"type": "client", field: text});
    client.post(path, &body).unwrap()
}

#[test]
fn password_is_taken_by_the_oldest() {
    for profile in [Lxd3_0, Lxd4_0] {
        let (server, own) = (server(profile), make("own"));
        server.set_trust_password(Some("sesame"));
        for (password, status) in [("wrong", 403), ("sesame", 201)] {
            let answer = enrol(&server, &own, CERTIFICATES, "password", password);
            assert_eq!(answer.status, status, "{profile}");
        }
    }
}

#[test]
fn token_ends_by_the_clock_of_the_server() {
    for (profile, lifetime, days, good) in [
        (Lxd5_21, None, 14, true),
        (Lxd5_21, None, 16, false),
        (Lxd6, Some("1d 12H"), 1, true),
        (Lxd6, Some("1d 12H"), 2, false),
        (Incus7, None, 1_000, true),
    ] {
        let (server, own) = (server(profile), make("own"));
        if let Some(lifetime) = lifetime {
            server.set_token_lifetime(lifetime);
        }
        let token = server.issue_token("by token", None);
        let waiting = server.waiting_tokens();
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].name, "by token");
        assert_eq!(waiting[0].expires.is_some(), profile != Incus7);
        server.advance(days * DAY);
        let answer = enrol(&server, &own, CERTIFICATES, "trust_token", &token);
        assert_eq!(
            answer.status == 201,
            good,
            "{profile} {days}: {}",
            answer.error
        );
        assert_eq!(server.waiting_tokens(), []);
    }
}

#[test]
fn token_can_be_called_back() {
    for profile in [Lxd5_0, Lxd6, Incus7] {
        let server = server(profile);
        let token = server.issue_token("by token", None);
        let mut admin = server.client(Some(server.admin()));
        let listed = admin.get("/1.0/operations?recursion=1").unwrap().metadata;
        let operation = &listed["running"][0];
        assert_eq!(operation["metadata"]["request"]["name"], "by token");
        let path = format!("/1.0/operations/{}", operation["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).unwrap().metadata, *operation);
        assert_eq!(admin.delete(&path).unwrap().status, 200);
        assert_eq!(admin.delete(&path).unwrap().status, 404);
        assert_eq!(admin.get("/1.0/operations").unwrap().metadata, json!({}));
        let field = if profile == Lxd5_0 {
            "password"
        } else {
            "trust_token"
        };
        let answer = enrol(&server, &make("own"), CERTIFICATES, field, &token);
        assert_eq!(answer.status, 403, "{profile}");
    }
}

#[test]
fn identity_may_what_its_groups_may() {
    for profile in [Lxd5_21, Lxd6] {
        let (server, own) = (server(profile), make("own"));
        server.set_group("viewers", &["can_view_identities"]);
        let token = server.issue_identity_token("own", &["viewers"]);
        let pending = server
            .client(Some(server.admin()))
            .get(&format!("{IDENTITIES}/own"));
        let kind = &pending.unwrap().metadata["type"];
        assert_eq!(kind, "Client certificate (pending)");
        let mut client = server.client(Some(&own));
        let body = json!({"trust_token": token});
        assert_eq!(client.post(IDENTITIES, &body).unwrap().status, 201);
        let identity = client.get(&format!("{IDENTITIES}/{}", own.fingerprint));
        assert_eq!(identity.unwrap().metadata["groups"], json!(["viewers"]));
        let path = server.admin().path();
        assert_eq!(client.get(&path).unwrap().status, 200);
        assert_eq!(client.delete(&path).unwrap().status, 403);
        server.set_group("viewers", &["can_delete_identities"]);
        assert_eq!(client.delete(&path).unwrap().status, 200);
        server.set_group("viewers", &[]);
        assert_eq!(client.get(CERTIFICATES).unwrap().metadata, Value::Null);
    }
}

#[test]
fn without_a_quorum_nobody_trusted_is_answered_in_6() {
    for (profile, status) in [(Lxd5_0, 200), (Lxd5_21, 200), (Lxd6, 503), (Incus7, 200)] {
        let cluster = Daemon::simulated(Options::named("node").profile(profile).members(3));
        cluster.kill_member(1);
        cluster.kill_member(2);
        let mut admin = cluster.client(Some(cluster.admin()));
        assert_eq!(admin.get("/1.0").unwrap().status, status, "{profile}");
        assert_eq!(
            admin.get("/1.0/certificates?recursion=1").unwrap().status,
            503
        );
        assert_eq!(cluster.client(None).get("/1.0").unwrap().status, 200);
        cluster.start_member(1);
        assert_eq!(admin.get("/1.0").unwrap().status, 200);
    }
}
