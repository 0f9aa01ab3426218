//! `/1.0/cluster` and the list of members.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, not_implemented};
use super::cluster::NoQuorum;
use super::store;
use crate::profile::Profile;

pub(super) fn answer_cluster(call: &Call<'_>) -> Answer {
    if call.method != "GET" {
        return not_implemented(call);
    }
    if let Err(refusal) = call.database() {
        return refusal;
    }
    let clustered = call.state.cluster.clustered;
    let name = match clustered {
        true => call.state.node().name.as_str(),
        false => "",
    };
    let cluster = json!({"server_name": name, "enabled": clustered, "member_config": []});
    Answer::sync_tagged(&cluster, &store::etag(&cluster))
}

pub(super) fn answer_list(call: &Call<'_>) -> Answer {
    if call.method != "GET" {
        return not_implemented(call);
    }
    if let Some(refusal) = refusal(call) {
        return refusal;
    }
    let full = call.is_recursive();
    let members = in_turn(call.state.cluster.members()).map(|index| match full {
        true => member(call, index),
        false => format!(
            "/1.0/cluster/members/{}",
            call.state.cluster.nodes[index].name
        )
        .into(),
    });
    Answer::sync(&members.collect())
}

pub(super) fn answer_one(call: &Call<'_>, name: &str) -> Answer {
    if call.method != "GET" {
        return not_implemented(call);
    }
    if let Some(refusal) = refusal(call) {
        return refusal;
    }
    match call.state.cluster.member(name) {
        None => {
            let more = call.profile().unknown_member();
            Answer::error(404, &format!("Cluster member not found{more}"))
        }
        Some(index) => {
            let member = member(call, index);
            Answer::sync_tagged(&member, &store::etag(&member))
        }
    }
}

/// What a server says that stands alone, or that has lost too many others.
fn refusal(call: &Call<'_>) -> Option<Answer> {
    let cluster = &call.state.cluster;
    if !cluster.clustered {
        return Some(match call.profile().lists_itself_when_alone() {
            true => Answer::sync(&json!([{
                "server_name": "none", "url": "https://0.0.0.0", "database": true,
                "status": "Online", "message": "fully operational",
            }])),
            false => Answer::error(500, "Server is not clustered"),
        });
    }
    let reached = cluster.database();
    reached.err().map(|NoQuorum| {
        let words = call.profile().members_unread();
        Answer::error(500, &format!("{words}context deadline exceeded"))
    })
}

/// The order is another one each time.
fn in_turn(mut members: Vec<usize>) -> impl Iterator<Item = usize> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let first = TURN.fetch_add(1, Ordering::Relaxed) % members.len();
    members.rotate_left(first);
    members.into_iter()
}

fn member(call: &Call<'_>, index: usize) -> Value {
    let cluster = &call.state.cluster;
    let node = &cluster.nodes[index];
    let status = cluster.status(index);
    let mut member = json!({
        "server_name": node.name,
        "url": format!("https://{}", node.address),
        "database": index < 3,
        "message": call.profile().status_message(&status),
        "status": status,
    });
    if call.profile().describes_members() {
        let voter = match call.profile() {
            Profile::Lxd6 => "database-voter",
            _ => "database",
        };
        member["roles"] = match index {
            0 => json!(["database-leader", voter]),
            1 | 2 => json!([voter]),
            _ => json!([]),
        };
        member["architecture"] = "x86_64".into();
        member["failure_domain"] = "default".into();
        member["description"] = "".into();
        member["config"] = json!({});
        member["groups"] = json!(["default"]);
    }
    member
}
