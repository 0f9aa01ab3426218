//! `/1.0/operations`, as far as tokens wait there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::State;
use super::answer::Answer;
use super::api::{Call, not_implemented};
use super::clock::rfc3339;
use super::enrolment;
use super::rights::Rights;
use crate::fingerprint;
use crate::profile::Profile;

pub(super) fn answer_list(call: &Call<'_>) -> Result<Answer, Answer> {
    let store = call.database()?;
    let visible = store.tokens.iter().filter(|_| may_manage(call));
    let running: Vec<Value> = visible
        .map(|(secret, token)| match call.is_recursive() {
            true => enrolment::operation(call.state, secret, token),
            false => format!("/1.0/operations/{}", token.operation).into(),
        })
        .collect();
    let mut by_status = Map::new();
    if !running.is_empty() {
        by_status.insert("running".to_owned(), running.into());
    }
    Ok(Answer::sync(&by_status.into()))
}

pub(super) fn answer_one(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    match call.method {
        "GET" => show(call, id),
        "DELETE" => cancel(call, id),
        _ => Err(not_implemented(call)),
    }
}

fn show(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    let store = call.database()?;
    let mut tokens = store.tokens.iter().filter(|_| may_manage(call));
    let found = tokens.find(|(_, token)| token.operation == id);
    let (secret, token) = found.ok_or_else(|| missing(call))?;
    Ok(Answer::sync(&enrolment::operation(
        call.state, secret, token,
    )))
}

fn cancel(call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    let mut tokens = store.tokens.iter();
    let found = tokens.find(|(_, token)| token.operation == id);
    let secret = found
        .map(|(secret, _)| secret.clone())
        .ok_or_else(|| missing(call))?;
    if !may_manage(call) {
        return Err(call.forbidden());
    }
    store.tokens.remove(&secret);
    Ok(Answer::empty())
}

fn may_manage(call: &Call<'_>) -> bool {
    call.rights == Rights::Administrator || call.may("can_edit")
}

fn missing(call: &Call<'_>) -> Answer {
    let text = match call.profile() {
        Profile::Lxd6 => "Operation not found",
        _ => call.profile().not_found(),
    };
    Answer::error(404, text)
}

/// 202 for what is done already.
pub(super) fn answer_task(state: &State, description: &str, metadata: &Value) -> Answer {
    let id = uuid();
    let operation = json_of(
        state,
        &id,
        "task",
        description,
        state.cluster.clock.now(),
        metadata,
    );
    Answer::accepted(&format!("/1.0/operations/{id}"), &operation)
}

/// An operation as the API shows it.
pub(super) fn json_of(
    state: &State,
    id: &str,
    class: &str,
    description: &str,
    created: SystemTime,
    metadata: &Value,
) -> Value {
    let location = match state.cluster.clustered {
        true => state.node().name.as_str(),
        false => "none",
    };
    let resources = match state.cluster.profile <= Profile::Lxd5_0 {
        true => Value::Null,
        false => json!({}),
    };
    json!({
        "id": id, "class": class, "description": description,
        "created_at": rfc3339(created), "updated_at": rfc3339(created),
        "status": "Running", "status_code": 103,
        "resources": resources,
        "metadata": metadata,
        "may_cancel": true, "err": "", "location": location,
    })
}

/// A text of 64 digits that no other is.
pub(super) fn unique() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let count = MADE.fetch_add(1, Ordering::Relaxed);
    fingerprint::of(format!("{count} {:?}", SystemTime::now()).as_bytes())
}

pub(super) fn uuid() -> String {
    let digits = unique();
    let part = |from, to| &digits[from..to];
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}
