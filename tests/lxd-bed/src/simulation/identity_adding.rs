//! POST of a fine-grained identity: with its certificate, pending, or by the token of a pending one.

use std::collections::BTreeSet;

use serde_json::json;

use super::State;
use super::answer::Answer;
use super::api::Call;
use super::certificate::Certificate;
use super::clock::rfc3339;
use super::enrolment::{self, Shown};
use super::operations::{unique, uuid};
use super::request_body::{Field, Fields, Takes};
use super::rights::Rights;
use super::store::{FineGrained, Pending, Store};
use super::trust_adding::{objection, unauthorized, until_nul};
use crate::profile::Profile;

const FIELDS: &[Field] = &[
    ("name", Takes::Text),
    ("certificate", Takes::Text),
    ("token", Takes::Flag),
    ("trust_token", Takes::Text),
    ("groups", Takes::Texts),
];

pub(super) fn answer(call: &Call<'_>) -> Result<Answer, Answer> {
    let fields = call.fields("IdentitiesTLSPost", FIELDS)?;
    match call.rights {
        Rights::Untrusted => activate(call, &fields),
        _ => create(call, &fields),
    }
}

/// A stranger shows a token, and its certificate in TLS.
fn activate(call: &Call<'_>, fields: &Fields) -> Result<Answer, Answer> {
    let text = |name| fields.text(name).unwrap_or_default();
    if text("trust_token").is_empty() {
        return Err(Answer::error(403, "Trust token required"));
    }
    let more = !text("name").is_empty()
        || !text("certificate").is_empty()
        || fields.flag("token") == Some(true)
        || fields
            .texts("groups")
            .is_some_and(|groups| !groups.is_empty());
    if more {
        return Err(Answer::error(403, "Only trust token must be provided"));
    }
    let shown = Shown::parse(&text("trust_token")).ok_or_else(|| call.forbidden())?;
    let certificate = enrolment::own_certificate(call)?;
    if let Some(objection) = objection(call, &certificate) {
        return Err(Answer::error(400, objection));
    }
    let mut store = call.database()?;
    let id = take(call, &mut store, &shown)?;
    let fingerprint = certificate.fingerprint();
    if store.has_certificate(&fingerprint) {
        return Err(Answer::error(409, call.profile().taken_name()));
    }
    if let Some(mut identity) = store.identities.remove(&id) {
        identity.pending = None;
        identity.certificate_pem = certificate.pem();
        store.add_identity(&fingerprint, identity);
    }
    drop(store);
    call.state.cluster.propagate(call.state.index);
    let named = match call.profile() {
        Profile::Lxd5_21 => id,
        _ => fingerprint,
    };
    Ok(Answer::created(format!("/1.0/auth/identities/tls/{named}")))
}

/// The pending identity of that token. One that waited too long goes.
fn take(call: &Call<'_>, store: &mut Store, shown: &Shown) -> Result<String, Answer> {
    let searching = "Failed during search for pending TLS identity:";
    let mut waiting = store.identities.iter().filter_map(|(id, identity)| {
        let pending = identity.pending.as_ref()?;
        (pending.secret == shown.secret).then_some((id.clone(), pending.expires))
    });
    let Some((id, expires)) = waiting.next() else {
        let failed = call.profile().failing("Failed to find", "Failed finding");
        let text = format!(
            "{searching} {failed} a matching pending identity: \
             No pending identities found with given secret"
        );
        return Err(Answer::error(500, &text));
    };
    drop(waiting);
    let now = call.state.cluster.clock.now();
    if expires.is_some_and(|expires| expires < now) {
        store.identities.remove(&id);
        return Err(Answer::error(
            500,
            &format!("{searching} Token has expired"),
        ));
    }
    Ok(id)
}

fn create(call: &Call<'_>, fields: &Fields) -> Result<Answer, Answer> {
    if !call.may("can_create_identities") {
        return Err(call.forbidden());
    }
    let text = |name| fields.text(name).unwrap_or_default();
    let (name, pem) = (text("name"), text("certificate"));
    if name.is_empty() {
        return Err(Answer::error(400, "Identity name must be provided"));
    }
    if !text("trust_token").is_empty() {
        return Err(Answer::error(409, "Client already trusted"));
    }
    let groups: BTreeSet<String> = fields.texts("groups").into_iter().flatten().collect();
    let identity = FineGrained {
        name: until_nul(&name),
        certificate_pem: String::new(),
        groups,
        pending: None,
    };
    if fields.flag("token") == Some(true) {
        if !pem.is_empty() {
            return Err(Answer::error(400, call.profile().token_and_certificate()));
        }
        return create_pending(call, identity);
    }
    if pem.is_empty() {
        return Err(Answer::error(400, "Must provide a certificate"));
    }
    let certificate = read(call, &pem)?;
    let mut store = call.database()?;
    let fingerprint = certificate.fingerprint();
    if store.has_certificate(&fingerprint) {
        return Err(Answer::error(409, "Identity already exists"));
    }
    if store.has_name(&identity.name) {
        let text = match call.profile() {
            Profile::Lxd5_21 => already_exists(&identity.name),
            _ => "Identity already exists".to_owned(),
        };
        return Err(Answer::error(409, &text));
    }
    mind_groups(&store, &identity.groups)?;
    let certificate_pem = certificate.pem();
    store.add_identity(
        &fingerprint,
        FineGrained {
            certificate_pem,
            ..identity
        },
    );
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::created(format!(
        "/1.0/auth/identities/tls/{fingerprint}"
    )))
}

fn create_pending(call: &Call<'_>, identity: FineGrained) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    if store.has_name(&identity.name) {
        return Err(Answer::error(409, &already_exists(&identity.name)));
    }
    mind_groups(&store, &identity.groups)?;
    let (id, token) = issue(call.state, &mut store, identity);
    Ok(Answer::created_with(
        format!("/1.0/auth/identities/tls/{id}"),
        &token,
    ))
}

/// Makes a pending identity: its identifier, and what its token is made of.
pub(super) fn issue(
    state: &State,
    store: &mut Store,
    identity: FineGrained,
) -> (String, serde_json::Value) {
    let (id, secret) = (uuid(), unique());
    let expires = enrolment::expiry(state, store);
    let token = json!({
        "client_name": identity.name,
        "fingerprint": state.cluster.identity().fingerprint(),
        "addresses": [state.node().address.to_string()],
        "secret": secret,
        "expires_at": expires.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), rfc3339),
        "type": "Client certificate",
    });
    let pending = Some(Pending { secret, expires });
    store.add_identity(
        &id,
        FineGrained {
            pending,
            ..identity
        },
    );
    (id, token)
}

fn already_exists(name: &str) -> String {
    format!("An identity with name {name:?} already exists")
}

/// A certificate as PEM that may be an identity's.
pub(super) fn read(call: &Call<'_>, pem: &str) -> Result<Certificate, Answer> {
    let failed = call.profile().failing("Failed to parse", "Failed parsing");
    let refuse = |text: &str| Answer::error(400, &format!("{failed} certificate: {text}"));
    let certificate = Certificate::from_pem(pem)
        .ok_or_else(|| refuse("Invalid PEM block"))?
        .map_err(refuse)?;
    if let Some(objection) = objection(call, &certificate) {
        let status = match unauthorized(call, &certificate) {
            Some(text) if text == objection => 403,
            _ => 400,
        };
        return Err(Answer::error(
            status,
            &format!("Invalid certificate: {objection}"),
        ));
    }
    Ok(certificate)
}

pub(super) fn mind_groups(store: &Store, groups: &BTreeSet<String>) -> Result<(), Answer> {
    let unknown = groups
        .iter()
        .filter(|name| !store.groups.contains_key(*name));
    let unknown: Vec<String> = unknown.map(|name| format!("{name:?}")).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => {
            let text = format!("One or more groups were not found: {}", unknown.join(", "));
            Err(Answer::error(404, &text))
        }
    }
}
