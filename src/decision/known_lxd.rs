//! Which LXD it is that is worked with, so that another one is noticed.

use std::collections::BTreeSet;

use crate::{credential::endpoint::Endpoint, names::Projects, x509::certificate::Fingerprint};

/// The LXD that was talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLxd {
    /// The credential's endpoint.
    pub endpoint: Endpoint,
    /// The fingerprint of the certificate that it presented.
    pub server: Fingerprint,
    /// Who we were there: the fingerprint of our certificate.
    pub client: Fingerprint,
    /// Where its nodes listen, to be tried if the endpoint does not answer.
    pub nodes: BTreeSet<Endpoint>,
    /// Its version.
    pub version: String,
    /// The projects that entries of ours were to be confined to.
    pub restricted_to: Projects,
    /// Something could not be done there: the next hook looks at everything.
    pub behind: bool,
}

impl KnownLxd {
    /// Whether it is the same LXD, wherever it listens and whatever certificate it presents now.
    #[must_use]
    pub fn is_the_same_lxd(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint || self.server == other.server
    }

    /// Nothing changed that every relation would have to be told, or that may have changed what we can see.
    #[must_use]
    pub fn is_the_same(&self, other: &Self) -> bool {
        let Self {
            endpoint,
            server,
            client,
            nodes: _,
            version,
            restricted_to,
            behind,
        } = self;
        *endpoint == other.endpoint
            && *server == other.server
            && *client == other.client
            && *version == other.version
            && *restricted_to == other.restricted_to
            && *behind == other.behind
    }

    /// Its other nodes, each with the certificate that it must present: only for who asks at the same endpoint with the
    /// same certificate as then.
    #[must_use]
    pub fn others(&self, endpoint: &Endpoint, client: Fingerprint) -> Vec<(Endpoint, Fingerprint)> {
        if self.endpoint != *endpoint || self.client != client {
            return Vec::new();
        }
        let others = self.nodes.iter().filter(|node| **node != self.endpoint);
        others.map(|node| (node.clone(), self.server)).collect()
    }
}
