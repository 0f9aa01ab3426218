//! `/1.0/certificates`: reading and removing.

use serde_json::Value;

use super::answer::Answer;
use super::api::{Call, Refusal, not_implemented};
use super::certificate::Certificate;
use super::rights::Rights;
use super::store::{NotOne, etag};
use super::{trust_adding, trust_update};
use crate::daemon::{Kind, TrustEntry};
use crate::profile::Profile;

pub(super) fn answer_list(call: &Call<'_>) -> Result<Answer, Answer> {
    match call.method {
        "GET" => list(call),
        "POST" => trust_adding::answer(call),
        _ => Err(not_implemented(call)),
    }
}

pub(super) fn answer_one(call: &Call<'_>, pattern: &str) -> Result<Answer, Refusal> {
    match call.method {
        "GET" => Ok(show(call, pattern)?),
        "DELETE" => Ok(remove(call, pattern)?),
        "PUT" | "PATCH" => trust_update::answer(call, pattern),
        _ => Err(not_implemented(call).into()),
    }
}

/// With `recursion` from the database. Paths are told from memory, unless there are identities.
fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    let path = |entry: &TrustEntry| Value::from(format!("/1.0/certificates/{}", entry.fingerprint));
    if !call.is_recursive() && call.profile().lists_from_memory() {
        let trusted = call.state.cluster.trusted(call.state.index);
        let known = trusted
            .entries
            .values()
            .filter(|entry| is_remembered(call, entry));
        return Ok(Answer::sync(&known.map(path).collect()));
    }
    let store = call.database()?;
    let visible = store
        .entries()
        .filter(|entry| call.may_see(&entry.fingerprint));
    let shown: Vec<Value> = visible
        .map(|entry| match call.is_recursive() {
            true => store.json(call.profile(), entry),
            false => path(entry),
        })
        .collect();
    // Go writes a list that was never made as null.
    match shown.is_empty() && !call.is_recursive() {
        true => Ok(Answer::sync(&Value::Null)),
        false => Ok(Answer::sync(&shown.into())),
    }
}

/// In PKI mode Incus forgets what its authority did not issue.
fn is_remembered(call: &Call<'_>, entry: &TrustEntry) -> bool {
    let authority = call.state.cluster.authority.as_ref();
    let authority = authority.filter(|_| call.profile().remembers_the_authorized_only());
    authority.is_none_or(|authority| {
        let certificate = Certificate::from_pem(&entry.certificate_pem);
        certificate.is_some_and(|read| read.is_ok_and(|read| read.is_issued_by(authority)))
    })
}

fn show(call: &Call<'_>, pattern: &str) -> Result<Answer, Answer> {
    let store = call.database()?;
    let entry = store.find(call.profile(), pattern);
    let entry = entry.map_err(|not_one| not_one_answer(call, &not_one))?;
    if !call.may_see(&entry.fingerprint) {
        return Err(call.unseen());
    }
    let entry = store.json(call.profile(), entry);
    Ok(Answer::sync_tagged(&entry, &etag(&entry)))
}

fn remove(call: &Call<'_>, pattern: &str) -> Result<Answer, Answer> {
    let restricted = call.rights == Rights::Restricted;
    if restricted && call.profile() < Profile::Lxd5_21 {
        return Err(call.forbidden());
    }
    let mut store = call.database()?;
    let entry = store.find(call.profile(), pattern);
    let entry = entry.map_err(|not_one| not_one_answer(call, &not_one))?;
    let fingerprint = entry.fingerprint.clone();
    let identities = call.profile().has_identities();
    let may = call.may_delete(&fingerprint) || identities && call.is_own(&fingerprint);
    if !may {
        return Err(match identities {
            true => Answer::error(403, "Certificate cannot be deleted"),
            false => call.forbidden(),
        });
    }
    if entry.kind == Kind::Server && identities {
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
    Ok(Answer::empty())
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
