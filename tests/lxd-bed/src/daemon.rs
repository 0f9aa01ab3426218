//! One server for a test, real or simulated, behind one interface.

use std::net::SocketAddr;

use crate::certificates::{self, Credential};
use crate::client::Client;
use crate::profile::Profile;
use crate::real::{NotThere, Real};
use crate::simulation::{Fault, Matching, Simulation, Times};

mod enrolment;
mod identities;
mod members;
mod observing;
mod options;
mod server;
mod snapshot;

pub use identities::{Identity, WaitingToken};
pub use members::Member;
pub(crate) use observing::Observer;
pub use observing::{Moment, Observed, TrustStore, Verdict};
pub use options::Options;
pub(crate) use server::Server;
pub use snapshot::Snapshot;
pub(crate) use snapshot::State;

/// What an entry of the trust store is good for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// The API.
    Client,
    /// The metrics only.
    Metrics,
    /// A cluster member's own.
    Server,
}

impl Kind {
    /// As LXD writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Metrics => "metrics",
            Self::Server => "server",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Client, Self::Metrics, Self::Server]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One entry of the trust store.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TrustEntry {
    /// SHA-256 of the DER in lower-case hex.
    pub fingerprint: String,
    /// The free text it is stored under.
    pub name: String,
    /// What it is good for.
    pub kind: Kind,
    /// Whether it is confined to projects.
    pub restricted: bool,
    /// The projects it is confined to, sorted.
    pub projects: Vec<String>,
    /// The certificate as the server gives it.
    pub certificate_pem: String,
}

/// One request a server took.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    /// GET, POST, ...
    pub method: String,
    /// As sent, with the query.
    pub path: String,
    /// The status of the answer; `None` if it was not answered.
    pub status: Option<u16>,
}

/// A running server on the loopback address, with one administrator. Dropping it ends it and
/// removes everything that belonged to it.
#[derive(Debug)]
pub struct Daemon {
    server: Box<dyn Server>,
    profile: Profile,
    admin: Credential,
}

impl Daemon {
    /// A real LXD or Incus in a folder of its own, or a cluster of them on 127.0.0.1, 127.0.0.2 and
    /// so on. It listens on loopback addresses only and reaches out to nothing. The run's record ([`crate::took_part`], [`crate::not_there`]) gets a line.
    pub fn real(options: Options) -> Result<Self, NotThere> {
        let described = options.clone();
        Self::recorded(Real::start(options), &described)
    }

    /// The same if it is of the version that [`Daemon::simulated`] simulates with these options: what a simulation is
    /// compared with. Another version is as good as none.
    pub fn counterpart(options: Options) -> Result<Self, NotThere> {
        let described = options.clone();
        let started = Real::start(options).and_then(|real| real.like(described.profile));
        Self::recorded(started, &described)
    }

    fn recorded(started: Result<Real, NotThere>, options: &Options) -> Result<Self, NotThere> {
        match &started {
            Ok(real) => crate::record::note_took_part(&real.to_string()),
            Err(reason) => crate::record::note_not_there(&reason.to_string()),
        }
        Ok(Self::with_admin(Box::new(started?), options))
    }

    /// A simulation of that version. It can be made to fail: [`Daemon::fault`].
    pub fn simulated(options: Options) -> Self {
        let described = options.clone();
        Self::with_admin(Box::new(Simulation::start(options)), &described)
    }

    fn with_admin(server: Box<dyn Server>, options: &Options) -> Self {
        let daemon = Self {
            server,
            profile: options.profile,
            admin: match &options.authority {
                Some(authority) => authority.issue("lxd-bed-admin"),
                None => certificates::make("lxd-bed-admin"),
            },
        };
        daemon.trust(&daemon.admin.certificate_pem, "lxd-bed-admin");
        daemon
    }

    /// `https://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address())
    }

    /// Where it listens. The same after [`Daemon::stop`] and [`Daemon::start`].
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The server's name.
    pub fn name(&self) -> &str {
        self.server.name()
    }

    /// The server's version, such as `5.0.2`.
    pub fn version(&self) -> &str {
        self.server.version()
    }

    /// What kind of server was asked for.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The certificate that belongs to the server.
    pub fn server_certificate_pem(&self) -> String {
        self.server.server_certificate_pem()
    }

    /// Gives the server another certificate. A cluster of LXD 5.0 or later, or of Incus, changes it
    /// on all members while it runs; every other server is restarted for it.
    pub fn renew_certificate(&self) {
        self.server.renew_certificate();
    }

    /// A credential that the server trusts without restriction, under the name `lxd-bed-admin`.
    pub fn admin(&self) -> &Credential {
        &self.admin
    }

    /// A client of this server, with that credential or with none.
    pub fn client(&self, credential: Option<&Credential>) -> Client {
        Client::new(self.address(), &self.server_certificate_pem(), credential)
    }

    /// Everything in the trust store, sorted by fingerprint.
    pub fn trust_list(&self) -> Vec<TrustEntry> {
        let mut entries = self.server.trust_list();
        entries.iter_mut().for_each(|entry| entry.projects.sort());
        entries.sort();
        entries
    }

    /// Puts a certificate into the trust store, unrestricted.
    pub fn trust(&self, certificate_pem: &str, name: &str) {
        self.trust_as(certificate_pem, name, Kind::Client);
    }

    /// Puts a certificate into the trust store as one of that kind.
    pub fn trust_as(&self, certificate_pem: &str, name: &str, kind: Kind) {
        self.server.trust(&entry(certificate_pem, name, kind));
    }

    /// Puts a certificate into the trust store that may only work in these projects.
    pub fn trust_restricted(&self, certificate_pem: &str, name: &str, projects: &[&str]) {
        self.server.trust(&TrustEntry {
            restricted: true,
            projects: projects.iter().map(|&project| project.into()).collect(),
            ..entry(certificate_pem, name, Kind::Client)
        });
    }

    /// Puts an entry into the trust store as it is: also one that the API would refuse.
    pub fn trust_entry(&self, entry: &TrustEntry) {
        self.server.trust(entry);
    }

    /// Takes the certificate with that whole fingerprint out of the trust store.
    pub fn distrust(&self, fingerprint: &str) {
        self.server.distrust(fingerprint);
    }

    /// Gives the entry with that whole fingerprint another name.
    pub fn rename(&self, fingerprint: &str, name: &str) {
        self.server.rename(fingerprint, name);
    }

    /// Makes a project. There is one from the start, `default`.
    pub fn add_project(&self, name: &str) {
        self.server.add_project(name);
    }

    /// Removes a project. Entries that name it are left without it.
    pub fn remove_project(&self, name: &str) {
        self.server.remove_project(name);
    }

    /// Ends the server, with all members; connections to it are refused until [`Daemon::start`].
    pub fn stop(&self) {
        self.server.stop();
    }

    /// Starts it again: same address, same state.
    pub fn start(&self) {
        self.server.start();
    }

    /// Whether this server can do that, which a simulated one can and a real one cannot: tell its requests, fail on
    /// demand. If not, the test leaves `what` out, and the run's record ([`crate::left_out`]) gets a line.
    pub fn can(&self, what: &str) -> bool {
        let can = self.server.simulation().is_some();
        if !can {
            crate::record::note_left_out(what);
        }
        can
    }

    /// The requests taken so far, in order. A real LXD keeps no such list: `None`.
    pub fn requests(&self) -> Option<Vec<Request>> {
        self.server.simulation().map(Simulation::requests)
    }

    /// Forgets the requests taken so far, if there is a list of them.
    pub fn clear_requests(&self) {
        if let Some(simulation) = self.server.simulation() {
            simulation.clear_requests();
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

    /// Takes back all faults and lets go what hangs; on a real server there are none.
    pub fn clear_faults(&self) {
        if let Some(simulation) = self.server.simulation() {
            (0..self.members().len()).for_each(|index| simulation.faults(index).clear());
        }
    }

    fn simulation(&self) -> &Simulation {
        let simulation = self.server.simulation();
        simulation.expect("only a simulated server can do this")
    }
}

fn entry(certificate_pem: &str, name: &str, kind: Kind) -> TrustEntry {
    TrustEntry {
        fingerprint: crate::fingerprint::of_pem(certificate_pem).expect("the certificate is PEM"),
        name: name.to_owned(),
        kind,
        restricted: false,
        projects: Vec::new(),
        certificate_pem: certificate_pem.to_owned(),
    }
}
