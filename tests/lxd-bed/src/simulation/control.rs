//! What a test does to a simulated server that no real one can do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::permission::Permission;
use super::store::FineGrained;
use super::{Fault, Matching, Simulation, Times, identity_adding};
use crate::daemon::{Daemon, Kind, Observed, Request, TrustEntry, Verdict};

/// A token that was issued to make an entry of the trust store, and not used yet.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WaitingToken {
    /// The name of the entry to be.
    pub name: String,
    /// When it ends, by the server's clock.
    pub expires: Option<SystemTime>,
}

/// Requests, and what goes wrong with them.
impl Daemon {
    /// The requests taken so far, in order. A real LXD keeps no such list: `None`.
    pub fn requests(&self) -> Option<Vec<Request>> {
        self.requests_of(|_| true)
    }

    /// The requests that one member took so far, in order; [`Daemon::requests`] has those of all.
    pub fn member_requests(&self, index: usize) -> Option<Vec<Request>> {
        self.requests_of(|taker| taker == index)
    }

    fn requests_of(&self, wanted: impl Fn(usize) -> bool) -> Option<Vec<Request>> {
        let requests = self.simulation()?.cluster.witness.requests();
        let wanted = requests.iter().filter(|(taker, _)| wanted(*taker));
        Some(wanted.map(|(_, taken)| taken.clone()).collect())
    }

    /// Forgets the requests taken so far, if there is a list of them.
    pub fn clear_requests(&self) {
        if let Some(simulation) = self.simulation() {
            simulation.cluster.witness.requests().clear();
        }
    }

    /// Makes something go wrong, so many times; in a cluster on the first member.
    ///
    /// # Panics
    ///
    /// On a real LXD, which does nothing on demand.
    pub fn fault(&self, fault: Fault, matching: Matching, times: Times) {
        self.member_fault(0, fault, matching, times);
    }

    /// Makes something go wrong on one member, so many times.
    ///
    /// # Panics
    ///
    /// On a real LXD, which does nothing on demand.
    pub fn member_fault(&self, index: usize, fault: Fault, matching: Matching, times: Times) {
        let node = &self.simulated_only().cluster.nodes[index];
        node.faults.add(fault, matching, times);
    }

    /// Takes back all faults and lets go what hangs; on a real server there are none.
    pub fn clear_faults(&self) {
        let nodes = self
            .simulation()
            .map(|simulation| &simulation.cluster.nodes);
        for node in nodes.into_iter().flatten() {
            node.faults.clear();
        }
    }

    /// Has each request told to that observer, in place of the one before: on the thread of the
    /// connection, of every member, before the request is acted on and before it is answered. What
    /// the bed does itself ([`Daemon::trust`] and its like) is no request.
    ///
    /// Requests that come at the same time are told at the same time. The server holds no lock
    /// meanwhile, so the observer may call the daemon, though neither end it nor wait for a request
    /// that waits for this one.
    ///
    /// # Panics
    ///
    /// On a real server, which cannot be looked into.
    pub fn observe(&self, observer: impl Fn(&Observed<'_>) -> Verdict + Send + Sync + 'static) {
        let witness = &self.simulated_only().cluster.witness;
        witness.observe(Some(Arc::new(observer)));
    }

    /// Lets requests pass untold from now on.
    pub fn stop_observing(&self) {
        self.simulated_only().cluster.witness.observe(None);
    }
}

/// Fine-grained identities and their groups, tokens that wait, and the server's clock. All of these
/// panic on a real server.
impl Daemon {
    /// Makes a group with these entitlements on the server (`can_create_identities`, `admin`, …), or
    /// gives it these and no others. LXD from 5.21 on has one from the start: `admins`.
    ///
    /// # Panics
    ///
    /// On a server without identities.
    pub fn set_group(&self, name: &str, entitlements: &[&str]) {
        let on_server = |entitlement: &&str| Permission::on_server(entitlement).json();
        let permissions: Vec<Value> = entitlements.iter().map(on_server).collect();
        self.set_group_permissions(name, &permissions);
    }

    /// The same with any permissions, each an object of `entity_type`, `url` and `entitlement`.
    ///
    /// # Panics
    ///
    /// On a server without identities.
    pub fn set_group_permissions(&self, name: &str, permissions: &[Value]) {
        let mut store = self.with_identities().cluster.store();
        let group = store.groups.entry(name.to_owned()).or_default();
        group.permissions = permissions.iter().map(Permission::read).collect();
    }

    /// Makes a fine-grained identity of a certificate, in no group: it may do nothing. The trust
    /// store does not show it.
    ///
    /// # Panics
    ///
    /// On a server without identities.
    pub fn trust_identity(&self, certificate_pem: &str, name: &str) {
        self.trust_identity_in(certificate_pem, name, &[]);
    }

    /// The same in these groups.
    ///
    /// # Panics
    ///
    /// On a server without identities, and if there is no such group.
    pub fn trust_identity_in(&self, certificate_pem: &str, name: &str, groups: &[&str]) {
        let cluster = &self.with_identities().cluster;
        let id = TrustEntry::new(certificate_pem, name, Kind::Client).fingerprint;
        let identity = self.identity(certificate_pem, name, groups);
        cluster.store().add_identity(&id, identity);
        cluster.refresh_all();
    }

    /// Makes a pending identity, and its token as `lxc auth identity create tls/NAME` prints it.
    ///
    /// # Panics
    ///
    /// On a server without identities, and if there is no such group.
    pub fn issue_identity_token(&self, name: &str, groups: &[&str]) -> String {
        let state = self.with_identities().state(0);
        let identity = self.identity("", name, groups);
        let (_, token) = identity_adding::issue(&state, &mut state.cluster.store(), identity);
        STANDARD.encode(token.to_string())
    }

    /// The tokens that wait for somebody to show them, sorted; those of identities not.
    pub fn waiting_tokens(&self) -> Vec<WaitingToken> {
        let store = self.simulated_only().cluster.store();
        let tokens = store.tokens.values().map(|token| WaitingToken {
            name: token.name.clone(),
            expires: token.expires,
        });
        let mut tokens: Vec<_> = tokens.collect();
        tokens.sort();
        tokens
    }

    /// How long tokens are good that are issued from now on, in LXD's words: `1S`, `15d`. Else LXD
    /// gives them 15 days from 5.21 on; before, and in Incus, they do not end.
    pub fn set_token_lifetime(&self, lifetime: &str) {
        self.configure("core.remote_token_expiry", lifetime);
    }

    /// Sets one key of the server's configuration. Those that matter here are obeyed:
    /// `core.remote_token_expiry`, `core.trust_password` and `core.trust_ca_certificates`.
    pub fn configure(&self, key: &str, value: &str) {
        self.simulated_only().configure(key, value);
    }

    /// Puts the server's clock forward. Nothing waits for it: tokens and certificates end sooner.
    pub fn advance(&self, by: Duration) {
        self.simulated_only().cluster.clock.advance(by);
    }

    fn simulated_only(&self) -> &Simulation {
        let simulation = self.simulation();
        simulation.expect("only a simulated server can do this")
    }

    fn with_identities(&self) -> &Simulation {
        let simulation = self.simulated_only();
        let has = simulation.cluster.profile.has_identities();
        assert!(has, "{} has no identities", self.version());
        simulation
    }

    fn identity(&self, certificate_pem: &str, name: &str, groups: &[&str]) -> FineGrained {
        let groups: BTreeSet<String> = groups.iter().map(|&name| name.to_owned()).collect();
        let store = self.simulated_only().cluster.store();
        let known = groups.iter().all(|name| store.groups.contains_key(name));
        assert!(known, "there are not all of the groups {groups:?}");
        FineGrained {
            name: name.to_owned(),
            certificate_pem: certificate_pem.to_owned(),
            groups,
            pending: None,
        }
    }
}
