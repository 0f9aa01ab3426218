//! What a real server holds, and how it comes to hold what it held before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Real;
use crate::daemon::{Kind, Server, State, TrustEntry};

/// The trust store, sorted.
pub(super) fn entries(server: &Real) -> Vec<TrustEntry> {
    let list = server.call("GET", "/1.0/certificates?recursion=1", None);
    let entries = list.as_array().into_iter().flatten();
    let mut entries: Vec<TrustEntry> = entries.map(trust_entry).collect();
    entries.sort();
    entries
}

pub(super) fn snapshot(server: &Real) -> State {
    State::Real {
        entries: entries(server),
        projects: projects(server),
        tokens: tokens(server),
        password: password(server).clone(),
    }
}

/// Deletes, adds and changes what differs. An entry cannot name a project that is not there, and a
/// project cannot go while an entry names it.
pub(super) fn restore(server: &Real, state: &State) {
    let State::Real {
        entries,
        projects,
        tokens,
        password,
    } = state
    else {
        panic!("{server}: that is the state of a simulated server");
    };
    let there = self::projects(server);
    for name in projects.difference(&there) {
        server.add_project(name);
    }
    restore_entries(server, entries);
    for name in there.difference(projects) {
        server.remove_project(name);
    }
    for id in self::tokens(server).difference(tokens) {
        server.call("DELETE", &format!("/1.0/operations/{id}"), None);
    }
    if *self::password(server) != *password {
        set_password(server, password.clone());
    }
}

/// Sets the trust password, or takes it away.
pub(super) fn set_password(server: &Real, password: Option<String>) {
    let value = password.as_deref().unwrap_or_default();
    let config = json!({"config": {"core.trust_password": value}});
    server.call("PATCH", "/1.0", Some(&config));
    *self::password(server) = password;
}

fn password(server: &Real) -> MutexGuard<'_, Option<String>> {
    server
        .password
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

fn restore_entries(server: &Real, wanted: &[TrustEntry]) {
    let mut there: BTreeMap<String, TrustEntry> = entries(server)
        .into_iter()
        .map(|entry| (entry.fingerprint.clone(), entry))
        .collect();
    for entry in wanted {
        match there.remove(&entry.fingerprint) {
            Some(found) if found == *entry => {}
            Some(found) if found.kind == entry.kind => change(server, entry),
            Some(_) => {
                server.distrust(&entry.fingerprint);
                add(server, entry);
            }
            None => add(server, entry),
        }
    }
    for fingerprint in there.keys() {
        server.distrust(fingerprint);
    }
}

/// An empty name would be filled.
fn add(server: &Real, entry: &TrustEntry) {
    server.trust_entry(entry);
    if entry.name.is_empty() {
        change(server, entry);
    }
}

fn change(server: &Real, entry: &TrustEntry) {
    let path = format!("/1.0/certificates/{}", entry.fingerprint);
    let body = json!({
        "name": entry.name, "restricted": entry.restricted, "projects": entry.projects,
    });
    server.call("PATCH", &path, Some(&body));
}

fn projects(server: &Real) -> BTreeSet<String> {
    let list = server.call("GET", "/1.0/projects", None);
    let paths = list.as_array().into_iter().flatten();
    paths
        .filter_map(|path| path.as_str()?.rsplit('/').next().map(str::to_owned))
        .collect()
}

/// The operations that stand for tokens which were not used yet.
fn tokens(server: &Real) -> BTreeSet<String> {
    let operations = server.call("GET", "/1.0/operations?recursion=1", None);
    let running = operations["running"].as_array().into_iter().flatten();
    running
        .filter(|operation| operation["class"] == "token")
        .filter_map(|operation| operation["id"].as_str().map(str::to_owned))
        .collect()
}

fn trust_entry(entry: &Value) -> TrustEntry {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // Their order means nothing.
    let projects = entry["projects"].as_array().into_iter().flatten();
    let projects: BTreeSet<String> = projects.map(text).collect();
    TrustEntry {
        fingerprint: text(&entry["fingerprint"]),
        name: text(&entry["name"]),
        kind: Kind::parse(&text(&entry["type"])).expect("LXD has three kinds of certificate"),
        restricted: entry["restricted"].as_bool().unwrap_or_default(),
        projects: projects.into_iter().collect(),
        certificate_pem: text(&entry["certificate"]),
    }
}
