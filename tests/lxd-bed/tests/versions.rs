//! What only some versions of the server show: a test for each row in which they differ, on the
//! simulation. The contract suite has what all of them show in their ways.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lxd_bed::certificates::{Credential, Key, Validity, make, make_with, rsa_1024};
use lxd_bed::client::{Answer, Client};
use lxd_bed::{Daemon, Kind, Options, Profile};
use rustls::ProtocolVersion;
use serde_json::{Value, json};

use Profile::{Incus, Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_0_0, Lxd5_0_1, Lxd5_21, Lxd6};

const CERTIFICATES: &str = "/1.0/certificates";
const OLD: [Profile; 2] = [Lxd3_0, Lxd4_0];
const WITH_IDENTITIES: [Profile; 2] = [Lxd5_21, Lxd6];

fn server(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile))
}

fn admin(server: &Daemon) -> Client {
    server.client(Some(server.admin()))
}

fn path(credential: &Credential) -> String {
    format!("{CERTIFICATES}/{}", credential.fingerprint)
}

/// An administrator adds a certificate under that name, with more fields.
fn add(server: &Daemon, credential: &Credential, name: &str, more: &Value) -> Answer {
    let certificate = STANDARD.encode(&credential.certificate_der);
    let mut body = json!({"type": "client", "name": name, "certificate": certificate});
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    admin(server).post(CERTIFICATES, &body).unwrap()
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.error)
}

fn auth(server: &Daemon, credential: &Credential) -> Value {
    let answer = server.client(Some(credential)).get("/1.0").unwrap();
    answer.metadata["auth"].clone()
}

fn entry(server: &Daemon, credential: &Credential) -> Value {
    admin(server).get(&path(credential)).unwrap().metadata
}

#[test]
fn tls_is_1_2_up_to_4_0() {
    for profile in Profile::ALL {
        let server = server(profile);
        let mut admin = admin(&server);
        assert_eq!(admin.get("/1.0").unwrap().status, 200, "{profile}");
        let wanted = match OLD.contains(&profile) {
            true => ProtocolVersion::TLSv1_2,
            false => ProtocolVersion::TLSv1_3,
        };
        assert_eq!(admin.tls_version(), Some(wanted), "{profile}");
    }
}

#[test]
fn server_key_is_rsa_in_3_0() {
    for (profile, rsa) in [(Lxd3_0, true), (Lxd4_0, false), (Lxd6, false)] {
        let pem = server(profile).server_certificate_pem();
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
        let certificate = pem.parse_x509().unwrap();
        let key = certificate.public_key().parsed().unwrap();
        let is_rsa = matches!(key, x509_parser::public_key::PublicKey::RSA(_));
        assert_eq!(is_rsa, rsa, "{profile}");
    }
}

#[test]
fn duplicate_has_three_statuses() {
    for (profile, status) in [
        (Lxd3_0, 400),
        (Lxd4_0, 400),
        (Lxd5_0_0, 400),
        (Lxd5_0_1, 500),
        (Lxd5_0, 409),
        (Lxd5_21, 409),
        (Lxd6, 409),
        (Incus, 409),
        (Incus7, 409),
    ] {
        let (server, new) = (server(profile), make("new"));
        assert_eq!(add(&server, &new, "new", &json!({})).status, 201);
        let again = add(&server, &new, "new", &json!({}));
        let wanted = (status, "Certificate already in trust store");
        assert_eq!(told(&again), wanted, "{profile}");
    }
}

#[test]
fn fine_grained_duplicate_has_a_text_of_its_own() {
    for (profile, text) in [
        (Lxd5_21, "This \"identity\" entry already exists"),
        (Lxd6, "Certificate already exists"),
    ] {
        let (server, new) = (server(profile), make("new"));
        server.trust_identity(&new.certificate_pem, "new");
        assert_eq!(told(&add(&server, &new, "new", &json!({}))), (409, text));
        assert_eq!(admin(&server).get(&path(&new)).unwrap().status, 404);
        let identity = format!("/1.0/auth/identities/tls/{}", new.fingerprint);
        let identity = admin(&server).get(&identity).unwrap().metadata;
        assert_eq!(identity["type"], "Client certificate");
    }
}

#[test]
fn restriction_is_ignored_before_5_0() {
    for profile in OLD {
        let (server, new) = (server(profile), make("new"));
        let restriction = json!({"restricted": true, "projects": ["unknown"]});
        assert_eq!(add(&server, &new, "new", &restriction).status, 201);
        let entry = entry(&server, &new);
        assert_eq!(entry.get("restricted"), None);
        assert_eq!(entry.get("projects"), None);
        let mut itself = server.client(Some(&new));
        assert_eq!(itself.delete(&path(server.admin())).unwrap().status, 200);
    }
}

#[test]
fn anything_is_stored_before_5_0() {
    for profile in OLD {
        let server = server(profile);
        let expired = make_with(Key::P256, "expired", Validity::Expired);
        for odd in [&expired, &rsa_1024()] {
            assert_eq!(add(&server, odd, "odd", &json!({})).status, 201);
        }
        assert_eq!(auth(&server, &expired), "untrusted");
    }
}

#[test]
fn empty_names_stay_empty_before_5_0() {
    for (profile, wanted) in [(Lxd3_0, ""), (Lxd4_0, ""), (Lxd5_0, "own"), (Incus, "own")] {
        let (server, new) = (server(profile), make("own"));
        add(&server, &new, "", &json!({}));
        assert_eq!(entry(&server, &new)["name"], wanted, "{profile}");
    }
}

#[test]
fn names_have_rules_since_5_21() {
    for profile in Profile::ALL {
        for name in ["app/0", "-x"] {
            let (server, new) = (server(profile), make("new"));
            let answer = add(&server, &new, name, &json!({}));
            let text = format!(
                "Invalid certificate name \"{name}\", \
                 name must not start with a hyphen or contain forward slashes"
            );
            match WITH_IDENTITIES.contains(&profile) {
                true => assert_eq!(told(&answer), (400, text.as_str())),
                false => assert_eq!(told(&answer), (201, "")),
            }
        }
    }
}

#[test]
fn projects_need_the_restriction_in_6() {
    for (profile, status) in [(Lxd5_0, 201), (Lxd5_21, 201), (Lxd6, 400), (Incus, 201)] {
        let server = server(profile);
        let answer = add(
            &server,
            &make("new"),
            "new",
            &json!({"projects": ["default"]}),
        );
        assert_eq!(answer.status, status, "{profile}");
    }
}

#[test]
fn password_is_not_implemented_in_6() {
    for (profile, status) in [(Lxd3_0, 201), (Lxd5_21, 201), (Lxd6, 501), (Incus, 201)] {
        let server = server(profile);
        let secret = add(&server, &make("new"), "new", &json!({"password": "secret"}));
        assert_eq!(secret.status, status, "{profile}");
        let none = add(&server, &make("new"), "new", &json!({"password": ""}));
        assert_eq!(none.status, 201, "{profile}");
    }
}

#[test]
fn pem_is_taken_by_incus_7() {
    for profile in Profile::ALL {
        let (server, new) = (server(profile), make("new"));
        let pem = json!({"certificate": new.certificate_pem});
        let wanted = match profile {
            Incus7 => (201, ""),
            _ => (400, "illegal base64 data at input byte 0"),
        };
        assert_eq!(told(&add(&server, &new, "new", &pem)), wanted, "{profile}");
    }
}

#[test]
fn body_has_a_limit_in_incus_7() {
    let name = "n".repeat(1024 * 1024);
    let too_large = (400, "http: request body too large");
    for (profile, wanted) in [(Lxd5_0, (201, "")), (Incus, (201, "")), (Incus7, too_large)] {
        let server = server(profile);
        let answer = add(&server, &make("new"), &name, &json!({}));
        assert_eq!(told(&answer), wanted, "{profile}");
    }
}

#[test]
fn extensions_are_hidden_from_strangers_by_incus_7() {
    for profile in Profile::ALL {
        let server = server(profile);
        let seen = server.client(None).get("/1.0").unwrap().metadata;
        assert_eq!(seen["api_extensions"].is_null(), profile == Incus7);
        let seen = admin(&server).get("/1.0").unwrap().metadata;
        assert!(seen["api_extensions"].is_array());
    }
}

#[test]
fn client_certificate_is_told_of_since_5_21() {
    for (profile, [none, one]) in [
        (Lxd5_0, [None, None]),
        (Lxd5_21, [Some(false), Some(true)]),
        (Lxd6, [Some(false), Some(true)]),
        (Incus, [None, None]),
    ] {
        let server = server(profile);
        let stranger = make("stranger");
        for (credential, wanted) in [(None, none), (Some(&stranger), one)] {
            let seen = server.client(credential).get("/1.0").unwrap().metadata;
            let told = seen.get("client_certificate").and_then(Value::as_bool);
            assert_eq!(told, wanted, "{profile}");
        }
    }
}

#[test]
fn members_of_none_are_listed_in_3_0() {
    let list = admin(&server(Lxd3_0)).get("/1.0/cluster/members?recursion=1");
    let member = &list.unwrap().metadata[0];
    assert_eq!(member["server_name"], "none");
    assert_eq!(member["url"], "https://0.0.0.0");
}

#[test]
fn ambiguous_prefix_is_settled_by_3_0() {
    let server = server(Lxd3_0);
    server.trust(&make("one more").certificate_pem, "one more");
    let answer = admin(&server).get("/1.0/certificates/%25").unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn identities_tell_who_is_asking_since_5_21() {
    for profile in WITH_IDENTITIES {
        let server = server(profile);
        let current = "/1.0/auth/identities/current";
        let own = admin(&server).get(current).unwrap().metadata;
        assert_eq!(own["type"], "Client certificate (unrestricted)");
        assert_eq!(own["id"], server.admin().fingerprint.as_str());
        let restricted = make("restricted");
        server.trust_restricted(&restricted.certificate_pem, "restricted", &[]);
        let own = server.client(Some(&restricted)).get(current).unwrap();
        assert_eq!(own.metadata["type"], "Client certificate (restricted)");
        let stranger = server.client(None).get(current).unwrap();
        assert_eq!(stranger.status, 403);
    }
}

#[test]
fn fine_grained_caller_sees_no_certificates() {
    for (profile, none) in [(Lxd5_21, Value::Null), (Lxd6, json!([]))] {
        let (server, caller) = (server(profile), make("caller"));
        server.trust_identity(&caller.certificate_pem, "caller");
        assert_eq!(auth(&server, &caller), "trusted");
        let mut client = server.client(Some(&caller));
        assert_eq!(client.get(CERTIFICATES).unwrap().metadata, none);
        assert_eq!(client.get(&path(&caller)).unwrap().status, 404);
        let refused = client.delete(&path(server.admin())).unwrap();
        assert_eq!(refused.status, 403);
    }
}

#[test]
fn members_entries_are_kept_since_5_21() {
    for (profile, status) in [(Lxd5_0, 200), (Lxd5_21, 400), (Lxd6, 400), (Incus, 200)] {
        let (server, member) = (server(profile), make("member"));
        server.trust_as(&member.certificate_pem, "member", Kind::Server);
        let answer = admin(&server).delete(&path(&member)).unwrap();
        assert_eq!(answer.status, status, "{profile}");
        let text = "Cannot delete a server certificate. Remove the cluster member instead";
        assert_eq!(answer.error == text, status == 400);
    }
}

#[test]
fn description_is_kept_by_incus() {
    for (profile, wanted) in [(Lxd5_0, None), (Lxd6, None), (Incus, Some("text"))] {
        let (server, new) = (server(profile), make("new"));
        add(&server, &new, "new", &json!({"description": "text"}));
        let entry = entry(&server, &new);
        let kept = entry.get("description").and_then(Value::as_str);
        assert_eq!(kept, wanted, "{profile}");
    }
}
