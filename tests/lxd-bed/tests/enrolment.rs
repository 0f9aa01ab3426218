//! Enrolment where the versions differ, on the simulation. The contract suite has the rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::Answer;
use lxd_bed::{Daemon, Options, Profile};
use serde_json::{Value, json};

use Profile::{Incus, Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_21, Lxd6};

fn server(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile))
}

/// Asks to be trusted with that text in that field.
fn enrol(server: &Daemon, own: &Credential, field: &str, text: &str) -> Answer {
    let body = json!({"type": "client", field: text});
    let mut client = server.client(Some(own));
    client.post("/1.0/certificates", &body).unwrap()
}

#[test]
fn token_has_a_field_since_5_21() {
    for (profile, as_password, as_token) in [
        (Lxd5_0, 201, 403),
        (Lxd5_21, 201, 201),
        (Lxd6, 501, 201),
        (Incus, 403, 201),
        (Incus7, 403, 201),
    ] {
        let server = server(profile);
        for (field, status) in [("password", as_password), ("trust_token", as_token)] {
            let token = server.issue_token("by token", None);
            let answer = enrol(&server, &make("own"), field, &token);
            assert_eq!(answer.status, status, "{profile} {field}");
        }
    }
}

#[test]
fn password_is_taken_until_5_21() {
    for profile in [Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_21] {
        let (server, own) = (server(profile), make("own"));
        server.set_trust_password(Some("sesame"));
        assert_eq!(enrol(&server, &own, "password", "wrong").status, 403);
        assert_eq!(enrol(&server, &own, "password", "sesame").status, 201);
        let auth = server.client(Some(&own)).get("/1.0").unwrap();
        assert_eq!(auth.metadata["auth"], "trusted", "{profile}");
    }
}

#[test]
fn token_leads_to_every_member() {
    let options = Options::named("node").members(3);
    let (cluster, own) = (Daemon::simulated(options), make("own"));
    let token = cluster.issue_token("by token", None);
    let json: Value = serde_json::from_slice(&STANDARD.decode(&token).unwrap()).unwrap();
    let addresses: Vec<String> = cluster
        .members()
        .iter()
        .map(|member| member.address.to_string())
        .collect();
    assert_eq!(json["addresses"], json!(addresses));
    let body = json!({"type": "client", "password": token});
    let mut client = cluster.member_client(2, Some(&own));
    assert_eq!(client.post("/1.0/certificates", &body).unwrap().status, 201);
    assert!((0..3).all(|member| cluster.member_trusts(member, &own.fingerprint)));
}
