//! PUT and PATCH of an entry.

use lxd_bed::certificates::{Credential, Key, Validity, make, make_with};
use lxd_bed::client::Failure;
use serde_json::{Value, json};

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, encoded};

cases!("changing":
    patch_renames,
    patch_leaves_the_rest for since_5_0,
    patch_restricts_and_frees for since_5_0,
    patch_of_nothing_is_fine,
    patch_with_an_unknown_project_is_not_found for since_5_0,
    patch_of_an_unknown_entry_is_not_found,
    patch_with_a_broken_body_is_refused,
    put_needs_the_kind,
    put_replaces_everything for since_5_0,
    kind_cannot_be_changed,
    right_etag_is_accepted,
    wrong_etag_fails,
    pem_rotates_in_place,
    der_crashes_the_handler for lxd,
    der_is_refused for incus,
    rotation_to_a_known_one_fails,
    rotation_to_an_expired_one_is_refused for since_5_0,
);

fn trusted(side: &Side) -> Credential {
    let credential = make("changing");
    side.daemon.trust(&credential.certificate_pem, "before");
    credential
}

#[track_caller]
fn assert_entry(side: &Side, credential: &Credential, fields: &Value) {
    let entry = side.entry(credential).metadata;
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(&entry[name], value, "{name}");
    }
}

fn patch_renames(side: &Side) {
    let entry = trusted(side);
    side.change(&entry, &json!({"name": "after"}));
    assert_entry(side, &entry, &json!({"name": "after"}));
    side.change(&entry, &json!({"name": ""}));
    assert_entry(side, &entry, &json!({"name": ""}));
}

fn patch_leaves_the_rest(side: &Side) {
    let entry = trusted(side);
    side.change(
        &entry,
        &json!({"restricted": true, "projects": ["default"]}),
    );
    side.change(&entry, &json!({"name": "after"}));
    let all = json!({"name": "after", "restricted": true, "projects": ["default"]});
    assert_entry(side, &entry, &all);
}

fn patch_restricts_and_frees(side: &Side) {
    let entry = trusted(side);
    side.change(&entry, &json!({"restricted": true}));
    let mut client = side.client(&entry);
    let none = scope::no_configuration(side.profile());
    assert_eq!(client.get("/1.0").unwrap().metadata["config"], none);
    side.change(&entry, &json!({"restricted": false}));
    assert_ne!(client.get("/1.0").unwrap().metadata["config"], none);
}

fn patch_of_nothing_is_fine(side: &Side) {
    let entry = trusted(side);
    side.change(&entry, &json!({}));
    assert_entry(side, &entry, &side.shown(&entry, "before"));
}

fn patch_with_an_unknown_project_is_not_found(side: &Side) {
    let entry = trusted(side);
    let body = json!({"name": "after", "projects": ["unknown"]});
    let answer = side.patch(&entry, &body);
    assert_error(&answer, 404, "Project not found");
    assert_entry(side, &entry, &json!({"name": "before", "projects": []}));
}

fn patch_of_an_unknown_entry_is_not_found(side: &Side) {
    let unknown = make("unknown");
    let mut admin = side.admin();
    let patched = admin.patch(&unknown.path(), &json!({"name": "x"})).unwrap();
    assert_error(&patched, 404, "Certificate not found");
    let body = json!({"name": "x", "type": "client"});
    let put = admin.put(&unknown.path(), &body).unwrap();
    assert_error(&put, 404, "Certificate not found");
}

fn patch_with_a_broken_body_is_refused(side: &Side) {
    let entry = trusted(side);
    let answer = side
        .admin()
        .send("PATCH", &entry.path(), &[], b"x")
        .unwrap();
    assert_eq!(answer.status, 400);
}

fn put_needs_the_kind(side: &Side) {
    let status = scope::changed_kind(side.profile());
    let entry = trusted(side);
    let answer = side.put(&entry, &json!({"name": "after"}));
    assert_error(&answer, status, "The certificate type cannot be changed");
}

fn put_replaces_everything(side: &Side) {
    let entry = trusted(side);
    side.change(
        &entry,
        &json!({"restricted": true, "projects": ["default"]}),
    );
    let answer = side.put(&entry, &json!({"type": "client"}));
    assert_sync(&answer, 200, &json!({}));
    let all = json!({
        "name": "", "restricted": false, "projects": [],
        "certificate": entry.certificate_pem,
    });
    assert_entry(side, &entry, &all);
}

fn kind_cannot_be_changed(side: &Side) {
    let status = scope::changed_kind(side.profile());
    let entry = trusted(side);
    for kind in ["metrics", "unknown"] {
        let body = json!({"name": "after", "type": kind});
        let put = side.put(&entry, &body);
        assert_error(&put, status, "The certificate type cannot be changed");
        let patched = side.patch(&entry, &body);
        assert_error(&patched, status, "The certificate type cannot be changed");
    }
    side.change(&entry, &json!({"type": "client"}));
    assert_entry(side, &entry, &json!({"name": "before"}));
}

fn right_etag_is_accepted(side: &Side) {
    let entry = trusted(side);
    let etag = side.entry(&entry).headers["etag"].clone();
    for _ in 0..2 {
        let header = [("If-Match", etag.as_str())];
        let answer = side
            .admin()
            .send("PATCH", &entry.path(), &header, b"{}")
            .unwrap();
        assert_eq!(answer.status, 200);
    }
    side.change(&entry, &json!({"name": "after"}));
    assert_ne!(side.entry(&entry).headers["etag"], etag);
}

fn wrong_etag_fails(side: &Side) {
    let entry = trusted(side);
    let etag = side.entry(&entry).headers["etag"].clone();
    let wrong = [("If-Match", "\"wrong\"")];
    let body = br#"{"name": "after"}"#;
    let answer = side
        .admin()
        .send("PATCH", &entry.path(), &wrong, body)
        .unwrap();
    let text = format!("ETag doesn't match: {} vs wrong", etag.trim_matches('"'));
    assert_error(&answer, 412, &text);
    assert_entry(side, &entry, &json!({"name": "before"}));
}

fn pem_rotates_in_place(side: &Side) {
    let old = trusted(side);
    let new = make("rotated");
    side.change(&old, &json!({"certificate": new.certificate_pem}));
    assert!(!side.holds(&old));
    assert_entry(side, &new, &json!({"name": "before", "type": "client"}));
    assert_eq!(
        (side.auth(&old), side.auth(&new)),
        ("untrusted".into(), "trusted".into())
    );
}

fn der_crashes_the_handler(side: &Side) {
    let entry = trusted(side);
    let mut admin = side.admin();
    for certificate in [encoded(&make("new")), "text".to_owned()] {
        let broken = admin.patch(&entry.path(), &json!({"certificate": certificate}));
        assert!(matches!(broken, Err(Failure::Closed)), "{broken:?}");
    }
    assert_eq!(admin.get(CERTIFICATES).unwrap().status, 200);
    assert!(side.holds(&entry));
}

fn der_is_refused(side: &Side) {
    let entry = trusted(side);
    let body = json!({"certificate": encoded(&make("new"))});
    let answer = side.patch(&entry, &body);
    assert_error(&answer, 400, "Invalid PEM encoded certificate");
    assert!(side.holds(&entry));
}

fn rotation_to_a_known_one_fails(side: &Side) {
    let (entry, other) = (trusted(side), trusted(side));
    let body = json!({"certificate": other.certificate_pem});
    let answer = side.patch(&entry, &body);
    let text = "Update \"certificates\" entry failed: \
                UNIQUE constraint failed: certificates.fingerprint";
    assert_error(&answer, 500, text);
    assert!(side.holds(&entry) && side.holds(&other));
}

fn rotation_to_an_expired_one_is_refused(side: &Side) {
    let entry = trusted(side);
    let expired = make_with(Key::P256, "expired", Validity::Expired);
    let body = json!({"certificate": expired.certificate_pem});
    let answer = side.patch(&entry, &body);
    assert_error(&answer, 400, "The provided certificate is expired");
    assert!(side.holds(&entry));
}
