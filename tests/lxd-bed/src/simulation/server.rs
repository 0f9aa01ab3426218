//! What a test does to a simulated server, past its API.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::cluster::{Cluster, Life, locked};
use super::permission::Permission;
use super::store::FineGrained;
use super::trust_adding::Wanted;
use super::{Faults, Simulation, enrolment, identity_adding, listener};
use crate::daemon::{Identity, Member, Observer, Request, Server, State, TrustEntry, WaitingToken};

impl Server for Simulation {
    fn address(&self) -> SocketAddr {
        self.cluster.nodes[0].address
    }

    fn name(&self) -> &str {
        &self.cluster.nodes[0].name
    }

    fn version(&self) -> &str {
        self.cluster.profile.version()
    }

    fn server_certificate_pem(&self) -> String {
        self.member_certificate_pem(0)
    }

    fn trust_list(&self) -> Vec<TrustEntry> {
        self.cluster.store().entries().cloned().collect()
    }

    fn trust(&self, entry: &TrustEntry) {
        let mut entry = entry.clone();
        if !self.cluster.profile.restricts() {
            entry.restricted = false;
            entry.projects.clear();
        }
        let added = self.cluster.store().add(entry.clone());
        assert!(added, "{} is trusted already", entry.fingerprint);
        self.cluster.refresh_all();
    }

    fn distrust(&self, fingerprint: &str) {
        let removed = self.cluster.store().remove(fingerprint);
        assert!(removed, "{fingerprint} is not trusted");
        self.cluster.refresh_all();
    }

    fn rename(&self, fingerprint: &str, name: &str) {
        let mut store = self.cluster.store();
        let entry = store.entry_mut(fingerprint);
        entry.expect("the certificate is trusted").name = name.to_owned();
    }

    fn add_project(&self, name: &str) {
        self.cluster.store().add_project(name);
    }

    fn remove_project(&self, name: &str) {
        let removed = self.cluster.store().remove_project(name);
        assert!(removed, "there is no project {name}");
        // Nobody tells the members.
    }

    fn stop(&self) {
        // All at once, so that none waits for another.
        for index in self.indices() {
            self.set_life(index, Life::Dead);
        }
        for index in self.indices() {
            self.kill_member(index);
        }
    }

    fn start(&self) {
        for index in self.indices() {
            self.start_member(index);
        }
    }

    fn members(&self) -> Vec<Member> {
        let nodes = self.cluster.nodes.iter();
        nodes
            .map(|node| Member::new(&node.name, node.address))
            .collect()
    }

    fn kill_member(&self, index: usize) {
        self.set_life(index, Life::Dead);
        let listener = self.listeners()[index].take();
        if let Some(listener) = listener {
            listener.stop();
        }
    }

    fn start_member(&self, index: usize) {
        if self.listeners()[index].is_none() {
            let address = self.cluster.nodes[index].address;
            let (socket, _) = listener::bind(address)
                .unwrap_or_else(|error| panic!("cannot listen on {address} again: {error}"));
            self.listen(index, socket);
        }
    }

    fn pause_member(&self, index: usize) {
        self.set_life(index, Life::Frozen);
    }

    fn resume_member(&self, index: usize) {
        self.set_life(index, Life::Running);
    }

    fn set_member_status(&self, index: usize, status: &str) {
        let known = self.cluster.profile.knows_member_status(status);
        assert!(known, "members of {} are never {status}", self.version());
        self.cluster.set_status(index, status);
    }

    fn remove_member(&self, index: usize) {
        let (cluster, node) = (&self.cluster, &self.cluster.nodes[index]);
        assert!(cluster.clustered, "{} stands alone", node.name);
        assert_eq!(cluster.life(index), Life::Running, "{}", node.name);
        self.kill_member(index);
        cluster.set_life(index, Life::Removed);
        cluster.store().remove_member(&node.name);
        cluster.refresh_all();
        let (authority, witness) = (cluster.authority.clone(), Arc::clone(&cluster.witness));
        let alone = Cluster::new(cluster.profile, authority, vec![node.emptied()], witness);
        locked(&self.removed).insert(index, Arc::new(alone));
        self.start_member(index);
    }

    fn member_certificate_pem(&self, index: usize) -> String {
        let identity = self.state(index).cluster.identity();
        identity.certificate_pem().to_owned()
    }

    fn renew_certificate(&self) {
        self.cluster.renew_identity();
        if !self.cluster.clustered || !self.cluster.profile.renews_while_running() {
            self.stop();
            self.start();
        }
    }

    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> Value {
        let issues = self.cluster.profile.issues_tokens();
        assert!(issues, "{} issues no tokens", self.version());
        let projects = projects.map(|names| names.iter().map(|&name| name.into()).collect());
        let wanted = Wanted {
            name: name.to_owned(),
            restricted: projects.is_some(),
            projects: projects.unwrap_or_default(),
            ..Wanted::default()
        };
        enrolment::issue(&self.state(0), &wanted)
    }

    fn set_trust_password(&self, password: Option<&str>) {
        let profile = self.cluster.profile;
        let takes = profile.knows_passwords() && profile.takes_passwords();
        assert!(takes, "{} takes no passwords", self.version());
        self.configure("core.trust_password", password.unwrap_or_default());
    }

    fn trust_authority(&self, trusted: bool) {
        self.configure("core.trust_ca_certificates", &trusted.to_string());
    }

    fn simulation(&self) -> Option<&Simulation> {
        Some(self)
    }

    fn snapshot(&self) -> State {
        State::Simulated(self.cluster.content())
    }

    fn restore(&self, state: &State) {
        let State::Simulated(content) = state else {
            panic!("{}: that is the state of a real server", self.name());
        };
        self.cluster.restore(content);
    }
}

/// What no real server can do.
impl Simulation {
    pub(crate) fn requests(&self) -> Vec<Request> {
        let requests = self.cluster.witness.requests();
        requests.iter().map(|(_, taken)| taken.clone()).collect()
    }

    pub(crate) fn clear_requests(&self) {
        self.cluster.witness.requests().clear();
    }

    /// Whether that member trusts it by now; it is not asked.
    pub(crate) fn member_trusts(&self, index: usize, fingerprint: &str) -> bool {
        let state = self.state(index);
        let trusted = state.cluster.trusted(state.index);
        trusted.entries.contains_key(fingerprint)
    }

    pub(crate) fn member_requests(&self, index: usize) -> Vec<Request> {
        let requests = self.cluster.witness.requests();
        let own = requests.iter().filter(|(taker, _)| *taker == index);
        own.map(|(_, taken)| taken.clone()).collect()
    }

    /// What goes wrong on one member.
    pub(crate) fn faults(&self, index: usize) -> &Faults {
        &self.cluster.nodes[index].faults
    }

    /// Makes a fine-grained identity of a certificate.
    pub(crate) fn trust_identity(&self, entry: &TrustEntry, groups: &[&str]) {
        self.assert_identities();
        let identity = FineGrained {
            name: entry.name.clone(),
            certificate_pem: entry.certificate_pem.clone(),
            groups: self.known_groups(groups),
            pending: None,
        };
        self.cluster
            .store()
            .add_identity(&entry.fingerprint, identity);
        self.cluster.refresh_all();
    }

    /// Makes a pending one: what its token is made of.
    pub(crate) fn issue_identity_token(&self, name: &str, groups: &[&str]) -> Value {
        self.assert_identities();
        let identity = FineGrained {
            name: name.to_owned(),
            certificate_pem: String::new(),
            groups: self.known_groups(groups),
            pending: None,
        };
        let mut store = self.cluster.store();
        identity_adding::issue(&self.state(0), &mut store, identity).1
    }

    /// Makes a group, or gives it other permissions.
    pub(crate) fn set_group(&self, name: &str, permissions: &[Value]) {
        self.assert_identities();
        let mut store = self.cluster.store();
        let group = store.groups.entry(name.to_owned()).or_default();
        group.permissions = permissions.iter().map(Permission::read).collect();
    }

    pub(crate) fn identities(&self) -> Vec<Identity> {
        let store = self.cluster.store();
        let identities = store.identities.iter().map(|(id, identity)| Identity {
            id: id.clone(),
            name: identity.name.clone(),
            groups: identity.groups.iter().cloned().collect(),
            pending: identity.pending.is_some(),
        });
        identities.collect()
    }

    pub(crate) fn waiting_tokens(&self) -> Vec<WaitingToken> {
        let store = self.cluster.store();
        let tokens = store.tokens.values().map(|token| WaitingToken {
            name: token.name.clone(),
            operation: token.operation.clone(),
            expires: token.expires,
        });
        tokens.collect()
    }

    pub(crate) fn configure(&self, key: &str, value: &str) {
        let mut store = self.cluster.store();
        store.settings.insert(key.to_owned(), value.to_owned());
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.cluster.clock.advance(by);
    }

    pub(crate) fn wait_for_a_quorum(&self, patience: Duration) {
        self.cluster.wait_for_a_quorum(patience);
    }

    /// Whom it tells about each request.
    pub(crate) fn observe(&self, observer: Option<Arc<Observer>>) {
        self.cluster.witness.observe(observer);
    }

    fn assert_identities(&self) {
        let has = self.cluster.profile.has_identities();
        assert!(has, "{} has no identities", self.version());
    }

    fn known_groups(&self, groups: &[&str]) -> BTreeSet<String> {
        let store = self.cluster.store();
        let known = groups.iter().all(|name| store.groups.contains_key(*name));
        assert!(known, "there are not all of the groups {groups:?}");
        groups.iter().map(|&name| name.to_owned()).collect()
    }
}
