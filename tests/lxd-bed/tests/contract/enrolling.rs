//! Callers that make themselves trusted, with a token or the trust password.

use lxd_bed::Profile;
use lxd_bed::certificates::{Credential, Key, Validity, make, make_with};
use lxd_bed::client::Answer;
use serde_json::{Value, json};

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, body_with};

cases!("enrolling":
    token_makes_its_bearer_trusted for since_5_0,
    token_decides_what_it_is_good_for for since_5_0,
    token_is_for_the_certificate_that_is_shown for since_5_0,
    token_is_good_for_once for since_5_0,
    token_is_used_up_by_a_failure for since_5_0,
    token_for_an_unknown_project_fails_late for since_5_0,
    token_of_a_trusted_caller_is_left_alone for since_5_0,
    tokens_of_one_name_are_two for since_5_0,
    unknown_token_is_refused for since_5_0,
    what_is_no_token_is_refused,
    token_is_issued_in_an_operation for since_5_0,
    token_is_issued_for_clients_only for since_5_0,
    token_is_unknown_before_5_0 for before_5_0,
    password_makes_trusted for with_password,
    password_counts_only_while_it_is_set for with_password,
    password_lets_choose for with_password,
    password_needs_a_certificate for with_password,
    password_adds_nothing_twice for with_password,
);

const PASSWORD: &str = "correct horse battery staple";

/// The field in which this server wants a token.
fn field(side: &Side) -> &'static str {
    match side.profile() {
        Profile::Lxd5_0 => "password",
        _ => "trust_token",
    }
}

fn enrol(side: &Side, own: &Credential, token: &str) -> Answer {
    enrol_with(side, own, token, &json!({}))
}

fn enrol_with(side: &Side, own: &Credential, token: &str, more: &Value) -> Answer {
    let mut body = json!({"type": "client", field(side): token});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    side.client(own).post(CERTIFICATES, &body).unwrap()
}

#[track_caller]
fn assert_used_up(answer: &Answer) {
    assert_error(answer, 403, "No matching certificate add operation found");
}

fn token_makes_its_bearer_trusted(side: &Side) {
    let own = make("own");
    let token = side.daemon.issue_token("by token", None);
    assert_sync(&enrol(side, &own, &token), 201, &Value::Null);
    assert_eq!(side.auth(&own), "trusted");
    assert_sync(&side.entry(&own), 200, &side.shown(&own, "by token"));
}

fn token_decides_what_it_is_good_for(side: &Side) {
    side.daemon.add_project("enrolled");
    let own = make("own");
    let token = side
        .daemon
        .issue_token("confined", Some(&["enrolled", "default"]));
    let more = json!({"name": "free", "type": "unknown", "restricted": false, "projects": []});
    assert_eq!(enrol_with(side, &own, &token, &more).status, 201);
    let entry = side.daemon.entry(&own.fingerprint).unwrap();
    assert_eq!((entry.name.as_str(), entry.restricted), ("confined", true));
    assert_eq!(entry.projects, ["default", "enrolled"]);
    let nowhere = make("nowhere");
    let token = side.daemon.issue_token("nowhere", Some(&[]));
    assert_eq!(enrol(side, &nowhere, &token).status, 201);
    let entry = side.entry(&nowhere).metadata;
    assert_eq!(
        (&entry["restricted"], &entry["projects"]),
        (&json!(true), &json!([]))
    );
}

fn token_is_for_the_certificate_that_is_shown(side: &Side) {
    let (own, other) = (make("own"), make("other"));
    let token = side.daemon.issue_token("by token", None);
    let more = other.body("other");
    let certificate = json!({"certificate": more["certificate"]});
    assert_eq!(enrol_with(side, &own, &token, &certificate).status, 201);
    assert!(side.holds(&own) && !side.holds(&other));
}

fn token_is_good_for_once(side: &Side) {
    let (own, other) = (make("own"), make("other"));
    let token = side.daemon.issue_token("by token", None);
    assert_eq!(enrol(side, &own, &token).status, 201);
    assert_error(&enrol(side, &own, &token), 400, "Client is already trusted");
    assert_used_up(&enrol(side, &other, &token));
    assert!(!side.holds(&other));
}

fn token_is_used_up_by_a_failure(side: &Side) {
    let token = side.daemon.issue_token("by token", None);
    let body = json!({"type": "client", field(side): token});
    let nobody = side.nobody().post(CERTIFICATES, &body).unwrap();
    assert_error(&nobody, 400, "No client certificate provided");
    assert_used_up(&enrol(side, &make("own"), &token));
    let expired = make_with(Key::P256, "expired", Validity::Expired);
    let token = side.daemon.issue_token("by token", None);
    let refused = enrol(side, &expired, &token);
    assert_error(&refused, 400, "The provided certificate is expired");
    assert_used_up(&enrol(side, &make("own"), &token));
}

fn token_for_an_unknown_project_fails_late(side: &Side) {
    let own = make("own");
    let token = side.daemon.issue_token("by token", Some(&["unknown"]));
    assert_error(&enrol(side, &own, &token), 404, "Project not found");
    assert_used_up(&enrol(side, &own, &token));
    assert!(!side.holds(&own));
}

fn token_of_a_trusted_caller_is_left_alone(side: &Side) {
    let (own, other) = (make("own"), make("other"));
    side.daemon.trust(&own.certificate_pem, "own");
    let token = side.daemon.issue_token("by token", None);
    assert_error(&enrol(side, &own, &token), 400, "Client is already trusted");
    assert_eq!(enrol(side, &other, &token).status, 201);
}

fn tokens_of_one_name_are_two(side: &Side) {
    let tokens = [(); 2].map(|()| side.daemon.issue_token("same", None));
    for token in tokens.iter().rev() {
        assert_eq!(enrol(side, &make("own"), token).status, 201);
    }
}

fn unknown_token_is_refused(side: &Side) {
    let token = side.daemon.issue_token("before", None);
    let snapshot = side.daemon.snapshot();
    let later = side.daemon.issue_token("later", None);
    side.daemon.restore(&snapshot);
    assert_used_up(&enrol(side, &make("own"), &later));
    assert_eq!(enrol(side, &make("own"), &token).status, 201);
}

fn what_is_no_token_is_refused(side: &Side) {
    for text in ["", "text", "e30="] {
        let answer = enrol(side, &make("own"), text);
        assert_error(&answer, 403, side.forbidden());
    }
}

fn token_is_issued_in_an_operation(side: &Side) {
    let asked = json!({
        "type": "client", "name": "asked", "token": true,
        "restricted": true, "projects": ["default"],
    });
    let answer = side.post(&asked);
    assert_eq!((answer.status, answer.error.as_str()), (202, ""));
    for (field, value) in [("type", json!("async")), ("status_code", json!(100))] {
        assert_eq!(answer.json[field], value);
    }
    let operation = &answer.metadata;
    let path = format!("/1.0/operations/{}", operation["id"].as_str().unwrap());
    assert_eq!(answer.json["operation"], path.as_str());
    assert_eq!(answer.headers["location"], path);
    assert_eq!(
        (&operation["class"], &operation["status_code"]),
        (&json!("token"), &json!(103))
    );
    let issued = &operation["metadata"];
    assert_eq!(
        issued["addresses"],
        json!([side.daemon.address().to_string()])
    );
    assert_eq!(issued["secret"].as_str().unwrap().len(), 64);
    let server = side.admin().get("/1.0").unwrap().metadata;
    let fingerprint = &server["environment"]["certificate_fingerprint"];
    assert_eq!(issued["fingerprint"], *fingerprint);
    for (field, value) in asked.as_object().unwrap() {
        assert_eq!(issued["request"][field], *value);
    }
}

fn token_is_issued_for_clients_only(side: &Side) {
    for kind in ["metrics", "unknown"] {
        let asked = json!({"type": kind, "name": "asked", "token": true});
        let text = "Tokens can only be issued for client certificates";
        assert_error(&side.post(&asked), 400, text);
    }
    let both = body_with(&make("both"), "both", &json!({"token": true}));
    let text = "Can't use certificate if token is requested";
    assert_error(&side.post(&both), 400, text);
    let asked = json!({"type": "client", "name": "asked", "token": true});
    let stranger = side
        .client(&make("own"))
        .post(CERTIFICATES, &asked)
        .unwrap();
    assert_error(&stranger, 403, side.forbidden());
}

fn token_is_unknown_before_5_0(side: &Side) {
    let asked = json!({"type": "client", "name": "asked", "token": true});
    assert_error(&side.post(&asked), 400, "Client is already trusted");
}

/// What the caller is told that knows the password, or does not.
fn by_password(side: &Side, own: &Credential, password: &str, more: &Value) -> Answer {
    let mut body = json!({"type": "client", "password": password});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    side.client(own).post(CERTIFICATES, &body).unwrap()
}

fn password_makes_trusted(side: &Side) {
    side.daemon.set_trust_password(Some(PASSWORD));
    let own = make("own");
    let added = by_password(side, &own, PASSWORD, &json!({}));
    let told = side.admin().get("/1.0").unwrap().metadata["config"]["core.trust_password"].clone();
    side.daemon.set_trust_password(None);
    assert_sync(&added, 201, &Value::Null);
    assert_eq!(told, true);
    assert_eq!(side.auth(&own), "trusted");
    let name = match scope::since_5_0(side.profile()) {
        true => "own",
        false => "",
    };
    assert_sync(&side.entry(&own), 200, &side.shown(&own, name));
}

fn password_counts_only_while_it_is_set(side: &Side) {
    let own = make("own");
    let before = by_password(side, &own, PASSWORD, &json!({}));
    side.daemon.set_trust_password(Some(PASSWORD));
    let wrong = by_password(side, &own, "another", &json!({}));
    let none = by_password(side, &own, "", &json!({}));
    side.daemon.set_trust_password(None);
    let after = by_password(side, &own, PASSWORD, &json!({}));
    for answer in [before, wrong, none, after] {
        assert_error(&answer, 403, side.forbidden());
    }
}

fn password_lets_choose(side: &Side) {
    let (own, other) = (make("own"), make("other"));
    let snapshot = side.daemon.snapshot();
    side.daemon.set_trust_password(Some(PASSWORD));
    let certificate = other.body("chosen");
    let more = json!({
        "name": "chosen", "certificate": certificate["certificate"],
        "restricted": true, "projects": ["default"],
    });
    let added = by_password(side, &own, PASSWORD, &more);
    let entry = side.entry(&other).metadata;
    let holds = side.holds(&own);
    side.daemon.restore(&snapshot);
    assert_eq!((added.status, holds), (201, false));
    assert_eq!(entry["name"], "chosen");
    if scope::since_5_0(side.profile()) {
        assert_eq!(
            (&entry["restricted"], &entry["projects"]),
            (&json!(true), &json!(["default"]))
        );
    }
    let over = by_password(side, &own, PASSWORD, &json!({}));
    assert_error(&over, 403, side.forbidden());
}

fn password_needs_a_certificate(side: &Side) {
    side.daemon.set_trust_password(Some(PASSWORD));
    let body = json!({"type": "client", "password": PASSWORD});
    let answer = side.nobody().post(CERTIFICATES, &body).unwrap();
    side.daemon.set_trust_password(None);
    assert_error(&answer, 400, "No client certificate provided");
}

fn password_adds_nothing_twice(side: &Side) {
    let (own, other) = (make("own"), make("other"));
    side.daemon.trust(&other.certificate_pem, "other");
    side.daemon.set_trust_password(Some(PASSWORD));
    let certificate = other.body("again");
    let more = json!({"certificate": certificate["certificate"]});
    let answer = by_password(side, &own, PASSWORD, &more);
    side.daemon.set_trust_password(None);
    side.assert_duplicate(&answer);
    assert_eq!(side.delete(&other).status, 200);
}
