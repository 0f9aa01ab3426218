//! PUT and PATCH of one certificate.

use super::answer::Answer;
use super::api::{Call, Refusal};
use super::certificate::Certificate;
use super::request_body::{Complaint, Field, Fields, Shape, Takes};
use super::store::Store;
use super::trust::not_one_answer;
use super::trust_adding::{CHANGEABLE, objection, until_nul};
use crate::daemon::{Kind, TrustEntry};

/// What is to be written over an entry. `None` leaves a field as it is.
#[derive(Default)]
struct Change {
    kind: Option<String>,
    name: Option<String>,
    restricted: Option<bool>,
    projects: Option<Vec<String>>,
    certificate: Option<String>,
    description: Option<String>,
}

const FIELDS: &[Field] = &[("description", Takes::Text)];

pub(super) fn answer(call: &Call<'_>, pattern: &str) -> Result<Answer, Refusal> {
    let mut store = call.database()?;
    change(call, &mut store, pattern)?;
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::empty())
}

fn refuse(status: u16, text: &str) -> Refusal {
    Some(Answer::error(status, text))
}

fn change(call: &Call<'_>, store: &mut Store, pattern: &str) -> Result<(), Refusal> {
    let entry = store.find(call.profile(), pattern);
    let entry = entry
        .map_err(|not_one| not_one_answer(call, &not_one))?
        .clone();
    call.precondition(&store.json(call.profile(), &entry))?;
    let change = Change::parse(call).map_err(|complaint| refuse(400, &complaint))?;
    mind_the_kind(call, &entry, &change)?;
    let mut changed = entry.clone();
    changed.name = change.name.as_deref().map_or(changed.name, until_nul);
    changed.restricted = change.restricted.unwrap_or(changed.restricted);
    changed.projects = change.projects.clone().unwrap_or(changed.projects);
    if !call.may_edit(&entry.fingerprint) {
        return match call.profile().rotates_apart() {
            true => rotate(call, store, &entry, &changed, &change),
            false => {
                only_the_certificate(call, &entry, &changed)?;
                let other = change.certificate.as_ref() != Some(&entry.certificate_pem);
                if change.certificate.is_some() && other && !call.is_own(&entry.fingerprint) {
                    return Err(refuse(403, "Certificate cannot be changed"));
                }
                write(call, store, &entry, changed, &change)
            }
        };
    }
    let unrestricted = !changed.restricted && !changed.projects.is_empty();
    if call.profile().wants_projects_restricted() && unrestricted {
        let text = "Projects can only be specified for restricted certificates";
        return Err(refuse(400, text));
    }
    write(call, store, &entry, changed, &change)
}

impl Change {
    /// PUT writes every field but the certificate; PATCH only those that are named.
    fn parse(call: &Call<'_>) -> Result<Self, Complaint> {
        let profile = call.profile();
        let patch = call.method == "PATCH";
        let (name, has_inner) = match patch {
            true => ("Certificate", profile.names_inner_structures()),
            false => ("CertificatePut", false),
        };
        let shape = Shape {
            inner: CHANGEABLE,
            inner_name: has_inner.then_some("CertificatePut"),
            names_elements: profile.names_elements(),
            ..Shape::of(name, FIELDS)
        };
        let fields = Fields::parse_known(call.body, shape, |name| profile.knows_field(name))?;
        let change = Self {
            kind: fields.text("type"),
            name: fields.text("name"),
            restricted: fields.flag("restricted"),
            projects: fields.texts("projects"),
            certificate: fields.text("certificate").filter(|pem| !pem.is_empty()),
            description: fields.text("description"),
        };
        if patch {
            return Ok(change);
        }
        Ok(Self {
            kind: Some(change.kind.unwrap_or_default()),
            name: Some(change.name.unwrap_or_default()),
            restricted: Some(change.restricted.unwrap_or_default()),
            projects: Some(change.projects.unwrap_or_default()),
            certificate: change.certificate,
            description: Some(change.description.unwrap_or_default()),
        })
    }
}

fn mind_the_kind(call: &Call<'_>, entry: &TrustEntry, change: &Change) -> Result<(), Refusal> {
    let Some(kind) = change.kind.as_deref() else {
        return Ok(());
    };
    if call.profile().rotates_apart() && Kind::parse(kind).is_none() {
        return Err(refuse(
            400,
            "Invalid certificate type: Invalid certificate type",
        ));
    }
    match kind == entry.kind.as_str() {
        true => Ok(()),
        false => {
            let status = call.profile().changed_kind_status();
            Err(refuse(status, "The certificate type cannot be changed"))
        }
    }
}

/// Of the projects in a PATCH only the number is looked at: LXD reads them into the list that it
/// compares them with.
fn only_the_certificate(
    call: &Call<'_>,
    entry: &TrustEntry,
    changed: &TrustEntry,
) -> Result<(), Refusal> {
    let same_projects = match call.method {
        "PATCH" => changed.projects.len() == entry.projects.len(),
        _ => changed.projects == entry.projects,
    };
    match same_projects && changed.name == entry.name && changed.restricted == entry.restricted {
        true => Ok(()),
        false => Err(refuse(403, "Only the certificate can be changed")),
    }
}

/// Where a caller that may not change the entry may change its own certificate, and nothing else is
/// looked at then.
fn rotate(
    call: &Call<'_>,
    store: &mut Store,
    entry: &TrustEntry,
    changed: &TrustEntry,
    change: &Change,
) -> Result<(), Refusal> {
    if !call.is_own(&entry.fingerprint) {
        return Err(refuse(403, call.profile().forbidden()));
    }
    only_the_certificate(call, entry, changed)?;
    let change = Change {
        certificate: match (&change.certificate, call.method) {
            (None, "PATCH") => return Ok(()),
            (None, _) => Some(String::new()),
            (Some(pem), _) => Some(pem.clone()),
        },
        ..Change::default()
    };
    let text = |(status, text): (u16, &str)| {
        refuse(status, &format!("Failed updating certificate: {text}"))
    };
    let certificate = read(call, entry, &change)?;
    match certificate {
        Some(other) if store.has_certificate(&other.fingerprint()) => {
            Err(text(call.profile().known_certificate()))
        }
        _ => write(call, store, entry, entry.clone(), &change),
    }
}

/// The certificate that an entry is to have, if it is another one.
fn read(
    call: &Call<'_>,
    entry: &TrustEntry,
    change: &Change,
) -> Result<Option<Certificate>, Refusal> {
    let Some(pem) = change
        .certificate
        .as_ref()
        .filter(|pem| **pem != entry.certificate_pem)
    else {
        return Ok(None);
    };
    let certificate = match Certificate::from_pem(pem) {
        None if call.profile().crashes_without_pem() => return Err(None),
        None if call.profile().rotates_apart() => {
            let text = "Invalid certificate material: Invalid PEM block";
            return Err(refuse(400, text));
        }
        None => return Err(refuse(400, "Invalid PEM encoded certificate")),
        Some(Err(error)) => {
            let text = format!("Invalid certificate material: {error}");
            return Err(refuse(400, &text));
        }
        Some(Ok(certificate)) => certificate,
    };
    match objection(call, &certificate) {
        Some(objection) => Err(refuse(400, objection)),
        None => Ok(Some(certificate).filter(|other| other.fingerprint() != entry.fingerprint)),
    }
}

fn write(
    call: &Call<'_>,
    store: &mut Store,
    entry: &TrustEntry,
    mut changed: TrustEntry,
    change: &Change,
) -> Result<(), Refusal> {
    let profile = call.profile();
    if let Some(certificate) = read(call, entry, change)? {
        changed.fingerprint = certificate.fingerprint();
        changed.certificate_pem = certificate.pem();
        if store.has_certificate(&changed.fingerprint) {
            let (status, text) = profile.known_certificate();
            return Err(refuse(status, text));
        }
    }
    let renamed = profile.has_unique_names() && changed.name != entry.name;
    if renamed && store.has_name(&changed.name) {
        return Err(refuse(409, profile.taken_name()));
    }
    if let Some((status, text)) = store.objection_to_projects(profile, &changed.projects) {
        return Err(refuse(status, text));
    }
    changed.projects = store.in_order(changed.projects);
    let description = change.description.clone();
    let description = description.unwrap_or_else(|| store.description(&entry.fingerprint));
    store.remove(&entry.fingerprint);
    store.describe(&changed.fingerprint, description);
    store.add(changed);
    Ok(())
}
