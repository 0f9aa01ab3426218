//! PUT and PATCH of a fine-grained identity: its groups and its certificate. There is no renaming.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::api::{Call, not_found};
use super::identities::{find, json_of, may_with, refuse_entries};
use super::identity_adding::{mind_groups, read};
use super::request_body::{Field, Fields, Shape, Takes};
use super::rights::Rights;

const FIELDS: &[Field] = &[("groups", Takes::Texts), ("tls_certificate", Takes::Text)];

pub(super) fn answer(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    let found = find(&store, name).ok_or_else(|| not_found(call))?;
    let own = call.is_own(&found.id);
    let may = match found.fine_grained {
        true => may_with(call, &found, "can_edit"),
        false => call.may_edit(&found.id) || call.rights == Rights::Restricted && own,
    };
    if !may {
        return Err(call.forbidden());
    }
    refuse_entries(&found)?;
    let fields = Fields::parse(call.body, Shape::of("IdentityPut", FIELDS)).map_err(|text| {
        let failed = call
            .profile()
            .failing("Failed to unmarshal", "Failed unmarshaling");
        Answer::error(400, &format!("{failed} request body: {text}"))
    })?;
    call.precondition(&json_of(call, &store, &found))?;

    let Some(identity) = store.identities.get(&found.id).cloned() else {
        return Err(not_found(call));
    };
    let mut changed = identity.clone();
    let groups: BTreeSet<String> = fields.texts("groups").into_iter().flatten().collect();
    if call.method == "PUT" || !groups.is_empty() {
        changed.groups = groups;
    }
    if changed.groups != identity.groups && own && !call.may("can_edit_identities") {
        return Err(Answer::error(403, "Only the certificate may be changed"));
    }
    mind_groups(&store, &changed.groups)?;
    let mut id = found.id.clone();
    if let Some(pem) = fields.text("tls_certificate").filter(|pem| !pem.is_empty()) {
        if identity.pending.is_some() {
            let kind = found.kind;
            let text = format!("Cannot update certificate for identities of type {kind:?}");
            return Err(Answer::error(400, &text));
        }
        let certificate = read(call, &pem)?;
        id = certificate.fingerprint();
        if id != found.id && store.has_certificate(&id) {
            let (status, text) = call.profile().known_certificate();
            return Err(Answer::error(status, text));
        }
        changed.certificate_pem = certificate.pem();
    }
    store.identities.remove(&found.id);
    store.add_identity(&id, changed);
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::empty())
}
