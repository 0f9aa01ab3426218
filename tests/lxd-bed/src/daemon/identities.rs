//! Fine-grained identities and their groups, tokens that wait, and the server's clock: what only a
//! simulated server can be told.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Daemon, Kind, entry};

/// A fine-grained identity. Its rights are those of its groups.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Identity {
    /// The fingerprint of its certificate; while it is pending another text.
    pub id: String,
    /// Unique among all identities and entries of the trust store.
    pub name: String,
    /// Sorted.
    pub groups: Vec<String>,
    /// Whether it waits for whoever shows its token.
    pub pending: bool,
}

/// A token that was issued to make an entry of the trust store, and not used yet.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WaitingToken {
    /// The name of the entry to be.
    pub name: String,
    /// The operation that stands for it.
    pub operation: String,
    /// When it ends, by the server's clock.
    pub expires: Option<SystemTime>,
}

impl Daemon {
    /// Makes a group with these entitlements on the server (`can_create_identities`, `admin`, …), or
    /// gives it these and no others. LXD from 5.21 on has one from the start: `admins`.
    ///
    /// # Panics
    ///
    /// On a server without identities, and on a real one.
    pub fn set_group(&self, name: &str, entitlements: &[&str]) {
        let on_server = |entitlement: &&str| json!({"entity_type": "server", "url": "/1.0", "entitlement": entitlement});
        let permissions: Vec<Value> = entitlements.iter().map(on_server).collect();
        self.set_group_permissions(name, &permissions);
    }

    /// The same with any permissions, each an object of `entity_type`, `url` and `entitlement`.
    ///
    /// # Panics
    ///
    /// As [`Daemon::set_group`] does.
    pub fn set_group_permissions(&self, name: &str, permissions: &[Value]) {
        self.simulation().set_group(name, permissions);
    }

    /// Makes a fine-grained identity of a certificate, in no group: it may do nothing. The trust
    /// store does not show it.
    ///
    /// # Panics
    ///
    /// As [`Daemon::set_group`] does.
    pub fn trust_identity(&self, certificate_pem: &str, name: &str) {
        self.trust_identity_in(certificate_pem, name, &[]);
    }

    /// The same in these groups.
    ///
    /// # Panics
    ///
    /// As [`Daemon::set_group`] does, and if there is no such group.
    pub fn trust_identity_in(&self, certificate_pem: &str, name: &str, groups: &[&str]) {
        let entry = entry(certificate_pem, name, Kind::Client);
        self.simulation().trust_identity(&entry, groups);
    }

    /// Makes a pending identity, and its token as `lxc auth identity create tls/NAME` prints it.
    ///
    /// # Panics
    ///
    /// As [`Daemon::trust_identity_in`] does.
    pub fn issue_identity_token(&self, name: &str, groups: &[&str]) -> String {
        let token = self.simulation().issue_identity_token(name, groups);
        STANDARD.encode(token.to_string())
    }

    /// All fine-grained identities, sorted.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn identities(&self) -> Vec<Identity> {
        let mut identities = self.simulation().identities();
        identities.sort();
        identities
    }

    /// The tokens that wait for somebody to show them, sorted; those of identities not.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn waiting_tokens(&self) -> Vec<WaitingToken> {
        let mut tokens = self.simulation().waiting_tokens();
        tokens.sort();
        tokens
    }

    /// How long tokens are good that are issued from now on, in LXD's words: `1S`, `15d`. Else LXD
    /// gives them 15 days from 5.21 on; before, and in Incus, they do not end.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn set_token_lifetime(&self, lifetime: &str) {
        self.configure("core.remote_token_expiry", lifetime);
    }

    /// Sets one key of the server's configuration. Those that matter here are obeyed:
    /// `core.remote_token_expiry`, `core.trust_password` and `core.trust_ca_certificates`.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn configure(&self, key: &str, value: &str) {
        self.simulation().configure(key, value);
    }

    /// Puts the server's clock forward. Nothing waits for it: tokens and certificates end sooner.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn advance(&self, by: Duration) {
        self.simulation().advance(by);
    }

    /// How long members wait for a quorum before they answer that there is none; at first not at
    /// all. LXD takes 5 to 20 seconds, Incus up to a minute.
    ///
    /// # Panics
    ///
    /// On a real server.
    pub fn wait_for_a_quorum(&self, patience: Duration) {
        self.simulation().wait_for_a_quorum(patience);
    }

    /// Kills all members but the first, which is left without a quorum.
    pub fn lose_quorum(&self) {
        for index in 1..self.members().len() {
            self.kill_member(index);
        }
    }
}
