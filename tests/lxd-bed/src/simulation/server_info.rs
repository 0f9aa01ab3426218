//! `GET /1.0`.

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::api::Call;
use super::cluster::Life;
use super::request_body::Takes;
use super::rights::Rights;
use super::store;

pub(super) fn answer(call: &Call<'_>) -> Result<Answer, Answer> {
    if call.method != "GET" {
        return configure(call);
    }
    if call.profile().needs_the_database_to_introduce_itself() {
        drop(call.database()?);
    }
    if call.rights == Rights::Untrusted {
        return Ok(Answer::sync(&untrusted(call)));
    }
    match call.parameter("target").filter(|name| !name.is_empty()) {
        Some(name) => of_target(call, name),
        None => Ok(trusted(call, call.state, call.may("can_edit"))),
    }
}

/// Writes the configuration, as far as it is kept here.
fn configure(call: &Call<'_>) -> Result<Answer, Answer> {
    if !call.may("can_edit") {
        return Err(call.forbidden());
    }
    let fields = &[("config", Takes::Anything)];
    let fields = call.fields("ServerPut", fields)?;
    let mut store = call.database()?;
    if call.method == "PUT" {
        store.settings.clear();
    }
    let config = fields.value("config").and_then(Value::as_object);
    for (key, value) in config.into_iter().flatten() {
        let text = value.as_str().map(str::to_owned);
        let value = text.unwrap_or_else(|| value.to_string());
        store.settings.insert(key.clone(), value);
    }
    Ok(Answer::empty())
}

/// The answer of another member, which is asked.
fn of_target(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    let cluster = &call.state.cluster;
    let index = cluster.member(name).filter(|_| cluster.clustered);
    let index = index.ok_or_else(|| Answer::error(404, "Cluster member not found"))?;
    let (life, address) = (cluster.life(index), cluster.nodes[index].address);
    if life == Life::Dead || !cluster.until_thawed(index) {
        let (status, text) = match call.profile().misses_events() {
            true => call.profile().unreached(name),
            false => (
                500,
                format!(
                    "Get \"https://{address}/1.0\": Unable to connect to: {address} \
                     ([dial tcp {address}: connect: connection refused])"
                ),
            ),
        };
        return Err(Answer::error(status, &text));
    }
    let as_a_member = index != call.state.index && call.profile().forwards_as_a_member();
    let cluster = cluster.clone();
    let all = call.may("can_edit") || as_a_member;
    Ok(trusted(call, &State { cluster, index }, all))
}

fn trusted(call: &Call<'_>, state: &State, all: bool) -> Answer {
    let config = match all {
        true => configuration(state),
        false if call.profile().is_incus() => json!({}),
        false => Value::Null,
    };
    let etag = store::etag(&config);
    let mut metadata = common(call, "trusted");
    metadata["config"] = config;
    metadata["environment"] = environment(state);
    if call.profile().tells_the_caller() {
        metadata["auth_user_name"] = match call.trusted_by {
            "" => "".into(),
            _ => call.caller.fingerprint().into(),
        };
        metadata["auth_user_method"] = call.trusted_by.into();
    }
    match call.profile().is_incus() && !all {
        true => Answer::sync(&metadata),
        false => Answer::sync_tagged(&metadata, &etag),
    }
}

fn configuration(state: &State) -> Value {
    let mut configuration = json!({
        "core.https_address": state.node().address.to_string(),
        "images.auto_update_cached": "false",
        "images.auto_update_interval": "0",
    });
    if state.cluster.store().password().is_some() {
        configuration["core.trust_password"] = true.into();
    }
    configuration
}

fn untrusted(call: &Call<'_>) -> Value {
    let mut metadata = common(call, "untrusted");
    if call.profile().is_incus() {
        metadata["config"] = json!({});
    } else if call.profile().shows_strangers_null() {
        metadata["config"] = Value::Null;
    }
    if !call.profile().tells_all_its_extensions() {
        metadata["api_extensions"] = Value::Null;
    }
    metadata
}

fn common(call: &Call<'_>, auth: &str) -> Value {
    let mut common = json!({
        "api_extensions": call.profile().extensions(),
        "api_status": "stable",
        "api_version": "1.0",
        "auth": auth,
        "auth_methods": call.profile().auth_methods(),
        "public": false,
    });
    if call.profile().tells_of_client_certificates() {
        common["client_certificate"] = call.caller.shows_a_certificate().into();
    }
    common
}

fn environment(state: &State) -> Value {
    let profile = state.cluster.profile;
    let identity = state.cluster.identity();
    let mut environment = json!({
        "addresses": [state.node().address.to_string()],
        "architectures": ["x86_64", "i686"],
        "certificate": identity.certificate_pem(),
        "certificate_fingerprint": identity.fingerprint(),
        "driver": "lxc",
        "driver_version": "5.0.2",
        "firewall": "xtables",
        "kernel": "Linux",
        "kernel_architecture": "x86_64",
        "kernel_features": {"idmapped_mounts": "true", "seccomp_listener": "true"},
        "kernel_version": "6.1.0",
        "lxc_features": {"cgroup2": "true", "pidfd": "true"},
        "os_name": "Debian GNU/Linux",
        "os_version": "12",
        "project": "default",
        "server": profile.server(),
        "server_clustered": state.cluster.clustered,
        "server_event_mode": "full-mesh",
        "server_name": state.node().name,
        "server_pid": std::process::id(),
        "server_version": profile.version(),
        "storage": "",
        "storage_version": "",
        "storage_supported_drivers": [{"Name": "dir", "Version": "1", "Remote": false}],
    });
    if let Some(lts) = profile.is_lts() {
        environment["server_lts"] = lts.into();
        environment["instance_types"] = json!(["container"]);
        environment["backup_metadata_version_range"] = json!([1, 2]);
    }
    environment
}
