//! What a run left behind, in the form of the recordings: only what changed.

use juju_bed::{
    agent::Ran,
    context::{Context, Run, Settings, Status},
};
use serde_json::{Map, Value, json};

/// The effects; `with_code` keeps an exit code of zero in an action's results.
pub(crate) fn recorded(context: &Context, ran: &Ran, with_code: bool) -> Value {
    let mut all = Map::new();
    let effects = &ran.effects;
    let (relations, state) = match &effects.in_vain {
        Some(commit) => (&commit.relations, &commit.state),
        None => (&effects.relations, &effects.state),
    };
    if !relations.is_empty() {
        all.insert("relations".into(), json!(relations));
    }
    if let Some(state) = state {
        all.insert("state".into(), changes(&context.state, state));
    }
    for (name, list) in [
        ("unit-status", &effects.unit_status),
        ("app-status", &effects.application_status),
    ] {
        if !list.is_empty() {
            all.insert(
                name.into(),
                list.iter()
                    .map(
                        |Status {
                             status, message, ..
                         }| json!([status, message]),
                    )
                    .collect(),
            );
        }
    }
    if let Some(version) = &effects.application_version {
        all.insert("version".into(), version.as_str().into());
    }
    let refreshed = effects.secrets.iter().filter(|(_, done)| done.refreshed);
    let refreshed: Vec<&String> = refreshed.map(|(id, _)| id).collect();
    if !refreshed.is_empty() {
        all.insert("secret-refresh".into(), json!(refreshed));
    }
    if !effects.action_log.is_empty() {
        all.insert("action-log".into(), json!(effects.action_log));
    }
    if !effects.log.is_empty() {
        all.insert("log".into(), json!(effects.log));
    }
    // What a command comes to was not recorded.
    if let Some(end) = effects.action.as_ref().filter(|_| context.run != Run::Exec) {
        let mut results = end.results.clone();
        if let (Value::Object(results), false) = (&mut results, with_code) {
            results
                .retain(|k, v| !(k == "return-code" && *v == json!(0) || k == "Code" && v == "0"));
        }
        all.insert(
            "action".into(),
            json!({ "status": end.status, "message": end.message, "results": results }),
        );
    }
    if let Some(error) = hook_error(context, ran) {
        all.insert("hook-error".into(), error.into());
    }
    Value::Object(all)
}

/// A hook that was skipped, or that is queued again, has an error in the recordings, of which the agent then makes
/// nothing.
fn hook_error(context: &Context, ran: &Ran) -> Option<String> {
    let effects = &ran.effects;
    if effects.skipped {
        Some(format!("{} does not exist", ran.argv0))
    } else if effects.requeue && !matches!(context.run, Run::Action { .. }) {
        Some("terminated".into())
    } else {
        effects.hook_error.clone()
    }
}

fn changes(before: &Settings, after: &Settings) -> Value {
    let gone = before
        .keys()
        .filter(|k| !after.contains_key(*k))
        .map(|k| (k.clone(), Value::Null));
    let new = after
        .iter()
        .filter(|(k, v)| before.get(*k) != Some(*v))
        .map(|(k, v)| (k.clone(), v.as_str().into()));
    gone.chain(new).collect()
}
