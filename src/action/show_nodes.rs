//! `show-nodes`: what consumers are told of LXD.

use serde::Deserialize;

use super::{Answer, Look, Results};
use crate::{
    juju,
    relation::provider::{self, PUBLISHED},
    values::Settings,
};

#[derive(Deserialize)]
struct Node {
    endpoint: String,
    name: String,
}

/// Shows what is published, which is the same for every relation; where nothing is published yet, what would be.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn run(look: &Look<'_>) -> Result<Answer, juju::Error> {
    let relations = look.view.observed.relations.values();
    let mut own = relations.map(|relation| &relation.own);
    if let Some(own) = own.find(|own| own.contains_key(PUBLISHED)) {
        return Ok(Ok(results(own)));
    }
    let session = look.session()?;
    Ok(session.map(|session| results(&provider::Answer::default().texts(&session.nodes()))))
}

fn results(published: &Settings) -> Results {
    let mut results = Results::default();
    let nodes = published.get("nodes").map(String::as_str);
    let nodes: Vec<Node> = nodes
        .and_then(|nodes| serde_json::from_str(nodes).ok())
        .unwrap_or_default();
    for (number, node) in nodes.iter().enumerate() {
        results.set(format_args!("nodes.{number}.endpoint"), &node.endpoint);
        results.set(format_args!("nodes.{number}.name"), &node.name);
    }
    for key in ["server_certificate", "server_certificate_fingerprint"] {
        if let Some(text) = published.get(key) {
            results.set_as_written(key.replace('_', "-"), text);
        }
    }
    results
}
