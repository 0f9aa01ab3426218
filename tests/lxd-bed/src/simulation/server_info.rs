//! `GET /1.0`.

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::store;

pub(super) fn answer(call: &Call<'_>) -> Answer {
    let state = call.state;
    if call.method != "GET" {
        return match (call.method, call.rights) {
            ("PUT" | "PATCH", Rights::Restricted) => call.forbidden(),
            _ => not_implemented(),
        };
    }
    if call.rights == Rights::Untrusted {
        return Answer::sync(&common(state, "untrusted"));
    }
    if call.parameter("target").is_some() {
        return Answer::error(404, "Cluster member not found");
    }
    let config = match call.rights {
        Rights::Administrator => json!({
            "core.https_address": state.address.to_string(),
            "images.auto_update_cached": "false",
            "images.auto_update_interval": "0",
        }),
        _ => Value::Null,
    };
    let etag = store::etag(&config);
    let mut metadata = common(state, "trusted");
    metadata["config"] = config;
    metadata["environment"] = environment(state);
    Answer::sync_tagged(&metadata, &etag)
}

fn common(state: &State, auth: &str) -> Value {
    let extensions: Vec<&str> = state.profile.extensions.lines().collect();
    json!({
        "api_extensions": extensions,
        "api_status": "stable",
        "api_version": "1.0",
        "auth": auth,
        "auth_methods": ["tls"],
        "public": false,
    })
}

fn environment(state: &State) -> Value {
    json!({
        "addresses": [state.address.to_string()],
        "architectures": ["x86_64", "i686"],
        "certificate": state.identity.certificate_pem(),
        "certificate_fingerprint": state.identity.fingerprint(),
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
        "server": state.profile.server,
        "server_clustered": false,
        "server_event_mode": "full-mesh",
        "server_name": state.name,
        "server_pid": std::process::id(),
        "server_version": state.profile.version,
        "storage": "",
        "storage_version": "",
        "storage_supported_drivers": [{"Name": "dir", "Version": "1", "Remote": false}],
    })
}
