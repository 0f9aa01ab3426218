//! `/1.0/certificates`: reading and removing.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::store::{NotOne, etag};
use super::{trust_adding, trust_update};
use crate::daemon::Kind;
use crate::profile::Profile;

pub(super) fn answer_list(call: &Call<'_>) -> Answer {
    match call.method {
        "GET" => list(call).unwrap_or_else(|refusal| refusal),
        "POST" => trust_adding::answer(call),
        _ => not_implemented(),
    }
}

pub(super) fn answer_one(call: &Call<'_>, pattern: &str) -> Option<Answer> {
    match call.method {
        "GET" => Some(show(call, pattern).unwrap_or_else(|refusal| refusal)),
        "DELETE" => Some(remove(call, pattern).unwrap_or_else(|refusal| refusal)),
        "PUT" | "PATCH" => trust_update::answer(call, pattern),
        _ => Some(not_implemented()),
    }
}

/// With `recursion` from the database. Paths are told from memory, unless there are identities.
fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    let path = |fingerprint: &String| Value::from(format!("/1.0/certificates/{fingerprint}"));
    if !call.is_recursive() && !call.profile().has_identities() {
        let trusted = call.state.cluster.trusted(call.state.index);
        return Ok(Answer::sync(&trusted.entries.keys().map(path).collect()));
    }
    let store = call.database()?;
    let entries = store.entries();
    let visible = entries.filter(|entry| call.may_see(&entry.fingerprint));
    let shown: Vec<Value> = visible
        .map(|entry| match call.is_recursive() {
            true => store.json(call.profile(), entry),
            false => path(&entry.fingerprint),
        })
        .collect();
    // Go writes a list that was never made as null.
    let unmade = shown.is_empty() && call.profile() == Profile::Lxd5_21 && !call.is_recursive();
    match unmade {
        true => Ok(Answer::sync(&Value::Null)),
        false => Ok(Answer::sync(&shown.into())),
    }
}

fn show(call: &Call<'_>, pattern: &str) -> Result<Answer, Answer> {
    let store = call.database()?;
    let entry = store.find(call.profile(), pattern);
    let entry = entry.map_err(|not_one| not_one_answer(call, &not_one))?;
    if !call.may_see(&entry.fingerprint) {
        return Err(not_one_answer(call, &NotOne::None));
    }
    let entry = store.json(call.profile(), entry);
    Ok(Answer::sync_tagged(&entry, &etag(&entry)))
}

fn remove(call: &Call<'_>, pattern: &str) -> Result<Answer, Answer> {
    let restricted = call.rights != Rights::Administrator;
    if restricted && call.profile() < Profile::Lxd5_21 {
        return Err(call.forbidden());
    }
    let mut store = call.database()?;
    let entry = store.find(call.profile(), pattern);
    let entry = entry.map_err(|not_one| not_one_answer(call, &not_one))?;
    let fingerprint = entry.fingerprint.clone();
    let own = call.profile().has_identities() && call.is_own(&fingerprint);
    if restricted && !own {
        return Err(call.forbidden());
    }
    if entry.kind == Kind::Server && call.profile().has_identities() {
        let text = "Cannot delete a server certificate. Remove the cluster member instead";
        return Err(Answer::error(400, text));
    }
    store.remove(&fingerprint);
    drop(store);
    let cluster = &call.state.cluster;
    match call.profile().forgets_everywhere() {
        true => cluster.propagate(call.state.index),
        false => cluster.refresh(call.state.index),
    }
    Ok(Answer::sync(&Value::Object(Map::new())))
}

pub(super) fn not_one_answer(call: &Call<'_>, not_one: &NotOne) -> Answer {
    match not_one {
        NotOne::None => Answer::error(404, "Certificate not found"),
        NotOne::Several => Answer::error(
            call.profile().ambiguous_status(),
            "More than one certificate matches",
        ),
    }
}
