//! A simulation of LXD: the parts of the API that matter here, over real TLS.
//!
//! What it answers was recorded from LXD and is held to it by the contract suite. It differs
//! knowingly in these points:
//!
//! - It does not speak HTTP/2: a client that offers it gets HTTP/1.1.
//! - It makes no join tokens, and has projects only to restrict certificates to.
//! - Its texts about broken JSON are its own; the statuses are LXD's.
//! - A NUL in a name does no harm. LXD 5.0.2 stores what follows it as the certificate, and the
//!   entry is spoilt.
//! - It refuses client keys in the handshake that its TLS library does not know: P-521, and RSA
//!   under 2048 bits.
//! - Lists are sorted; LXD's order is random.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::daemon::{Options, Request, Server, TrustEntry};
use crate::port;

mod answer;
mod api;
mod base64_text;
mod certificate;
mod connection;
mod fault;
mod listener;
mod profile;
mod projects;
mod request_body;
mod server_info;
mod store;
mod tls;
mod trust;
mod trust_update;

pub use fault::{Fault, Matching, Times};

pub(crate) use fault::Faults;
use listener::Listener;
use profile::Profile;
use store::Store;
use tls::Identity;

/// How often another port is tried when somebody else took the chosen one meanwhile.
const PORTS_TRIED: usize = 20;

/// A simulated server.
#[derive(Debug)]
pub(crate) struct Simulation {
    state: Arc<State>,
    listener: Mutex<Option<Listener>>,
}

/// What a server knows; it outlives a stop.
#[derive(Debug)]
struct State {
    profile: Profile,
    name: String,
    address: SocketAddr,
    identity: Identity,
    store: Mutex<Store>,
    faults: Faults,
    requests: Mutex<Vec<Request>>,
}

impl Simulation {
    pub(crate) fn start(options: Options) -> Self {
        let (socket, address) = (0..PORTS_TRIED)
            .find_map(|_| listener::bind(port::free()).ok())
            .expect("a free port can be bound");
        let state = Arc::new(State {
            profile: profile::LXD_5_0,
            identity: Identity::of_server(&profile::LXD_5_0, &options.name),
            name: options.name,
            address,
            store: Mutex::default(),
            faults: Faults::default(),
            requests: Mutex::default(),
        });
        let listener = Listener::start(socket, Arc::clone(&state));
        Self {
            state,
            listener: Mutex::new(Some(listener)),
        }
    }

    fn listener(&self) -> MutexGuard<'_, Option<Listener>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server for Simulation {
    fn address(&self) -> SocketAddr {
        self.state.address
    }

    fn name(&self) -> &str {
        &self.state.name
    }

    fn version(&self) -> &str {
        self.state.profile.version
    }

    fn server_certificate_pem(&self) -> String {
        self.state.identity.certificate_pem().to_owned()
    }

    fn trust_list(&self) -> Vec<TrustEntry> {
        self.state.store().entries().cloned().collect()
    }

    fn trust(&self, entry: &TrustEntry) {
        let added = self.state.store().add(entry.clone());
        assert!(added, "{} is trusted already", entry.fingerprint);
    }

    fn distrust(&self, fingerprint: &str) {
        let removed = self.state.store().remove(fingerprint);
        assert!(removed, "{fingerprint} is not trusted");
    }

    fn rename(&self, fingerprint: &str, name: &str) {
        let mut store = self.state.store();
        let entry = store.entry_mut(fingerprint);
        entry.expect("the certificate is trusted").name = name.to_owned();
    }

    fn add_project(&self, name: &str) {
        self.state.store().add_project(name);
    }

    fn stop(&self) {
        if let Some(listener) = self.listener().take() {
            listener.stop();
        }
    }

    fn start(&self) {
        let mut listener = self.listener();
        if listener.is_none() {
            let address = self.state.address;
            let (socket, _) = listener::bind(address)
                .unwrap_or_else(|error| panic!("cannot listen on {address} again: {error}"));
            *listener = Some(Listener::start(socket, Arc::clone(&self.state)));
        }
    }

    fn requests(&self) -> Option<Vec<Request>> {
        Some(self.state.requests().clone())
    }

    fn clear_requests(&self) {
        self.state.requests().clear();
    }

    fn faults(&self) -> Option<&Faults> {
        Some(&self.state.faults)
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.stop();
    }
}
