//! Certificates that are confined to projects: adding them, and what they may do.

use lxd_bed::certificates::{Credential, make};
use serde_json::{Value, json};

use crate::scope;
use crate::side::{CERTIFICATES, Side, assert_error, assert_sync, body_with};

cases!("restricted":
    without_projects_is_possible for since_5_0,
    to_a_known_project for since_5_0,
    to_a_project_made_later for since_5_0,
    to_an_unknown_project_is_not_found for since_5_0,
    unknown_project_counts_without_restriction_too for loose_projects,
    projects_alone_do_not_restrict for loose_projects,
    caller_looks_trusted for since_5_0,
    caller_sees_all_certificates for restricting_alone,
    caller_cannot_add for since_5_0,
    caller_sees_itself_alone for with_identities,
    caller_cannot_remove for restricting_alone,
    caller_is_refused_before_the_entry_is_looked_for for restricting_lxd,
    caller_may_remove_itself for with_identities,
    caller_cannot_change for restricting_alone,
    caller_may_rotate_its_own for since_5_0,
    caller_cannot_rotate_another for restricting_alone,
    caller_may_ask_for_the_cluster for since_5_0,
    caller_sees_its_projects for since_5_0,
);

fn added(side: &Side, more: &Value) -> Credential {
    let new = make("new");
    let answer = side.post(&body_with(&new, "restricted", more));
    assert_eq!((answer.status, answer.error.as_str()), (201, ""));
    new
}

fn caller(side: &Side) -> Credential {
    let caller = make("caller");
    side.daemon
        .trust_restricted(&caller.certificate_pem, "caller", &["default"]);
    caller
}

fn without_projects_is_possible(side: &Side) {
    let new = added(side, &json!({"restricted": true}));
    let entry = side.entry(&new).metadata;
    assert_eq!(
        (&entry["restricted"], &entry["projects"]),
        (&json!(true), &json!([]))
    );
}

fn to_a_known_project(side: &Side) {
    let new = added(side, &json!({"restricted": true, "projects": ["default"]}));
    let entry = side.entry(&new).metadata;
    assert_eq!(entry["restricted"], true);
    assert_eq!(entry["projects"], json!(["default"]));
}

fn to_a_project_made_later(side: &Side) {
    side.daemon.add_project("later");
    let new = added(
        side,
        &json!({"restricted": true, "projects": ["later", "default"]}),
    );
    let entry = side.daemon.entry(&new.fingerprint);
    assert_eq!(entry.unwrap().projects, ["default", "later"]);
}

fn to_an_unknown_project_is_not_found(side: &Side) {
    let new = make("new");
    let projects = json!({"restricted": true, "projects": ["default", "unknown"]});
    let answer = side.post(&body_with(&new, "new", &projects));
    assert_error(&answer, 404, "Project not found");
    assert!(!side.holds(&new));
}

fn unknown_project_counts_without_restriction_too(side: &Side) {
    let new = make("new");
    let answer = side.post(&body_with(&new, "new", &json!({"projects": ["unknown"]})));
    assert_error(&answer, 404, "Project not found");
    assert!(!side.holds(&new));
}

fn projects_alone_do_not_restrict(side: &Side) {
    let new = added(side, &json!({"projects": ["default"]}));
    let entry = side.entry(&new).metadata;
    assert_eq!(entry["restricted"], false);
    assert_eq!(entry["projects"], json!(["default"]));
    let config = side.client(&new).get("/1.0").unwrap().metadata["config"].clone();
    assert_ne!(config, scope::no_configuration(side.profile()));
}

fn caller_looks_trusted(side: &Side) {
    let answer = side.client(&caller(side)).get("/1.0").unwrap();
    assert_eq!(answer.metadata["auth"], "trusted");
    let none = scope::no_configuration(side.profile());
    assert_eq!(answer.metadata["config"], none);
    assert_eq!(
        answer.metadata["environment"]["server_name"],
        side.daemon.name()
    );
}

fn caller_sees_all_certificates(side: &Side) {
    let own = caller(side);
    let mut client = side.client(&own);
    assert_eq!(
        client.get(&own.path()).unwrap().metadata["restricted"],
        true
    );
    let other = client.get(&side.daemon.admin().path()).unwrap();
    assert_eq!(other.metadata["restricted"], false);
    for list in [CERTIFICATES, "/1.0/certificates?recursion=1"] {
        let answer = client.get(list).unwrap();
        let length = answer.metadata.as_array().unwrap().len();
        assert_eq!(length, side.daemon.trust_list().len());
    }
}

fn caller_cannot_add(side: &Side) {
    let own = caller(side);
    let new = make("new");
    let mut client = side.client(&own);
    for body in [
        new.body("new"),
        own.body("own"),
        json!({"type": "client", "name": "x", "token": true}),
        json!({"type": "client", "certificate": "!!!"}),
        json!({"type": "unknown", "certificate": "!!!"}),
    ] {
        let answer = client.post(CERTIFICATES, &body).unwrap();
        assert_error(&answer, 403, scope::forbidden_post(side.profile()));
    }
    let nothing = client
        .post(CERTIFICATES, &json!({"type": "client"}))
        .unwrap();
    assert_error(&nothing, 400, "Client is already trusted");
    assert!(!side.holds(&new));
}

fn caller_cannot_remove(side: &Side) {
    let own = caller(side);
    let mut client = side.client(&own);
    for path in [own.path(), side.daemon.admin().path()] {
        let answer = client.delete(&path).unwrap();
        assert_error(&answer, 403, scope::restricted(side.profile()));
    }
    assert!(side.holds(&own));
}

fn caller_is_refused_before_the_entry_is_looked_for(side: &Side) {
    let path = format!("{CERTIFICATES}/zz");
    let answer = side.client(&caller(side)).delete(&path).unwrap();
    assert_error(&answer, 403, side.forbidden());
}

fn caller_sees_itself_alone(side: &Side) {
    let own = caller(side);
    let mut client = side.client(&own);
    let list = client.get(CERTIFICATES).unwrap();
    assert_sync(&list, 200, &json!([own.path()]));
    let full = client.get("/1.0/certificates?recursion=1").unwrap();
    assert_eq!(full.metadata.as_array().unwrap().len(), 1);
    let other = client.get(&side.daemon.admin().path()).unwrap();
    assert_error(&other, 403, "Certificate is restricted");
}

fn caller_may_remove_itself(side: &Side) {
    let own = caller(side);
    let mut client = side.client(&own);
    let other = client.delete(&side.daemon.admin().path()).unwrap();
    assert_error(&other, 403, "Certificate cannot be deleted");
    assert_eq!(client.delete(&own.path()).unwrap().status, 200);
    assert!(!side.holds(&own));
}

fn caller_cannot_change(side: &Side) {
    let own = caller(side);
    let mut client = side.client(&own);
    for path in [own.path(), side.daemon.admin().path()] {
        let body = json!({"name": "other", "type": "client"});
        let answer = client.patch(&path, &body).unwrap();
        assert_error(&answer, 403, "Only the certificate can be changed");
    }
    let answer = client.patch("/1.0", &json!({})).unwrap();
    assert_error(&answer, 403, scope::restricted(side.profile()));
}

fn caller_may_rotate_its_own(side: &Side) {
    let own = caller(side);
    let new = make("rotated");
    let body = json!({"certificate": new.certificate_pem});
    let answer = side.client(&own).patch(&own.path(), &body).unwrap();
    assert_sync(&answer, 200, &json!({}));
    assert!(side.holds(&new) && !side.holds(&own));
    assert_eq!(side.entry(&new).metadata["restricted"], true);
}

fn caller_cannot_rotate_another(side: &Side) {
    let (own, other) = (caller(side), caller(side));
    let body = json!({"certificate": make("rotated").certificate_pem});
    let answer = side.client(&own).patch(&other.path(), &body).unwrap();
    assert_error(&answer, 403, "Certificate cannot be changed");
    assert!(side.holds(&other));
}

fn caller_may_ask_for_the_cluster(side: &Side) {
    let mut client = side.client(&caller(side));
    let alone = json!({"server_name": "", "enabled": false, "member_config": []});
    assert_sync(&client.get("/1.0/cluster").unwrap(), 200, &alone);
    let members = client.get("/1.0/cluster/members?recursion=1").unwrap();
    assert_error(&members, 500, "Server is not clustered");
}

fn caller_sees_its_projects(side: &Side) {
    let mut client = side.client(&caller(side));
    let projects = client.get("/1.0/projects").unwrap();
    assert_sync(&projects, 200, &json!(["/1.0/projects/default"]));
    let whole = client.get("/1.0/projects?recursion=1").unwrap();
    assert_eq!(whole.metadata[0]["name"], "default", "{whole:?}");
    let none = make("none");
    side.daemon
        .trust_restricted(&none.certificate_pem, "none", &[]);
    let projects = side.client(&none).get("/1.0/projects").unwrap();
    assert_sync(&projects, 200, &json!([]));
}
