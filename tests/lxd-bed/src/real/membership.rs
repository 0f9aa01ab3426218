//! Members of a real cluster that are evacuated, blocked and removed.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Real;
use crate::client::Client;

const SOON: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// It restarts by itself as a server that stands alone.
pub(super) fn remove(server: &Real, index: usize) {
    let (node, port) = &server.nodes[index];
    let before = node.certificate_pem();
    let others = server.nodes.iter().map(|(other, _)| other);
    let other = others
        .filter(|other| other.answers())
        .find(|other| other.name() != node.name());
    let other = other.unwrap_or_else(|| panic!("{server}: nobody is left to ask"));
    let path = format!("/1.0/cluster/members/{}", node.name());
    let removed = other.call("DELETE", &path, None);
    removed.unwrap_or_else(|error| panic!("{server}: DELETE {path}: {error}"));
    let limit = Instant::now() + SOON;
    let alone = || {
        let now = node.certificate_pem();
        now != before && Client::new(port.address, &now, None).get("/1.0").is_ok()
    };
    while !alone() {
        assert!(Instant::now() < limit, "{}: not alone yet", node.name());
        thread::sleep(POLL);
    }
}

pub(super) fn set_status(server: &Real, index: usize, status: &str) {
    let name = server.nodes[index].0.name();
    match status {
        "Evacuated" => act(server, name, "evacuate"),
        "Blocked" => {
            say_who_is_behind(server, Some(name));
            // LXD 5.0.2 looks at it, and finds everybody up to date.
            let now = status_of(server, name);
            assert_eq!(now, "Blocked", "{server}: no member can be made so");
        }
        "Online" if status_of(server, name) == "Evacuated" => act(server, name, "restore"),
        "Online" => say_who_is_behind(server, None),
        _ => panic!("{server}: no member can be made {status}"),
    }
}

fn status_of(server: &Real, name: &str) -> Value {
    let path = format!("/1.0/cluster/members/{name}");
    server.call("GET", &path, None)["status"].take()
}

/// One that has just started may not be ready for it yet.
fn act(server: &Real, name: &str, action: &str) {
    let path = format!("/1.0/cluster/members/{name}/state");
    let limit = Instant::now() + SOON;
    let body = json!({"action": action});
    while let Err(error) = server.node().operate("POST", &path, &body) {
        assert!(Instant::now() < limit, "{server}: {action} {name}: {error}");
        thread::sleep(POLL);
    }
}

/// A member that is said to know fewer API extensions than the others is behind.
fn say_who_is_behind(server: &Real, behind: Option<&str>) {
    let nobody = "UPDATE nodes SET api_extensions = (SELECT MAX(api_extensions) FROM nodes)";
    let one = "UPDATE nodes SET api_extensions = api_extensions - 1 WHERE name = ";
    let one = behind.map(|name| format!("{one}'{name}'"));
    for query in [Some(nobody.to_owned()), one].into_iter().flatten() {
        let body = json!({"database": "global", "query": query});
        server.call("POST", "/internal/sql", Some(&body));
    }
}
