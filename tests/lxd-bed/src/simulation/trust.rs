//! `/1.0/certificates`: reading, adding, removing.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::certificate::Certificate;
use super::request_body::{Complaint, Fields};
use super::store::{NotOne, entry_json, etag};
use super::{base64_text, trust_update};
use crate::daemon::{Kind, TrustEntry};

pub(super) fn answer_list(call: &Call<'_>) -> Answer {
    match call.method {
        "GET" => list(call),
        "POST" => add(call).unwrap_or_else(|complaint| Answer::error(400, &complaint)),
        _ => not_implemented(),
    }
}

pub(super) fn answer_one(call: &Call<'_>, pattern: &str) -> Option<Answer> {
    match call.method {
        "GET" => Some(show(call, pattern)),
        "DELETE" => Some(remove(call, pattern)),
        "PUT" | "PATCH" => trust_update::answer(call, pattern),
        _ => Some(not_implemented()),
    }
}

fn list(call: &Call<'_>) -> Answer {
    let store = call.state.store();
    let recursion = call.parameter("recursion").unwrap_or_default();
    let full = recursion.parse::<u32>().is_ok_and(|depth| depth > 0);
    let entries = store.entries().map(|entry| match full {
        true => entry_json(entry),
        false => Value::from(format!("/1.0/certificates/{}", entry.fingerprint)),
    });
    Answer::sync(&entries.collect())
}

fn show(call: &Call<'_>, pattern: &str) -> Answer {
    match call.state.store().find(pattern).map(entry_json) {
        Ok(entry) => Answer::sync_tagged(&entry, &etag(&entry)),
        Err(not_one) => not_one_answer(&not_one),
    }
}

fn add(call: &Call<'_>) -> Result<Answer, Complaint> {
    let fields = Fields::parse(call.body)?;
    let kind = fields.text("type")?.unwrap_or_default();
    let name = fields.text("name")?.unwrap_or_default();
    let encoded = fields.text("certificate")?.unwrap_or_default();
    let restricted = fields.flag("restricted")?.unwrap_or_default();
    let projects = fields.texts("projects")?.unwrap_or_default();
    let token = fields.flag("token")?.unwrap_or_default();
    fields.text("password")?;
    if call.rights == Rights::Untrusted {
        return Ok(call.forbidden());
    }
    if encoded.is_empty() && !token {
        return Err("Client is already trusted".to_owned());
    }
    if call.rights != Rights::Administrator {
        return Ok(call.forbidden());
    }
    if token {
        return Ok(not_implemented());
    }
    let kind = Kind::parse(&kind).ok_or("Invalid certificate type")?;
    let certificate = Certificate::from_der(&base64_text::decode(&encoded)?)
        .map_err(|error| format!("Invalid certificate material: {error}"))?;
    if let Some(objection) = certificate.objection() {
        return Err(objection.to_owned());
    }
    Ok(store_new(
        call,
        TrustEntry {
            fingerprint: certificate.fingerprint(),
            name: stored_name(call, &name, &certificate),
            kind,
            restricted,
            projects,
            certificate_pem: certificate.pem(),
        },
    ))
}

fn store_new(call: &Call<'_>, entry: TrustEntry) -> Answer {
    let mut store = call.state.store();
    let location = format!("/1.0/certificates/{}", entry.fingerprint);
    if store.get(&entry.fingerprint).is_some() {
        let status = call.state.profile.duplicate_status;
        return Answer::error(status, "Certificate already in trust store");
    }
    if !store.has_projects(&entry.projects) {
        return Answer::error(404, "Project not found");
    }
    store.add(entry);
    Answer::created(location)
}

/// Empty names become the common name, else the caller's address.
fn stored_name(call: &Call<'_>, name: &str, certificate: &Certificate) -> String {
    match (name, certificate.common_name.as_str()) {
        ("", "") => call.caller.ip.to_string(),
        ("", common_name) => common_name.to_owned(),
        (name, _) => name.to_owned(),
    }
}

fn remove(call: &Call<'_>, pattern: &str) -> Answer {
    if call.rights != Rights::Administrator {
        return call.forbidden();
    }
    let mut store = call.state.store();
    match store.find(pattern).map(|entry| entry.fingerprint.clone()) {
        Ok(fingerprint) => {
            store.remove(&fingerprint);
            Answer::sync(&Value::Object(Map::new()))
        }
        Err(not_one) => not_one_answer(&not_one),
    }
}

pub(super) fn not_one_answer(not_one: &NotOne) -> Answer {
    match not_one {
        NotOne::None => Answer::error(404, "Certificate not found"),
        NotOne::Several => Answer::error(500, "More than one certificate matches"),
    }
}
