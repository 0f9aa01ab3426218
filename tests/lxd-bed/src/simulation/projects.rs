//! `/1.0/projects`, as far as certificates can be restricted to them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};

pub(super) fn answer_list(call: &Call<'_>) -> Answer {
    if call.method != "GET" {
        return not_implemented();
    }
    let names = call.state.cluster.store().projects().clone();
    let visible = names.iter().filter(|name| may_see(call, name));
    let whole = call.is_recursive();
    let element = |name: &String| match whole {
        true => project(name),
        false => Value::from(format!("/1.0/projects/{name}")),
    };
    Answer::sync(&visible.map(element).collect())
}

pub(super) fn answer_one(call: &Call<'_>, name: &str) -> Answer {
    if call.method != "GET" {
        return not_implemented();
    }
    if !may_see(call, name) {
        return call.forbidden();
    }
    match call.state.cluster.store().projects().contains(name) {
        true => Answer::sync(&project(name)),
        false => Answer::error(404, "Project not found"),
    }
}

fn project(name: &str) -> Value {
    json!({"name": name, "description": "", "config": {}})
}

/// A restricted caller sees those that this member remembers to be its own.
fn may_see(call: &Call<'_>, name: &str) -> bool {
    if call.rights == Rights::Administrator {
        return true;
    }
    let own = call.caller.fingerprint().unwrap_or_default();
    let trusted = call.state.cluster.trusted(call.state.index);
    let entry = trusted.entries.get(&own);
    entry.is_some_and(|entry| entry.projects.iter().any(|project| project == name))
}
