//! `/1.0/cluster` and the list of members.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::answer::Answer;
use super::api::{Call, not_implemented};
use super::cluster::NoQuorum;
use super::store;
use crate::profile::Profile;

pub(super) fn answer_cluster(call: &Call<'_>) -> Result<Answer, Answer> {
    only_get(call)?;
    drop(call.database()?);
    let clustered = call.state.cluster.clustered;
    let name = match clustered {
        true => call.state.node().name.as_str(),
        false => "",
    };
    let cluster = json!({"server_name": name, "enabled": clustered, "member_config": []});
    Ok(Answer::sync_tagged(&cluster, &store::etag(&cluster)))
}

pub(super) fn answer_list(call: &Call<'_>) -> Result<Answer, Answer> {
    only_get(call)?;
    of_a_cluster(call)?;
    let full = call.is_recursive();
    let members = in_turn(call.state.cluster.members()).map(|index| match full {
        true => member(call, index),
        false => {
            let name = &call.state.cluster.nodes[index].name;
            format!("/1.0/cluster/members/{name}").into()
        }
    });
    Ok(Answer::sync(&members.collect()))
}

pub(super) fn answer_one(call: &Call<'_>, name: &str) -> Result<Answer, Answer> {
    only_get(call)?;
    of_a_cluster(call)?;
    let index = call.state.cluster.member(name).ok_or_else(|| {
        let more = call.profile().unknown_member();
        Answer::error(404, &format!("Cluster member not found{more}"))
    })?;
    let member = member(call, index);
    Ok(Answer::sync_tagged(&member, &store::etag(&member)))
}

fn only_get(call: &Call<'_>) -> Result<(), Answer> {
    match call.method {
        "GET" => Ok(()),
        _ => Err(not_implemented(call)),
    }
}

/// An error is what a server says that stands alone, or that has lost too many others.
fn of_a_cluster(call: &Call<'_>) -> Result<(), Answer> {
    let cluster = &call.state.cluster;
    if !cluster.clustered {
        return Err(match call.profile().lists_itself_when_alone() {
            true => Answer::sync(&json!([{
                "server_name": "none", "url": "https://0.0.0.0", "database": true,
                "status": "Online", "message": "fully operational",
            }])),
            false => Answer::error(500, "Server is not clustered"),
        });
    }
    let reached = cluster.database();
    reached.map(drop).map_err(|NoQuorum| {
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
