//! `/1.0/projects`, as far as certificates can be restricted to them.

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, not_found, not_implemented};
use super::operations;
use super::request_body::Takes;
use super::rights::Rights;
use super::store::etag;
use crate::profile::Profile;

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
        "DELETE" => remove(call, name),
        _ => Err(not_implemented(call)),
    }
}

fn list(call: &Call<'_>) -> Result<Answer, Answer> {
    let store = call.database()?;
    let visible = store.projects().filter(|name| may_see(call, name));
    let whole = call.is_recursive();
    let element = |name: &str| match whole {
        true => project(call.profile(), name),
        false => Value::from(format!("/1.0/projects/{name}")),
    };
    Ok(Answer::sync(&visible.map(element).collect()))
}

fn show(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    if !may_see(call, name) {
        return Err(match call.rights {
            Rights::FineGrained => not_found(call),
            _ => Answer::error(403, &call.profile().unseen_project(name)),
        });
    }
    match call.database()?.has_project(name) {
        true => {
            let project = project(call.profile(), name);
            Ok(Answer::sync_tagged(&project, &etag(&project)))
        }
        false => Err(Answer::error(404, "Project not found")),
    }
}

fn create(call: &Call<'_>) -> Result<Answer, Answer> {
    if !call.may("can_create_projects") {
        return Err(call.forbidden());
    }
    let fields = &[("name", Takes::Text), ("description", Takes::Text)];
    let fields = call.fields("ProjectsPost", fields)?;
    let name = fields.text("name").unwrap_or_default();
    if name.is_empty() {
        return Err(Answer::error(400, "No name provided"));
    }
    let mut store = call.database()?;
    if store.has_project(&name) {
        let text = "Failed creating project: This \"projects\" entry already exists";
        return Err(Answer::error(409, text));
    }
    store.add_project(&name);
    Ok(Answer::created(format!("/1.0/projects/{name}")))
}

fn remove(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    if !call.may("can_delete_projects") {
        return Err(match call.rights {
            Rights::FineGrained if !may_see(call, name) => not_found(call),
            _ => call.forbidden(),
        });
    }
    let mut store = call.database()?;
    if name == "default" {
        return Err(Answer::error(
            403,
            "The 'default' project cannot be deleted",
        ));
    }
    if !store.remove_project(name) {
        let loading = match call.profile().has_identities() {
            true => "Failed loading",
            false => "Fetch",
        };
        let text = format!("{loading} project {name:?}: Project not found");
        return Err(Answer::error(404, &text));
    }
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(match call.profile() {
        Profile::Lxd6 => {
            let about = json!({"entity_url": format!("/1.0/projects/{name}")});
            operations::answer_task(call.state, "Deleting project", &about)
        }
        _ => Answer::empty(),
    })
}

fn project(profile: Profile, name: &str) -> Value {
    let description = match name {
        "default" => profile.first_project(),
        _ => "",
    };
    json!({"name": name, "description": description, "config": {}})
}

/// A restricted caller sees those that this member remembers to be its own.
fn may_see(call: &Call<'_>, name: &str) -> bool {
    let url = format!("/1.0/projects/{name}");
    let on_this = ["can_view", "viewer", "operator"];
    if call.may("can_view_projects") || call.granted().may_on("project", &url, &on_this) {
        return true;
    }
    let own = call.caller.fingerprint().unwrap_or_default();
    let trusted = call.state.cluster.trusted(call.state.index);
    let entry = trusted.entries.get(&own);
    entry.is_some_and(|entry| entry.projects.iter().any(|project| project == name))
}
