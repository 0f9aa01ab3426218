//! POST /1.0/certificates.

use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lxd_bed::Profile;
use lxd_bed::certificates::{
    Key, Validity, ec_384_sec1, make, make_issued, make_with, rsa_1024, rsa_2048, rsa_2048_pkcs1,
    rsa_4096,
};
use serde_json::{Value, json};

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, body_with, encoded};

cases!("adding":
    is_created_and_trusted_at_once,
    is_shown_as_it_was_added,
    lines_may_be_broken,
    twice_is_a_conflict,
    is_unique_across_kinds for since_5_0,
    pem_is_not_base64 for base64_only,
    pem_is_taken for pem_too,
    base64_of_pem_is_no_certificate,
    what_is_not_base64_is_refused,
    a_torn_certificate_is_refused,
    bytes_after_the_certificate_are_refused,
    broken_bodies_are_refused,
    wrong_types_are_refused for since_5_0,
    first_json_value_counts,
    without_certificate_the_client_is_trusted_already,
    kind_has_to_be_known for since_4_0,
    field_names_match_in_any_case,
    unknown_fields_are_ignored,
    every_kind_of_key_is_usable,
    issued_certificate_is_usable,
    weak_rsa_is_refused for since_5_0,
    expired_is_refused for since_5_0,
    not_yet_valid_is_refused for since_5_0,
    the_same_at_once_is_created_once,
    others_at_once_are_all_created,
    several_on_one_connection,
);

fn is_created_and_trusted_at_once(side: &Side) {
    let new = make("new");
    let mut client = side.client(&new);
    assert_eq!(client.auth().unwrap(), "untrusted");
    let answer = side.add(&new, "new");
    assert_sync(&answer, 201, &Value::Null);
    assert_eq!(answer.headers["location"], new.path());
    // Also on a connection that was made before.
    assert_eq!(client.auth().unwrap(), "trusted");
    assert!(side.holds(&new));
}

fn is_shown_as_it_was_added(side: &Side) {
    let new = make("new");
    side.add(&new, "shown");
    let entry = side.shown(&new, "shown");
    let one = side.entry(&new);
    assert_sync(&one, 200, &entry);
    assert!(one.headers.contains_key("etag"));
    let mut admin = side.admin();
    let list = admin.get(CERTIFICATES).unwrap();
    let paths = list.metadata.as_array().unwrap();
    assert!(paths.contains(&Value::from(new.path())));
    let full = admin.get("/1.0/certificates?recursion=1").unwrap();
    assert!(full.metadata.as_array().unwrap().contains(&entry));
}

fn lines_may_be_broken(side: &Side) {
    let new = make("new");
    let text = encoded(&new);
    let lines: Vec<&str> = (0..text.len())
        .step_by(64)
        .map(|from| &text[from..text.len().min(from + 64)])
        .collect();
    for separator in ["\n", "\r\n"] {
        let broken = json!({"certificate": lines.join(separator) + separator});
        assert_eq!(side.post(&body_with(&new, "lines", &broken)).status, 201);
        side.daemon.distrust(&new.fingerprint);
    }
}

fn twice_is_a_conflict(side: &Side) {
    let new = make("new");
    side.add(&new, "first");
    let answer = side.add(&new, "second");
    side.assert_duplicate(&answer);
    assert_eq!(side.entry(&new).metadata["name"], "first");
}

fn is_unique_across_kinds(side: &Side) {
    let new = make("new");
    side.post(&body_with(&new, "metrics", &json!({"type": "metrics"})));
    let answer = side.add(&new, "client");
    side.assert_duplicate(&answer);
    assert_eq!(side.entry(&new).metadata["type"], "metrics");
}

#[track_caller]
fn assert_refused(side: &Side, certificate: &str, text: &str) {
    let body = json!({"type": "client", "name": "refused", "certificate": certificate});
    assert_error(&side.post(&body), 400, text);
}

fn pem_is_not_base64(side: &Side) {
    let pem = make("new").certificate_pem;
    assert_refused(side, &pem, "illegal base64 data at input byte 0");
}

fn pem_is_taken(side: &Side) {
    let new = make("new");
    let pem = json!({"certificate": new.certificate_pem});
    assert_eq!(side.post(&body_with(&new, "pem", &pem)).status, 201);
    assert_eq!(side.auth(&new), "trusted");
}

fn base64_of_pem_is_no_certificate(side: &Side) {
    let text = "Invalid certificate material: x509: malformed certificate";
    assert_refused(side, &STANDARD.encode(make("new").certificate_pem), text);
}

fn what_is_not_base64_is_refused(side: &Side) {
    assert_refused(side, "!!!", "illegal base64 data at input byte 0");
    assert_refused(side, "AAA", "illegal base64 data at input byte 0");
    assert_refused(side, "QUJDx QUJD", "illegal base64 data at input byte 5");
}

fn a_torn_certificate_is_refused(side: &Side) {
    let text = "Invalid certificate material: x509: malformed certificate";
    assert_refused(side, "AAAA", text);
    let torn = STANDARD.encode(&make("new").certificate_der[..100]);
    assert_refused(side, &torn, text);
}

fn bytes_after_the_certificate_are_refused(side: &Side) {
    let long = [make("new").certificate_der.as_slice(), b"xx"].concat();
    let text = "Invalid certificate material: x509: trailing data";
    assert_refused(side, &STANDARD.encode(long), text);
}

fn broken_bodies_are_refused(side: &Side) {
    let mut admin = side.admin();
    for body in ["not json", "{", "[]", "\"text\"", "5"] {
        let answer = admin
            .send("POST", CERTIFICATES, &[], body.as_bytes())
            .unwrap();
        assert_eq!(answer.status, 400, "{body}");
    }
    let answer = admin.send("POST", CERTIFICATES, &[], b"").unwrap();
    assert_error(&answer, 400, "EOF");
}

fn wrong_types_are_refused(side: &Side) {
    let known = match side.profile().is_incus() {
        true => "description",
        false => "password",
    };
    let new = make("new");
    for wrong in [
        json!({"type": 5}),
        json!({"name": []}),
        json!({"certificate": {}}),
        json!({"restricted": "yes"}),
        json!({"projects": "default"}),
        json!({"projects": [1]}),
        json!({"token": "yes"}),
        json!({known: 1}),
    ] {
        let answer = side.post(&body_with(&new, "wrong", &wrong));
        assert_eq!(answer.status, 400, "{wrong}");
    }
    assert!(!side.holds(&new));
}

fn first_json_value_counts(side: &Side) {
    let new = make("new");
    let text = format!("{} and more", new.body("first"));
    let answer = side
        .admin()
        .send("POST", CERTIFICATES, &[], text.as_bytes());
    assert_eq!(answer.unwrap().status, 201);
}

fn without_certificate_the_client_is_trusted_already(side: &Side) {
    for body in [
        json!({"type": "client", "name": "x"}),
        json!({"type": "client", "name": "x", "certificate": ""}),
        json!({"type": "client", "name": "x", "certificate": null}),
        json!({"type": "unknown"}),
        json!({}),
        Value::Null,
    ] {
        assert_error(&side.post(&body), 400, "Client is already trusted");
    }
}

fn kind_has_to_be_known(side: &Side) {
    let new = make("new");
    for kind in ["", "unknown", "Client"] {
        let answer = side.post(&body_with(&new, "x", &json!({"type": kind})));
        assert_error(&answer, 400, "Invalid certificate type");
    }
    let both = json!({"type": "unknown", "certificate": "!!!"});
    let answer = side.post(&body_with(&new, "x", &both));
    assert_error(&answer, 400, "Invalid certificate type");
    assert!(!side.holds(&new));
}

fn field_names_match_in_any_case(side: &Side) {
    let new = make("new");
    let answer = side.post(&json!({"TYPE": "client", "Name": "x", "cerTificate": encoded(&new)}));
    assert_eq!(answer.status, 201);
    assert_eq!(side.entry(&new).metadata["name"], "x");
}

fn unknown_fields_are_ignored(side: &Side) {
    let new = make("new");
    let more = json!({"unknown": 1, "description": "text", "password": ""});
    assert_eq!(side.post(&body_with(&new, "x", &more)).status, 201);
    let kept = side.profile().is_incus().then(|| json!("text"));
    assert_eq!(side.entry(&new).metadata.get("description"), kept.as_ref());
}

fn every_kind_of_key_is_usable(side: &Side) {
    let made = [Key::P256, Key::P384, Key::Ed25519]
        .map(|key| make_with(key, &format!("{key:?}"), Validity::Now));
    let kept = [rsa_2048(), rsa_4096(), ec_384_sec1()];
    for credential in made.iter().chain(&kept) {
        let answer = side.add(credential, "");
        assert_eq!((answer.status, answer.error.as_str()), (201, ""));
        assert_eq!(side.auth(credential), "trusted");
    }
    assert_eq!(side.auth(&rsa_2048_pkcs1()), "trusted");
}

fn issued_certificate_is_usable(side: &Side) {
    let issued = make_issued("issued");
    assert_eq!(side.add(&issued, "issued").status, 201);
    assert_eq!(side.auth(&issued), "trusted");
}

fn weak_rsa_is_refused(side: &Side) {
    let text = "RSA key is too weak (minimum of 2048bit)";
    assert_refused(side, &encoded(&rsa_1024()), text);
}

fn expired_is_refused(side: &Side) {
    let expired = make_with(Key::P256, "expired", Validity::Expired);
    let text = "The provided certificate is expired";
    assert_refused(side, &encoded(&expired), text);
    assert!(!side.holds(&expired));
}

fn not_yet_valid_is_refused(side: &Side) {
    let early = make_with(Key::P256, "early", Validity::NotYet);
    let text = match side.profile() {
        Profile::Lxd6 => "The provided certificate is not valid yet",
        _ => "The provided certificate isn't valid yet",
    };
    assert_refused(side, &encoded(&early), text);
}

fn the_same_at_once_is_created_once(side: &Side) {
    let new = make("new");
    let body = new.body("race");
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let posts: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| side.post(&body).status))
            .collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    let again = scope::duplicate(side.profile());
    assert_eq!(statuses, [201, again, again, again, again, again]);
}

fn others_at_once_are_all_created(side: &Side) {
    let new: Vec<_> = (0..6).map(|n| make(&format!("at once {n}"))).collect();
    thread::scope(|scope| {
        for credential in &new {
            scope.spawn(|| assert_eq!(side.add(credential, "").status, 201));
        }
    });
    assert!(new.iter().all(|credential| side.holds(credential)));
}

fn several_on_one_connection(side: &Side) {
    let mut admin = side.admin();
    for name in ["one", "two", "three"] {
        let new = make(name);
        let answer = admin.add(&new, name).unwrap();
        assert_eq!(answer.status, 201);
        assert_eq!(admin.get(&new.path()).unwrap().metadata["name"], name);
    }
}
