//! Makes one cluster of several daemons, by join tokens as an operator would.

use std::io;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::node::Node;
use crate::fingerprint;
use crate::port::Port;

/// Seconds of silence after which a member counts as offline: the least that LXD takes.
const OFFLINE_THRESHOLD: &str = "11";

/// The first node becomes the cluster, the others join it. Each listens on its address already.
pub(super) fn form(nodes: &[(Node, Port)]) -> io::Result<()> {
    let Some(((first, port), others)) = nodes.split_first() else {
        return Ok(());
    };
    let alone = json!({"server_name": first.name(), "enabled": true});
    first.operate("PUT", "/1.0/cluster", &alone)?;
    let config = json!({"config": {"cluster.offline_threshold": OFFLINE_THRESHOLD}});
    first.call("PATCH", "/1.0", Some(&config))?;
    let certificate = first.file("cluster.crt").ok_or(io::ErrorKind::NotFound)?;
    // One after the other: a cluster takes one new member at a time.
    for (node, own) in others {
        let token = token(first, port.address, &certificate, node.name())?;
        let join = json!({
            "server_name": node.name(),
            "enabled": true,
            "server_address": own.address.to_string(),
            "cluster_address": port.address.to_string(),
            "cluster_certificate": certificate,
            // LXD 5.0 takes the token as a password; Incus and later LXD have a field for it.
            "cluster_password": token,
            "cluster_token": token,
            "member_config": [],
        });
        node.operate("PUT", "/1.0/cluster", &join)?;
    }
    Ok(())
}

/// What `lxc cluster add` prints: base64 of where to join, whom to believe there, and a secret.
fn token(first: &Node, address: SocketAddr, certificate: &str, name: &str) -> io::Result<String> {
    let member = json!({"server_name": name});
    let operation = first.call("POST", "/1.0/cluster/members", Some(&member))?;
    let token = json!({
        "server_name": name,
        "fingerprint": fingerprint::of_pem(certificate),
        "addresses": [address.to_string()],
        "secret": operation["metadata"]["secret"],
    });
    Ok(STANDARD.encode(token.to_string()))
}
