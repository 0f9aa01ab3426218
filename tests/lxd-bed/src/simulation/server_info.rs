//! `GET /1.0`.

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::cluster::Life;
use super::store;

pub(super) fn answer(call: &Call<'_>) -> Answer {
    if call.method != "GET" {
        return match (call.method, call.rights) {
            ("PUT" | "PATCH", Rights::Restricted) => call.forbidden(),
            _ => not_implemented(),
        };
    }
    if call.profile().needs_the_database_to_introduce_itself()
        && let Err(refusal) = call.database()
    {
        return refusal;
    }
    if call.rights == Rights::Untrusted {
        return Answer::sync(&untrusted(call));
    }
    match call.parameter("target") {
        Some(name) => of_target(call, name),
        None => trusted(call, call.state),
    }
}

/// The answer of another member, which is asked.
fn of_target(call: &Call<'_>, name: &str) -> Answer {
    let cluster = &call.state.cluster;
    let Some(index) = cluster.member(name).filter(|_| cluster.clustered) else {
        return Answer::error(404, "Cluster member not found");
    };
    let (life, address) = (cluster.life(index), cluster.nodes[index].address);
    if life == Life::Dead || !cluster.until_thawed(index) {
        let text = match call.profile().misses_events() {
            true => "Missing event connection with target cluster member".to_owned(),
            false => format!(
                "Get \"https://{address}/1.0\": Unable to connect to: {address} \
                 ([dial tcp {address}: connect: connection refused])"
            ),
        };
        return Answer::error(500, &text);
    }
    let cluster = cluster.clone();
    trusted(call, &State { cluster, index })
}

fn trusted(call: &Call<'_>, state: &State) -> Answer {
    let config = match call.rights {
        Rights::Administrator => configuration(state),
        _ if call.profile().is_incus() => json!({}),
        _ => Value::Null,
    };
    let etag = store::etag(&config);
    let mut metadata = common(call, "trusted");
    metadata["config"] = config;
    metadata["environment"] = environment(state);
    if call.profile().tells_the_caller() {
        metadata["auth_user_name"] = call.caller.fingerprint().into();
        metadata["auth_user_method"] = "tls".into();
    }
    Answer::sync_tagged(&metadata, &etag)
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
    json!({
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
    })
}
