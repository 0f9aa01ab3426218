//! What a test does to a real server, past its API for clients.

use std::net::SocketAddr;
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Real, membership, renewal, state};
use crate::daemon::{Kind, Member, Server, Snapshot, TrustEntry, token_of};

impl Server for Real {
    fn address(&self) -> SocketAddr {
        self.nodes[0].1.address
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn trust_list(&self) -> Vec<TrustEntry> {
        state::entries(self)
    }

    fn trust_entry(&self, entry: &TrustEntry) {
        let (_, parsed) = x509_parser::pem::parse_x509_pem(entry.certificate_pem.as_bytes())
            .expect("the certificate is PEM");
        let body = json!({
            "type": entry.kind.as_str(),
            "name": entry.name,
            "certificate": STANDARD.encode(parsed.contents),
            "restricted": entry.restricted,
            "projects": entry.projects,
        });
        self.call("POST", "/1.0/certificates", Some(&body));
    }

    fn distrust(&self, fingerprint: &str) {
        self.call("DELETE", &format!("/1.0/certificates/{fingerprint}"), None);
    }

    fn rename(&self, fingerprint: &str, name: &str) {
        let path = format!("/1.0/certificates/{fingerprint}");
        self.call("PATCH", &path, Some(&json!({"name": name})));
    }

    fn add_project(&self, name: &str) {
        self.call("POST", "/1.0/projects", Some(&json!({"name": name})));
    }

    fn remove_project(&self, name: &str) {
        self.call("DELETE", &format!("/1.0/projects/{name}"), None);
    }

    fn stop(&self) {
        match &self.nodes[..] {
            [(node, _)] => node.stop(),
            // In their own time the last members would wait for those that are gone.
            nodes => nodes.iter().for_each(|(node, _)| node.kill()),
        }
    }

    fn start(&self) {
        // At the same time: a member is not ready before enough others are.
        thread::scope(|scope| {
            for (node, port) in &self.nodes {
                scope.spawn(|| node.start_again(port.address));
            }
        });
    }

    fn members(&self) -> Vec<Member> {
        if let [(_, port)] = &self.nodes[..] {
            return vec![Member::new(&self.name, port.address)];
        }
        let members = self.nodes.iter();
        members
            .map(|(node, port)| Member::new(node.name(), port.address))
            .collect()
    }

    fn kill_member(&self, index: usize) {
        self.nodes[index].0.kill();
    }

    fn start_member(&self, index: usize) {
        let (node, port) = &self.nodes[index];
        node.start_again(port.address);
    }

    fn remove_member(&self, index: usize) {
        membership::remove(self, index);
    }

    fn set_member_status(&self, index: usize, status: &str) {
        membership::set_status(self, index, status);
    }

    fn member_certificate_pem(&self, index: usize) -> String {
        self.nodes[index].0.certificate_pem()
    }

    fn member_trusts(&self, index: usize, fingerprint: &str) -> bool {
        let node = &self.nodes[index].0;
        let list = node.call("GET", "/1.0/certificates", None);
        let list = list.unwrap_or_else(|error| panic!("{}: {error}", node.name()));
        let mut paths = list.as_array().into_iter().flatten();
        paths.any(|path| {
            path.as_str()
                .is_some_and(|path| path.ends_with(fingerprint))
        })
    }

    fn renew_certificate(&self) {
        renewal::renew(self);
    }

    fn pause_member(&self, index: usize) {
        self.nodes[index].0.pause();
    }

    fn resume_member(&self, index: usize) {
        self.nodes[index].0.resume();
    }

    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> String {
        let body = json!({
            "type": Kind::Client.as_str(),
            "name": name,
            "token": true,
            "restricted": projects.is_some(),
            "projects": projects.unwrap_or_default(),
        });
        token_of(&self.call("POST", "/1.0/certificates", Some(&body)), name)
    }

    fn set_trust_password(&self, password: Option<&str>) {
        state::set_password(self, password.map(str::to_owned));
    }

    fn trust_authority(&self, trusted: bool) {
        let value = trusted.to_string();
        let config = json!({"config": {"core.trust_ca_certificates": value}});
        self.call("PATCH", "/1.0", Some(&config));
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot(state::snapshot(self))
    }

    fn restore(&self, snapshot: &Snapshot) {
        state::restore(self, &snapshot.0);
    }
}
