//! The environment of a run, built from nothing.

use std::path::Path;

use crate::context::{Context, Run, Version};

use super::Place;

/// The full name of the hook or the action, empty for `juju exec`.
pub(super) fn run_name(context: &Context) -> String {
    match &context.run {
        Run::Hook(name) | Run::Action { name, .. } => name.clone(),
        Run::RelationHook { kind, relation, .. } => {
            format!(
                "{}-relation-{kind}",
                context.relation(*relation).map_or("", |r| &r.endpoint)
            )
        }
        Run::SecretChanged { .. } => "secret-changed".into(),
        Run::Exec => String::new(),
    }
}

/// The id that the tools have to show: the unit, the run and something random.
pub(super) fn context_id(context: &Context) -> String {
    let name = match context.run {
        Run::Exec => "run-commands".into(),
        _ => run_name(context),
    };
    format!("{}-{name}-{}", context.unit, random_hex())
}

fn random_hex() -> String {
    use std::hash::{BuildHasher, RandomState};
    format!(
        "{:016x}{:016x}",
        RandomState::new().hash_one(0),
        RandomState::new().hash_one(1)
    )
}

/// All variables, sorted by name.
pub(super) fn environment(
    place: &Place,
    context: &Context,
    id: &str,
    tools: &Path,
    socket: &Path,
) -> Vec<(String, String)> {
    let charm = place.base.join("charm").display().to_string();
    let mut env: Vec<(&str, String)> = vec![
        ("APT_LISTCHANGES_FRONTEND", "none".into()),
        ("CHARM_DIR", charm.clone()),
        ("CLOUD_API_VERSION", String::new()),
        ("DEBIAN_FRONTEND", "noninteractive".into()),
        ("JUJU_AGENT_SOCKET_ADDRESS", socket.display().to_string()),
        ("JUJU_AGENT_SOCKET_NETWORK", "unix".into()),
        ("JUJU_API_ADDRESSES", place.api_addresses.clone()),
        ("JUJU_AVAILABILITY_ZONE", place.availability_zone.clone()),
        ("JUJU_CHARM_DIR", charm),
        ("JUJU_CHARM_FTP_PROXY", String::new()),
        ("JUJU_CHARM_HTTPS_PROXY", String::new()),
        ("JUJU_CHARM_HTTP_PROXY", String::new()),
        ("JUJU_CHARM_NO_PROXY", place.no_proxy.clone()),
        ("JUJU_CONTEXT_ID", id.into()),
        ("JUJU_MACHINE_ID", context.machine.clone()),
        ("JUJU_MODEL_NAME", context.model_name.clone()),
        ("JUJU_MODEL_UUID", context.model_uuid.clone()),
        ("JUJU_PRINCIPAL_UNIT", String::new()),
        ("JUJU_UNIT_NAME", context.unit.clone()),
        ("LANG", "C.UTF-8".into()),
        ("PATH", format!("{}:{}", tools.display(), place.path)),
        ("TERM", "tmux-256color".into()),
    ];
    env.extend(of_version(context.version));
    env.extend(of_run(context));
    let mut env: Vec<_> = env
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    env.extend(place.extra_env.iter().cloned());
    env.sort();
    env
}

fn of_version(version: Version) -> Vec<(&'static str, String)> {
    let (number, more): (&str, &[_]) = match version {
        Version::V2_9 => (
            "2.9.52",
            &[
                ("JUJU_METER_INFO", ""),
                ("JUJU_METER_STATUS", "GREEN"),
                ("JUJU_SLA", ""),
            ],
        ),
        Version::V3_6 => ("3.6.28", &[("JUJU_SLA", "")]),
        Version::V4_0 => (
            "4.0.15",
            &[
                ("JUJU_CHARM_TRACE_CONFIG_CA_CERT", ""),
                ("JUJU_CHARM_TRACE_CONFIG_GRPC", ""),
                ("JUJU_CHARM_TRACE_CONFIG_HTTP", ""),
            ],
        ),
    };
    let number = ("JUJU_VERSION", number.to_owned());
    more.iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .chain([number])
        .collect()
}

fn of_run(context: &Context) -> Vec<(&'static str, String)> {
    let name = run_name(context);
    match &context.run {
        Run::Exec => vec![("JUJU_HOOK_NAME", name)],
        Run::Hook(_) => vec![
            ("JUJU_DISPATCH_PATH", format!("hooks/{name}")),
            ("JUJU_HOOK_NAME", name),
        ],
        Run::SecretChanged { uri, label } => vec![
            ("JUJU_DISPATCH_PATH", format!("hooks/{name}")),
            ("JUJU_HOOK_NAME", name),
            ("JUJU_SECRET_ID", uri.clone()),
            ("JUJU_SECRET_LABEL", label.clone()),
        ],
        Run::Action { id, .. } => vec![
            ("JUJU_DISPATCH_PATH", format!("actions/{name}")),
            ("JUJU_HOOK_NAME", String::new()),
            ("JUJU_ACTION_NAME", name),
            ("JUJU_ACTION_TAG", format!("action-{id}")),
            ("JUJU_ACTION_UUID", id.clone()),
        ],
        Run::RelationHook {
            relation,
            remote_unit,
            remote_app,
            departing,
            ..
        } => {
            let endpoint = context.relation(*relation).map_or("", |r| &r.endpoint);
            let mut env = vec![
                ("JUJU_DISPATCH_PATH", format!("hooks/{name}")),
                ("JUJU_HOOK_NAME", name),
                ("JUJU_RELATION", endpoint.to_owned()),
                ("JUJU_RELATION_ID", format!("{endpoint}:{relation}")),
                ("JUJU_REMOTE_APP", remote_app.clone()),
                ("JUJU_REMOTE_UNIT", remote_unit.clone()),
            ];
            env.extend(departing.clone().map(|unit| ("JUJU_DEPARTING_UNIT", unit)));
            env
        }
    }
}
