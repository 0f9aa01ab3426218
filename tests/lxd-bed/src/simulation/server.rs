//! What a test does to a simulated server, past its API.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use super::cluster::{Cluster, Life, locked};
use super::listener::Listener;
use super::trust_adding::Wanted;
use super::{Simulation, enrolment};
use crate::daemon::{Member, Server, Snapshot, State, TrustEntry, token_of};

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

    fn trust_list(&self) -> Vec<TrustEntry> {
        let mut entries: Vec<_> = self.cluster.store().entries().cloned().collect();
        entries.iter_mut().for_each(|entry| entry.projects.sort());
        entries
    }

    fn trust_entry(&self, entry: &TrustEntry) {
        let mut entry = entry.clone();
        if !self.cluster.profile.restricts() {
            entry.restricted = false;
            entry.projects.clear();
        }
        let fingerprint = entry.fingerprint.clone();
        let added = self.cluster.store().add(entry);
        assert!(added, "{fingerprint} is trusted already");
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
        let listener = self.listeners().remove(&index);
        if let Some(listener) = listener {
            listener.stop();
        }
    }

    fn start_member(&self, index: usize) {
        if !self.listeners().contains_key(&index) {
            let address = self.cluster.nodes[index].address;
            let socket = TcpListener::bind(address)
                .unwrap_or_else(|error| panic!("cannot listen on {address}: {error}"));
            let state = self.state(index);
            state.cluster.set_life(state.index, Life::Running);
            let listener = Listener::start(socket, state);
            self.listeners().insert(index, listener);
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

    /// It is not asked.
    fn member_trusts(&self, index: usize, fingerprint: &str) -> bool {
        let state = self.state(index);
        let trusted = state.cluster.trusted(state.index);
        trusted.entries.contains_key(fingerprint)
    }

    fn renew_certificate(&self) {
        self.cluster.renew_identity();
        if !self.cluster.clustered || !self.cluster.profile.renews_while_running() {
            self.stop();
            self.start();
        }
    }

    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> String {
        let issues = self.cluster.profile.issues_tokens();
        assert!(issues, "{} issues no tokens", self.version());
        let projects = projects.map(|names| names.iter().map(|&name| name.into()).collect());
        let wanted = Wanted {
            name: name.to_owned(),
            restricted: projects.is_some(),
            projects: projects.unwrap_or_default(),
            ..Wanted::default()
        };
        token_of(&enrolment::issue(&self.state(0), &wanted), name)
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

    fn snapshot(&self) -> Snapshot {
        Snapshot(State::Simulated(self.cluster.content()))
    }

    fn restore(&self, snapshot: &Snapshot) {
        let State::Simulated(content) = &snapshot.0 else {
            panic!("{}: that is the state of a real server", self.name());
        };
        self.cluster.restore(content);
    }
}

impl Simulation {
    /// Sets one key of the configuration.
    pub(super) fn configure(&self, key: &str, value: &str) {
        let mut store = self.cluster.store();
        store.settings.insert(key.to_owned(), value.to_owned());
    }
}
