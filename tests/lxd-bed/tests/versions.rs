//! What only some versions of the server show, on the simulation: a test for each row in which those
//! differ that were never recorded. The contract suite has what all of them show in their ways.

use lxd_bed::certificates::{Credential, Key, Validity, make, make_with, rsa_1024};
use lxd_bed::client::{Answer, Client};
use lxd_bed::{Daemon, Options, Profile};
use rustls::ProtocolVersion;
use serde_json::{Value, json};

use Profile::{Incus, Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_0_0, Lxd5_0_1, Lxd6};

const CERTIFICATES: &str = "/1.0/certificates";
const OLD: [Profile; 2] = [Lxd3_0, Lxd4_0];

fn server(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile))
}

fn admin(server: &Daemon) -> Client {
    server.client(Some(server.admin()))
}

/// An administrator adds a certificate under that name, with more fields.
fn add(server: &Daemon, credential: &Credential, name: &str, more: &Value) -> Answer {
    let mut body = credential.body(name);
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    admin(server).post(CERTIFICATES, &body).unwrap()
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status, &answer.error)
}

fn auth(server: &Daemon, credential: &Credential) -> Value {
    server.client(Some(credential)).auth().unwrap()
}

fn entry(server: &Daemon, credential: &Credential) -> Value {
    admin(server).get(&credential.path()).unwrap().metadata
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
    for (profile, status) in [(Lxd5_0_0, 400), (Lxd5_0_1, 500), (Lxd5_0, 409)] {
        let (server, new) = (server(profile), make("new"));
        assert_eq!(add(&server, &new, "new", &json!({})).status, 201);
        let again = add(&server, &new, "new", &json!({}));
        let wanted = (status, "Certificate already in trust store");
        assert_eq!(told(&again), wanted, "{profile}");
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
        assert_eq!(itself.delete(&server.admin().path()).unwrap().status, 200);
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
    for profile in OLD {
        let (server, new) = (server(profile), make("own"));
        add(&server, &new, "", &json!({}));
        assert_eq!(entry(&server, &new)["name"], "", "{profile}");
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
