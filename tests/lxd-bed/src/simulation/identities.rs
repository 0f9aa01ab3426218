//! `/1.0/auth/identities`: reading and removing; who the caller is.

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, not_found, not_implemented};
use super::clock::rfc3339;
use super::groups;
use super::path::decoded;
use super::permission::Permission;
use super::rights::Rights;
use super::store::{Store, etag};
use super::{identity_adding, identity_update};
use crate::daemon::{Kind, TrustEntry};
use crate::profile::Profile;

pub(super) fn answer(call: &Call<'_>, rest: &[&str]) -> Result<Answer, Answer> {
    match (call.method, rest) {
        ("GET", [] | ["tls"]) => list(call),
        ("POST", ["tls"]) => identity_adding::answer(call),
        ("GET", ["current"]) => current(call),
        ("GET", ["oidc" | "bearer"]) => Ok(Answer::sync(&match call.profile() {
            Profile::Lxd5_21 => json!([]),
            _ => Value::Null,
        })),
        ("GET", ["tls", name]) => show(call, &decoded(name)),
        ("PUT" | "PATCH", ["tls", name]) => identity_update::answer(call, &decoded(name)),
        ("DELETE", ["tls", name]) => remove(call, &decoded(name)),
        _ => Err(not_implemented(call)),
    }
}

/// An identity of either kind, as the database has it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) kind: &'static str,
    name: String,
    certificate_pem: String,
    pub(super) fine_grained: bool,
}

/// All of them.
fn all(store: &Store) -> Vec<Found> {
    let entries = store.entries().map(|entry| Found {
        id: entry.fingerprint.clone(),
        kind: kind_of(entry),
        name: entry.name.clone(),
        certificate_pem: entry.certificate_pem.clone(),
        fine_grained: false,
    });
    let identities = store.identities.iter().map(|(id, identity)| Found {
        id: id.clone(),
        kind: match identity.pending {
            Some(_) => "Client certificate (pending)",
            None => "Client certificate",
        },
        name: identity.name.clone(),
        certificate_pem: identity.certificate_pem.clone(),
        fine_grained: true,
    });
    entries.chain(identities).collect()
}

/// The one of that whole identifier, else of that name.
pub(super) fn find(store: &Store, name: &str) -> Option<Found> {
    let all = all(store);
    let by_id = all.iter().find(|found| found.id == name);
    by_id
        .or_else(|| all.iter().find(|found| found.name == name))
        .cloned()
}

fn kind_of(entry: &TrustEntry) -> &'static str {
    match (entry.kind, entry.restricted) {
        (Kind::Client, false) => "Client certificate (unrestricted)",
        (Kind::Client, true) => "Client certificate (restricted)",
        (Kind::Metrics, false) => "Metrics certificate (unrestricted)",
        (Kind::Metrics, true) => "Metrics certificate (restricted)",
        (Kind::Server, _) => "Server certificate",
    }
}

fn may_see(call: &Call<'_>, found: &Found) -> bool {
    match found.fine_grained {
        true => call.may_see_identity(&found.id),
        false => call.may_see(&found.id),
    }
}

/// As the API shows it, with those of its groups that the caller may see.
pub(super) fn json_of(call: &Call<'_>, store: &Store, found: &Found) -> Value {
    let groups = store
        .identities
        .get(&found.id)
        .map(|identity| &identity.groups);
    let groups = groups.into_iter().flatten();
    let groups: Vec<&String> = groups
        .filter(|name| groups::may_see(call, store, name))
        .collect();
    json!({
        "authentication_method": "tls",
        "type": found.kind,
        "id": found.id,
        "name": found.name,
        "groups": groups,
        "tls_certificate": found.certificate_pem,
    })
}

fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    let store = call.database()?;
    let visible = all(&store).into_iter().filter(|found| may_see(call, found));
    let visible: Vec<Found> = visible.collect();
    // Go writes a list that was never made as null; of a single identity it is made.
    let unmade = call.profile() == Profile::Lxd5_21 && visible.len() > 1;
    let shown = visible.iter().map(|found| {
        if !call.is_recursive() {
            return format!("/1.0/auth/identities/tls/{}", found.id).into();
        }
        let mut shown = json_of(call, &store, found);
        if unmade && shown["groups"] == json!([]) {
            shown["groups"] = Value::Null;
        }
        shown
    });
    Ok(Answer::sync(&shown.collect()))
}

fn show(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let store = call.database()?;
    let found = find(&store, name).ok_or_else(|| not_found(call))?;
    if !may_see(call, &found) {
        return Err(call.unseen());
    }
    let shown = json_of(call, &store, &found);
    Ok(Answer::sync_tagged(&shown, &etag(&shown)))
}

/// Whom a certificate makes the caller. Members, and those that the authority alone makes
/// trusted, are nobody here.
fn current(call: &Call<'_>) -> Result<Answer, Answer> {
    let store = call.database()?;
    if call.trusted_by != "tls" {
        let text = "Current identity information must be requested via the HTTPS API";
        return Err(Answer::error(400, text));
    }
    let own = call.caller.fingerprint().unwrap_or_default();
    let found = find(&store, &own).ok_or_else(|| not_found(call))?;
    let mut shown = json_of(call, &store, &found);
    let permissions = call.granted().permissions();
    shown["effective_groups"] = match found.fine_grained || call.profile() == Profile::Lxd5_21 {
        true => shown["groups"].clone(),
        false => Value::Null,
    };
    shown["effective_permissions"] = permissions.into_iter().map(Permission::json).collect();
    shown["fine_grained"] = found.fine_grained.into();
    if call.profile() == Profile::Lxd6
        && let Some(certificate) = call.caller.certificate()
    {
        shown["expires_at"] = rfc3339(certificate.expires()).into();
    }
    Ok(Answer::sync(&shown))
}

fn remove(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    let found = find(&store, name).ok_or_else(|| not_found(call))?;
    let may = match found.fine_grained {
        true => may_with(call, &found, "can_delete"),
        false => call.may_delete(&found.id),
    };
    if !may {
        return Err(match may_see(call, &found) {
            true => call.forbidden(),
            false => call.unseen(),
        });
    }
    refuse_entries(&found)?;
    store.identities.remove(&found.id);
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::empty())
}

/// Whether the caller may do that with a fine-grained identity; with its own it may.
pub(super) fn may_with(call: &Call<'_>, found: &Found, what: &str) -> bool {
    let url = format!("/1.0/auth/identities/tls/{}", found.id);
    call.may(&format!("{what}_identities"))
        || call.granted().may_on("identity", &url, &[what])
        || call.rights == Rights::FineGrained && call.is_own(&found.id)
}

/// What the trust store has is not changed here.
pub(super) fn refuse_entries(found: &Found) -> Result<(), Answer> {
    match found.fine_grained {
        true => Ok(()),
        false => {
            let kind = found.kind;
            let text = format!("Identities of type {kind:?} cannot be modified via this API");
            Err(Answer::error(501, &text))
        }
    }
}
