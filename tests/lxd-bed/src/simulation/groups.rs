//! `/1.0/auth/groups`: what fine-grained identities may.

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, not_found, not_implemented};
use super::permission::Permission;
use super::request_body::{Field, Fields, Takes};
use super::rights::Rights;
use super::store::{Store, etag};
use crate::profile::Profile;

/// A group of identities.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) description: String,
    pub(super) permissions: Vec<Permission>,
}

const FIELDS: &[Field] = &[
    ("name", Takes::Text),
    ("description", Takes::Text),
    ("permissions", Takes::Anything),
];

pub(super) fn answer_list(call: &Call<'_>) -> Result<Answer, Answer> {
    match call.method {
        "GET" => list(call),
        "POST" => create(call),
        _ => Err(not_implemented(call)),
    }
}

pub(super) fn answer_one(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    match call.method {
        "GET" => show(call, name),
        "PUT" | "PATCH" => change(call, name),
        "POST" => rename(call, name),
        "DELETE" => remove(call, name),
        _ => Err(not_implemented(call)),
    }
}

/// An identity sees its own groups.
pub(super) fn may_see(call: &Call<'_>, store: &Store, name: &str) -> bool {
    let own = call.caller.fingerprint().unwrap_or_default();
    let member = store.identities.get(&own);
    call.may("can_view_groups")
        || call.rights == Rights::FineGrained
            && member.is_some_and(|identity| identity.groups.contains(name))
}

fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    let store = call.database()?;
    let visible = store
        .groups
        .iter()
        .filter(|(name, _)| may_see(call, &store, name));
    let shown: Vec<Value> = visible
        .map(|(name, group)| match call.is_recursive() {
            true => {
                let mut shown = json_of(call, &store, name, group);
                shown["identity_provider_groups"] = json!([]);
                shown
            }
            false => format!("/1.0/auth/groups/{name}").into(),
        })
        .collect();
    let unmade = shown.is_empty() && !call.is_recursive() && call.profile() == Profile::Lxd6;
    Ok(Answer::sync(&match unmade {
        true => Value::Null,
        false => shown.into(),
    }))
}

fn show(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let store = call.database()?;
    if !may_see(call, &store, name) {
        return Err(call.unseen());
    }
    let group = store.groups.get(name).ok_or_else(|| missing(call))?;
    let shown = json_of(call, &store, name, group);
    Ok(Answer::sync_tagged(&shown, &etag(&shown)))
}

fn json_of(call: &Call<'_>, store: &Store, name: &str, group: &Group) -> Value {
    let members = store.identities.iter();
    let members = members
        .filter(|(id, identity)| identity.groups.contains(name) && call.may_see_identity(id));
    let members: Vec<&String> = members.map(|(id, _)| id).collect();
    let identities = match members.is_empty() {
        true => json!({}),
        false => json!({"tls": members}),
    };
    json!({
        "name": name,
        "description": group.description,
        "permissions": group.permissions.iter().map(Permission::json).collect::<Vec<_>>(),
        "identities": identities,
        "identity_provider_groups": null,
    })
}

fn create(call: &Call<'_>) -> Result<Answer, Answer> {
    if !call.may("can_create_groups") {
        return Err(call.forbidden());
    }
    let fields = call.fields("AuthGroupsPost", FIELDS)?;
    let name = new_name(&fields)?;
    let mut store = call.database()?;
    let permissions = permissions(call, &store, &fields)?.unwrap_or_default();
    refuse_taken(call, &store, &name)?;
    let location = format!("/1.0/auth/groups/{name}");
    let description = fields.text("description").unwrap_or_default();
    store.groups.insert(
        name,
        Group {
            description,
            permissions,
        },
    );
    Ok(Answer::created(location))
}

fn change(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    if !call.may("can_edit_groups") {
        return Err(refused(call, &store, name));
    }
    let group = store.groups.get(name).ok_or_else(|| missing(call))?;
    call.precondition(&json_of(call, &store, name, group))?;
    let fields = call.fields("AuthGroupPut", FIELDS)?;
    let permissions = permissions(call, &store, &fields)?;
    let description = fields.text("description");
    let patch = call.method == "PATCH";
    let group = store.groups.entry(name.to_owned()).or_default();
    if description.is_some() || !patch {
        group.description = description.unwrap_or_default();
    }
    if permissions.is_some() || !patch {
        group.permissions = permissions.unwrap_or_default();
    }
    Ok(Answer::empty())
}

fn rename(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    if !call.may("can_edit_groups") {
        return Err(refused(call, &store, name));
    }
    let new = new_name(&call.fields("AuthGroupPost", FIELDS)?)?;
    if !store.groups.contains_key(name) {
        return Err(missing(call));
    }
    refuse_taken(call, &store, &new)?;
    let group = store.groups.remove(name).unwrap_or_default();
    store.groups.insert(new.clone(), group);
    for identity in store.identities.values_mut() {
        if identity.groups.remove(name) {
            identity.groups.insert(new.clone());
        }
    }
    Ok(Answer::created(format!("/1.0/auth/groups/{new}")))
}

fn new_name(fields: &Fields) -> Result<String, Answer> {
    let name = fields.text("name").unwrap_or_default();
    match name.as_str() {
        "" => Err(Answer::error(400, "Group name cannot be empty")),
        name if name.contains('/') => Err(Answer::error(
            400,
            "Group name cannot contain a forward slash",
        )),
        _ => Ok(name),
    }
}

fn refuse_taken(call: &Call<'_>, store: &Store, name: &str) -> Result<(), Answer> {
    let text = match call.profile() {
        Profile::Lxd5_21 => format!("Authorization group {name:?} already exists"),
        _ => "Authorization group already exists".to_owned(),
    };
    match store.groups.contains_key(name) {
        true => Err(Answer::error(409, &text)),
        false => Ok(()),
    }
}

fn remove(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    if !call.may("can_delete_groups") {
        return Err(refused(call, &store, name));
    }
    if store.groups.remove(name).is_none() {
        return Err(missing(call));
    }
    for identity in store.identities.values_mut() {
        identity.groups.remove(name);
    }
    Ok(Answer::empty())
}

fn permissions(
    call: &Call<'_>,
    store: &Store,
    fields: &Fields,
) -> Result<Option<Vec<Permission>>, Answer> {
    let Some(values) = fields.value("permissions").and_then(Value::as_array) else {
        return Ok(None);
    };
    let permissions: Vec<Permission> = values.iter().map(Permission::read).collect();
    let mut objections = permissions
        .iter()
        .filter_map(|one| one.objection(call.profile(), store));
    match objections.next() {
        Some(objection) => Err(Answer::error(400, &objection)),
        None => Ok(Some(permissions)),
    }
}

fn missing(call: &Call<'_>) -> Answer {
    let text = match call.profile() {
        Profile::Lxd5_21 => "AuthGroup not found",
        _ => "Authorization group not found",
    };
    Answer::error(404, text)
}

/// What a caller is told that may see a group at most.
fn refused(call: &Call<'_>, store: &Store, name: &str) -> Answer {
    match call.rights == Rights::FineGrained && !may_see(call, store, name) {
        true => not_found(call),
        false => call.forbidden(),
    }
}
