//! The projects of an entry that was stored already: more of them, fewer, others, none.

use lxd_bed::certificates::{Credential, make};
use serde_json::{Value, json};

use crate::side::{Side, assert_error, assert_sync, body_with};

cases!("projects":
    are_widened_and_narrowed for since_5_0,
    are_cleared_alone for since_5_0,
    outlast_the_restriction for since_5_0,
    are_cleared_with_the_restriction for since_5_0,
    are_cleared_by_null for since_5_0,
    are_written_by_put for since_5_0,
    are_cleared_by_put for since_5_0,
    that_are_unknown_change_nothing for since_5_0,
    that_are_named_twice_fail for since_5_0,
    that_go_are_gone_from_entries for since_5_0,
    that_went_and_came_back_are_others for since_5_0,
    are_ignored_before_5_0 for before_5_0,
);

/// An entry that is confined to two projects of its own.
fn confined(side: &Side, names: [&str; 2]) -> Credential {
    let entry = make("confined");
    for name in names {
        side.daemon.add_project(name);
    }
    side.daemon
        .trust_restricted(&entry.certificate_pem, "confined", &names);
    entry
}

/// Restriction and projects as they are stored, and what the caller sees of the projects.
#[track_caller]
fn assert_confined(side: &Side, entry: &Credential, restricted: bool, projects: &[&str]) {
    let stored = side.daemon.entry(&entry.fingerprint).unwrap();
    assert_eq!(stored.restricted, restricted);
    assert_eq!(stored.projects, projects);
    let seen = side.client(entry).get("/1.0/projects").unwrap().metadata;
    let seen = seen.as_array().unwrap();
    if restricted {
        let mut seen: Vec<_> = seen.iter().map(|path| path.as_str().unwrap()).collect();
        seen.sort_unstable();
        let paths: Vec<_> = projects
            .iter()
            .map(|name| format!("/1.0/projects/{name}"))
            .collect();
        assert_eq!(seen, paths);
    } else {
        assert!(seen.contains(&json!("/1.0/projects/default")));
    }
}

fn are_widened_and_narrowed(side: &Side) {
    let entry = confined(side, ["wide-1", "wide-2"]);
    assert_confined(side, &entry, true, &["wide-1", "wide-2"]);
    let more = json!({"restricted": true, "projects": ["wide-2", "default", "wide-1"]});
    side.change(&entry, &more);
    assert_confined(side, &entry, true, &["default", "wide-1", "wide-2"]);
    let fewer = json!({"projects": ["wide-2"]});
    side.change(&entry, &fewer);
    assert_confined(side, &entry, true, &["wide-2"]);
}

fn are_cleared_alone(side: &Side) {
    let entry = confined(side, ["alone-1", "alone-2"]);
    side.change(&entry, &json!({"projects": []}));
    assert_confined(side, &entry, true, &[]);
}

fn outlast_the_restriction(side: &Side) {
    let entry = confined(side, ["last-1", "last-2"]);
    side.change(&entry, &json!({"restricted": false}));
    assert_confined(side, &entry, false, &["last-1", "last-2"]);
    side.change(&entry, &json!({"restricted": true}));
    assert_confined(side, &entry, true, &["last-1", "last-2"]);
}

fn are_cleared_with_the_restriction(side: &Side) {
    let entry = confined(side, ["free-1", "free-2"]);
    let free = json!({"restricted": false, "projects": []});
    side.change(&entry, &free);
    assert_confined(side, &entry, false, &[]);
}

fn are_cleared_by_null(side: &Side) {
    let entry = confined(side, ["null-1", "null-2"]);
    let null = json!({"restricted": null, "projects": null});
    side.change(&entry, &null);
    assert_confined(side, &entry, true, &[]);
}

fn are_written_by_put(side: &Side) {
    let entry = confined(side, ["put-1", "put-2"]);
    let other = json!({
        "type": "client", "name": "confined", "restricted": true, "projects": ["put-2", "default"],
    });
    let answer = side.put(&entry, &other);
    assert_sync(&answer, 200, &json!({}));
    assert_confined(side, &entry, true, &["default", "put-2"]);
}

fn are_cleared_by_put(side: &Side) {
    let entry = confined(side, ["gone-1", "gone-2"]);
    let put = |body: &Value| side.put(&entry, body).status;
    assert_eq!(
        put(&json!({"type": "client", "name": "confined", "restricted": true})),
        200
    );
    assert_confined(side, &entry, true, &[]);
    let free = json!({"type": "client", "name": "confined", "restricted": false, "projects": []});
    assert_eq!(put(&free), 200);
    assert_confined(side, &entry, false, &[]);
}

fn that_are_unknown_change_nothing(side: &Side) {
    let entry = confined(side, ["known-1", "known-2"]);
    let unknown = json!({"type": "client", "name": "x", "projects": ["known-1", "unknown"]});
    assert_error(&side.patch(&entry, &unknown), 404, "Project not found");
    let answer = side.put(&entry, &unknown);
    assert_error(&answer, 404, "Project not found");
    assert_eq!(side.entry(&entry).metadata["name"], "confined");
    assert_confined(side, &entry, true, &["known-1", "known-2"]);
}

fn that_are_named_twice_fail(side: &Side) {
    let entry = confined(side, ["twice-1", "twice-2"]);
    let twice = json!({"projects": ["twice-1", "twice-1"]});
    let answer = side.patch(&entry, &twice);
    let text = "Failed to create \"certificates_projects\" entry: UNIQUE constraint failed: \
                certificates_projects.certificate_id, certificates_projects.project_id";
    assert_error(&answer, 500, text);
    assert_confined(side, &entry, true, &["twice-1", "twice-2"]);
    let new = make("new");
    let more = json!({"restricted": true, "projects": ["twice-1", "twice-1"]});
    assert_error(&side.post(&body_with(&new, "new", &more)), 500, text);
    assert!(!side.holds(&new));
}

fn that_go_are_gone_from_entries(side: &Side) {
    let entry = confined(side, ["go-1", "go-2"]);
    side.daemon.remove_project("go-1");
    assert_confined(side, &entry, true, &["go-2"]);
    side.daemon.remove_project("go-2");
    assert_confined(side, &entry, true, &[]);
}

fn that_went_and_came_back_are_others(side: &Side) {
    let entry = confined(side, ["back-1", "back-2"]);
    side.daemon.remove_project("back-1");
    side.daemon.add_project("back-1");
    // The member remembers what it was told, until it looks again.
    let seen = |count| {
        let seen = side.client(&entry).get("/1.0/projects").unwrap().metadata;
        assert_eq!(seen.as_array().unwrap().len(), count);
    };
    seen(2);
    side.change(&entry, &json!({}));
    seen(1);
    assert_confined(side, &entry, true, &["back-2"]);
}

fn are_ignored_before_5_0(side: &Side) {
    let entry = make("free");
    side.daemon
        .trust_restricted(&entry.certificate_pem, "free", &["unknown"]);
    let restriction = json!({"restricted": true, "projects": ["unknown"]});
    side.change(&entry, &restriction);
    assert_sync(&side.entry(&entry), 200, &side.shown(&entry, "free"));
    let answer = side.client(&entry).delete(&entry.path()).unwrap();
    assert_eq!(answer.status, 200);
}
