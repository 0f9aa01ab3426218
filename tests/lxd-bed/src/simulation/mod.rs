//! A simulation of LXD: the parts of the API that matter here, over real TLS.
//!
//! It is held to what real servers answered by `tests/recordings`, and by the contract suite; what
//! differs between versions is in [`profile`]. It differs knowingly in these points:
//!
//! - It does not speak HTTP/2: a client that offers it gets HTTP/1.1.
//! - It has projects only to restrict certificates to, and operations only as what a token waits in.
//!   Tokens outlive a restart. Of the configuration it keeps whatever it is told.
//! - It refuses client keys in the handshake that its TLS library does not know: P-521. It believes
//!   whoever shows a certificate with an RSA key under 2048 bits.
//! - Lists of certificates are sorted; LXD's order is random. That of members changes.
//! - A member that is killed is Offline at once, and one that is frozen stays Online until the
//!   test says otherwise. Nothing takes longer than it has to: without a quorum the answers are
//!   LXD's, but come at once.
//! - LXD 3.0 and 4.0 speak TLS 1.2 and nothing later, as their oldest builds did.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::certificates;
use crate::daemon::{Kind, Options, Server, TrustEntry};
use crate::port::{self, Port};

mod answer;
mod api;
mod base64_text;
mod certificate;
mod clock;
mod cluster;
mod connection;
mod control;
mod enrolment;
mod fault;
mod go_json;
mod groups;
mod identities;
mod identity_adding;
mod identity_update;
mod listener;
mod members;
mod operations;
mod path;
mod permission;
mod profile;
mod projects;
mod request_body;
mod rights;
mod server;
mod server_info;
mod store;
mod tls;
mod trust;
mod trust_adding;
mod trust_update;
mod witness;

pub(crate) use cluster::Content;
pub use control::WaitingToken;
pub use fault::{Fault, Matching, Times};

use cluster::{Cluster, Life, Node};
use listener::Listener;
pub(crate) use tls::server_credential;

/// A simulated server, or a cluster of them.
#[derive(Debug)]
pub(crate) struct Simulation {
    cluster: Arc<Cluster>,
    /// What became of members that were removed, by index.
    removed: Mutex<BTreeMap<usize, Arc<Cluster>>>,
    /// Those of members that are up, by index.
    listeners: Mutex<BTreeMap<usize, Listener>>,
    /// Each on a loopback address of its own, also while the member is down.
    _ports: Vec<Port>,
}

/// One member as its connections see it.
#[derive(Clone, Debug)]
struct State {
    cluster: Arc<Cluster>,
    index: usize,
}

impl State {
    fn node(&self) -> &Node {
        &self.cluster.nodes[self.index]
    }
}

impl Simulation {
    pub(crate) fn start(options: &Options) -> Self {
        let names = options.names();
        let ports: Vec<Port> = (1..)
            .take(names.len())
            .flat_map(|host| port::claim(host..=host))
            .collect();
        let nodes = names.into_iter().zip(&ports).enumerate();
        let nodes = nodes.map(|(index, (name, port))| Node::new(index, name, port.address));
        let (nodes, authority) = (nodes.collect(), options.authority.clone());
        let cluster = Cluster::new(options.profile, authority, nodes, Arc::default());
        if let Some(credential) = &options.server_credential {
            cluster.present(credential);
        }
        let simulation = Self {
            removed: Mutex::default(),
            listeners: Mutex::default(),
            cluster: Arc::new(cluster),
            _ports: ports,
        };
        simulation.introduce_members();
        Server::start(&simulation);
        simulation
    }

    /// The members' own entries.
    fn introduce_members(&self) {
        let cluster = &self.cluster;
        if cluster.clustered && cluster.profile.lists_its_members() {
            for node in &cluster.nodes {
                let own = certificates::make(&format!("root@{}", node.name));
                let own = &own.certificate_pem;
                self.trust_entry(&TrustEntry::new(own, &node.name, Kind::Server));
            }
        }
    }

    /// The server that was started as that one, whatever it is now.
    fn state(&self, index: usize) -> State {
        match cluster::locked(&self.removed).get(&index).cloned() {
            Some(cluster) => State { cluster, index: 0 },
            None => State {
                cluster: Arc::clone(&self.cluster),
                index,
            },
        }
    }

    fn set_life(&self, index: usize, life: Life) {
        let state = self.state(index);
        state.cluster.set_life(state.index, life);
    }

    fn listeners(&self) -> MutexGuard<'_, BTreeMap<usize, Listener>> {
        cluster::locked(&self.listeners)
    }

    fn indices(&self) -> std::ops::Range<usize> {
        0..self.cluster.nodes.len()
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.stop();
        // What an observer objected to is not to pass unseen.
        if !thread::panicking() {
            self.cluster.witness.observe(None);
        }
    }
}
