//! Which nodes an LXD has.

use std::collections::BTreeSet;

use super::{Member, Server};
use crate::{credential::endpoint::Endpoint, relation::provider::Node};

/// A server that stands alone is one node, under the endpoint that the credential names. In a cluster each member that is
/// online, or answers, is one under its own address: whoever answers, the list is the same.
pub(super) fn nodes(server: &Server, endpoint: &Endpoint, members: &[Member]) -> BTreeSet<Node> {
    let usable = members
        .iter()
        .filter(|member| member.status == "Online" || member.name == server.name);
    let mut nodes: BTreeSet<Node> = usable
        .filter_map(|member| {
            Some(Node {
                name: member.name.clone(),
                endpoint: member.url.parse().ok()?,
            })
        })
        .collect();
    if !server.clustered {
        nodes.insert(Node {
            name: server.name.clone(),
            endpoint: endpoint.clone(),
        });
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(name: &str, clustered: bool) -> Server {
        Server {
            name: name.to_owned(),
            version: "5.0.2".to_owned(),
            clustered,
            restricts: true,
            issues_tokens: true,
            has_identities: false,
            certificate: vec![0].into(),
        }
    }

    fn member(name: &str, status: &str) -> Member {
        Member {
            name: name.to_owned(),
            url: format!("https://{name}.example:8443"),
            status: status.to_owned(),
        }
    }

    fn names(nodes: &BTreeSet<Node>) -> Vec<(&str, String)> {
        nodes
            .iter()
            .map(|node| (node.name.as_str(), node.endpoint.to_string()))
            .collect()
    }

    #[test]
    fn a_server_that_stands_alone_is_one_node_under_the_credentials_endpoint() {
        let found = nodes(&server("node-1", false), &"10.0.0.1".parse().unwrap(), &[]);
        assert_eq!(
            names(&found),
            [("node-1", "https://10.0.0.1:8443".to_owned())]
        );
    }

    #[test]
    fn the_members_that_are_online_are_nodes_whoever_answers() {
        let members = [
            member("m3", "Online"),
            member("m1", "Online"),
            member("m2", "Offline"),
            member("m4", "Evacuated"),
            member("m5", "Blocked"),
        ];
        let virtual_address: Endpoint = "10.0.0.99".parse().unwrap();
        let expected = [
            ("m1", "https://m1.example:8443".to_owned()),
            ("m3", "https://m3.example:8443".to_owned()),
        ];
        for answers in ["m1", "m3"] {
            let found = nodes(&server(answers, true), &virtual_address, &members);
            assert_eq!(names(&found), expected);
        }
        // One that answers is of use, whatever the others think of it.
        let found = nodes(&server("m4", true), &virtual_address, &members);
        assert_eq!(found.len(), 3);
    }
}
