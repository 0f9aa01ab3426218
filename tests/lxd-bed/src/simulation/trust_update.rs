//! PUT and PATCH of one certificate.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::api::{Call, Rights};
use super::certificate::Certificate;
use super::request_body::{Complaint, Fields};
use super::store::{NotOne, Store, etag};
use super::trust::not_one_answer;
use crate::daemon::TrustEntry;

/// What is to be written over an entry. `None` leaves a field as it is.
struct Change {
    kind: Option<String>,
    name: Option<String>,
    restricted: Option<bool>,
    projects: Option<Vec<String>>,
    certificate: Option<String>,
}

/// `None` where LXD's handler crashes and the connection ends.
pub(super) fn answer(call: &Call<'_>, pattern: &str) -> Option<Answer> {
    let changed = match call.database() {
        Ok(mut store) => change(call, &mut store, pattern),
        Err(refusal) => return Some(refusal),
    };
    if changed.as_ref().is_some_and(|answer| answer.status == 200) {
        call.state.cluster.propagate(call.state.index);
    }
    changed
}

fn change(call: &Call<'_>, store: &mut Store, pattern: &str) -> Option<Answer> {
    let entry = match store.find(call.profile(), pattern) {
        Ok(entry) if call.may_see(&entry.fingerprint) => entry.clone(),
        Ok(_) => return Some(not_one_answer(call, &NotOne::None)),
        Err(not_one) => return Some(not_one_answer(call, &not_one)),
    };
    if let Some(refusal) = precondition(call, store, &entry) {
        return Some(refusal);
    }
    match Change::parse(call) {
        Ok(change) => apply(call, store, &entry, change),
        Err(complaint) => Some(Answer::error(400, &complaint)),
    }
}

impl Change {
    /// PUT writes every field but the certificate; PATCH only those that are named.
    fn parse(call: &Call<'_>) -> Result<Self, Complaint> {
        let fields = Fields::parse(call.body)?;
        let change = Self {
            kind: fields.text("type")?,
            name: fields.text("name")?,
            restricted: fields
                .flag("restricted")?
                .filter(|_| call.profile().restricts()),
            projects: fields
                .texts("projects")?
                .filter(|_| call.profile().restricts()),
            certificate: fields.text("certificate")?.filter(|pem| !pem.is_empty()),
        };
        if call.method == "PATCH" {
            return Ok(change);
        }
        Ok(Self {
            kind: Some(change.kind.unwrap_or_default()),
            name: Some(change.name.unwrap_or_default()),
            restricted: Some(change.restricted.unwrap_or_default()),
            projects: Some(change.projects.unwrap_or_default()),
            certificate: change.certificate,
        })
    }
}

fn apply(call: &Call<'_>, store: &mut Store, entry: &TrustEntry, change: Change) -> Option<Answer> {
    let mut changed = entry.clone();
    changed.name = change.name.unwrap_or(changed.name);
    changed.restricted = change.restricted.unwrap_or(changed.restricted);
    changed.projects = change.projects.unwrap_or(changed.projects);
    if call.rights != Rights::Administrator {
        let own = call.caller.fingerprint().as_ref() == Some(&entry.fingerprint);
        if changed != *entry {
            return Some(Answer::error(403, "Only the certificate can be changed"));
        }
        if !own {
            return Some(Answer::error(403, "Certificate cannot be changed"));
        }
    }
    if change.kind.is_some_and(|kind| kind != entry.kind.as_str()) {
        let status = call.profile().changed_kind_status();
        return Some(Answer::error(
            status,
            "The certificate type cannot be changed",
        ));
    }
    if let Some(pem) = change.certificate {
        let certificate = match Certificate::from_pem(&pem) {
            None if call.profile().crashes_without_pem() => return None,
            None => return Some(Answer::error(400, "Invalid PEM encoded certificate")),
            Some(certificate) => certificate,
        };
        if let Some(objection) = certificate.objection(call.profile()) {
            return Some(Answer::error(400, objection));
        }
        changed.fingerprint = certificate.fingerprint();
        changed.certificate_pem = certificate.pem();
    }
    Some(replace(store, entry, changed))
}

fn replace(store: &mut Store, entry: &TrustEntry, changed: TrustEntry) -> Answer {
    let taken = changed.fingerprint != entry.fingerprint;
    if taken && store.get(&changed.fingerprint).is_some() {
        return Answer::error(
            500,
            "Update \"certificates\" entry failed: \
             UNIQUE constraint failed: certificates.fingerprint",
        );
    }
    if let Some((status, text)) = store.objection_to_projects(&changed.projects) {
        return Answer::error(status, text);
    }
    store.remove(&entry.fingerprint);
    store.add(changed);
    Answer::sync(&Value::Object(Map::new()))
}

fn precondition(call: &Call<'_>, store: &Store, entry: &TrustEntry) -> Option<Answer> {
    let wanted = call.if_match?.trim_matches('"');
    let have = etag(&store.json(call.profile(), entry));
    let text = format!("ETag doesn't match: {have} vs {wanted}");
    (wanted != have).then(|| Answer::error(412, &text))
}
