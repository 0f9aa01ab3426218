//! A recorded scenario as a context of the simulated agent.

use std::collections::BTreeMap;

use juju_bed::context::{
    Addresses, Context, Grant, RelationView, Role, Run, Secret, SecretOwner, Settings, Status,
    Version,
};
use serde_json::{Map, Value};

use crate::expression::written_out;

/// The scenario of this name, with the keys of `with` in place of its own.
pub(crate) fn find(scenarios: &Value, name: &str, with: Option<&Value>) -> Map<String, Value> {
    let own = scenarios[name]
        .as_object()
        .unwrap_or_else(|| panic!("no scenario {name}"));
    let mut whole = own
        .get("like")
        .and_then(Value::as_str)
        .map(|like| find(scenarios, like, None))
        .unwrap_or_default();
    for (key, value) in own
        .iter()
        .chain(with.and_then(Value::as_object).into_iter().flatten())
    {
        whole.insert(key.clone(), written_out(value));
    }
    whole
}

/// What the agent is given.
pub(crate) fn context(version: Version, scenario: &Map<String, Value>) -> Context {
    let of = |key: &str| scenario.get(key).unwrap_or(&Value::Null);
    let status = of("status");
    Context {
        version,
        run: run(of("hook")),
        unit: text(of("unit")),
        leader: of("leader") == true,
        leader_at_controller: of("leader-at-controller").as_bool(),
        leadership_change: None,
        model_name: text(&of("model")["name"]),
        model_uuid: text(&of("model")["uuid"]),
        machine: "0".into(),
        config: entries(of("config")).map(|(k, v)| (k, v.clone())).collect(),
        state: settings(of("state")),
        trust: of("trust") == true,
        cloud: of("cloud").clone(),
        unit_status: one_status(&status["unit"]),
        application_status: one_status(&status["application"]),
        units_status: entries(&status["units"])
            .map(|(unit, s)| (unit, one_status(s)))
            .collect(),
        relations: of("relations")
            .as_array()
            .into_iter()
            .flatten()
            .map(relation)
            .collect(),
        goal_state: of("goal-state").clone(),
        network: entries(of("network"))
            .map(|(k, v)| (k, v.clone()))
            .collect(),
        addresses: Addresses {
            private: of("addresses")["private"].as_str().map(Into::into),
            public: of("addresses")["public"].as_str().map(Into::into),
        },
        secrets: entries(of("secrets"))
            .map(|(id, value)| (id, secret(value)))
            .collect(),
        other_apps: of("other-apps")
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
        commit_error: of("commit-error").as_str().map(Into::into),
    }
}

fn run(hook: &Value) -> Run {
    if hook["exec"] == true {
        return Run::Exec;
    }
    if let Some(name) = hook["action"].as_str() {
        return Run::Action {
            name: name.into(),
            id: "42".into(),
            params: hook["params"].clone(),
        };
    }
    let kind = text(&hook["kind"]);
    match kind.strip_prefix("relation-") {
        Some(kind) => Run::RelationHook {
            kind: kind.into(),
            relation: number(&hook["relation"]),
            remote_unit: text(&hook["remote-unit"]),
            remote_app: text(&hook["remote-app"]),
            departing: hook["departing"].as_str().map(Into::into),
        },
        None => Run::Hook(kind),
    }
}

fn relation(value: &Value) -> RelationView {
    let endpoint = text(&value["endpoint"]);
    let role = match value["role"].as_str() {
        Some("provider") => Role::Provider,
        Some("requirer") => Role::Requirer,
        Some("peer") => Role::Peer,
        other => panic!("no role: {other:?}"),
    };
    let data: BTreeMap<_, _> = entries(&value["data"])
        .map(|(owner, bag)| (owner, settings(bag)))
        .collect();
    RelationView {
        id: number(&value["id"]),
        stands_for: number(&value["id"]),
        remote_endpoint: if role == Role::Peer {
            endpoint.clone()
        } else {
            "ep".into()
        },
        endpoint,
        role,
        remote_app: text(&value["remote-app"]),
        remote_model: text(&value["remote-model"]),
        members: value["members"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text)
            .collect(),
        dying: value["life"].as_str().is_some_and(|life| life != "alive"),
        refused: None,
        suspended: value["suspended"] == true,
        data,
        cached: BTreeMap::new(),
    }
}

fn secret(value: &Value) -> Secret {
    let grants = value["grants"].as_array().into_iter().flatten();
    let rotation = value["rotate"].as_str().unwrap_or("never");
    Secret {
        owner: match value["owner"].as_str() {
            Some("unit") => SecretOwner::Unit,
            Some("application") => SecretOwner::Application,
            _ => SecretOwner::Other,
        },
        granted: value["granted"] != false,
        latest: settings(&value["content"]),
        tracked: value.get("tracked").map(settings),
        revision: value.get("revision").map_or(1, number),
        label: text(&value["label"]),
        consumer_label: text(&value["consumer-label"]),
        description: text(&value["description"]),
        rotation: rotation.into(),
        grants: grants
            .map(|grant| Grant {
                target: text(&grant["target"]),
                scope: text(&grant["scope"]),
            })
            .collect(),
    }
}

fn one_status(value: &Value) -> Status {
    Status {
        status: text(&value["status"]),
        message: text(&value["message"]),
        data: value["data"].clone(),
    }
}

fn settings(value: &Value) -> Settings {
    entries(value).map(|(k, v)| (k, text(v))).collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (String, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.clone(), v))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn number(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or_else(|| panic!("no number: {value}"))
}
