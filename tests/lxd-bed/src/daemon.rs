//! One server for a test, real or simulated, behind one interface.

use std::fmt::Debug;
use std::net::SocketAddr;

use crate::certificates::{self, Credential};
use crate::client::Client;
use crate::real::{NotThere, Real};
use crate::simulation::{Fault, Faults, Matching, Simulation, Times};

mod members;

pub use members::Member;

/// Which server, in which version.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Profile {
    /// LXD 3.0.
    Lxd3_0,
    /// LXD 4.0.
    Lxd4_0,
    /// LXD 5.0.
    #[default]
    Lxd5_0,
    /// LXD 5.21.
    Lxd5_21,
    /// LXD 6.
    Lxd6,
    /// Incus.
    Incus,
}

/// What a server is started with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The server's name: the host name of a stand-alone LXD. The members of a cluster are numbered
    /// from 1: `name-1`, `name-2`, …
    pub name: String,
    /// Which server it is. A real one is the installed Incus for [`Profile::Incus`], and the
    /// installed LXD, whichever version that is, for all others.
    pub profile: Profile,
    /// How many members its cluster has; 1 is a server that stands alone.
    pub members: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self::named("lxd-bed")
    }
}

impl Options {
    /// A server of this name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            profile: Profile::default(),
            members: 1,
        }
    }

    /// The same with that profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same with a cluster of so many members; 1 is a server that stands alone.
    #[must_use]
    pub fn members(mut self, members: u32) -> Self {
        self.members = members;
        self
    }
}

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

/// What both kinds of server can do.
pub(crate) trait Server: Debug + Send + Sync {
    fn address(&self) -> SocketAddr;
    fn name(&self) -> &str;
    fn version(&self) -> &str;
    fn server_certificate_pem(&self) -> String;
    fn trust_list(&self) -> Vec<TrustEntry>;
    fn trust(&self, entry: &TrustEntry);
    fn distrust(&self, fingerprint: &str);
    fn rename(&self, fingerprint: &str, name: &str);
    fn add_project(&self, name: &str);
    fn stop(&self);
    fn start(&self);
    fn members(&self) -> Vec<Member> {
        vec![Member::new(self.name(), self.address())]
    }
    fn kill_member(&self, _index: usize) {
        self.stop();
    }
    fn start_member(&self, _index: usize) {
        self.start();
    }
    fn pause_member(&self, _index: usize) {
        unimplemented!("only a real member can be paused");
    }
    fn resume_member(&self, _index: usize) {}
    fn requests(&self) -> Option<Vec<Request>>;
    fn clear_requests(&self);
    /// `None` where nothing can be made to go wrong.
    fn faults(&self) -> Option<&Faults>;
}

/// A running server on the loopback address, with one administrator. Dropping it ends it and
/// removes everything that belonged to it.
#[derive(Debug)]
pub struct Daemon {
    server: Box<dyn Server>,
    admin: Credential,
}

impl Daemon {
    /// A real LXD or Incus in a folder of its own, or a cluster of them on 127.0.0.1, 127.0.0.2 and
    /// so on. It listens on loopback addresses only and reaches out to nothing. The run's record ([`crate::took_part`], [`crate::not_there`]) gets a line.
    pub fn real(options: Options) -> Result<Self, NotThere> {
        let started = Real::start(options);
        match &started {
            Ok(real) => crate::record::note_took_part(&real.to_string()),
            Err(reason) => crate::record::note_not_there(&reason.to_string()),
        }
        Ok(Self::with_admin(Box::new(started?)))
    }

    /// A simulation of LXD 5.0. It can be made to fail: [`Daemon::fault`].
    pub fn simulated(options: Options) -> Self {
        Self::with_admin(Box::new(Simulation::start(options)))
    }

    fn with_admin(server: Box<dyn Server>) -> Self {
        let daemon = Self {
            server,
            admin: certificates::make("lxd-bed-admin"),
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

    /// The certificate that belongs to the server.
    pub fn server_certificate_pem(&self) -> String {
        self.server.server_certificate_pem()
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

    /// Ends the server, with all members; connections to it are refused until [`Daemon::start`].
    pub fn stop(&self) {
        self.server.stop();
    }

    /// Starts it again: same address, same state.
    pub fn start(&self) {
        self.server.start();
    }

    /// The requests taken so far, in order. A real LXD keeps no such list: `None`.
    pub fn requests(&self) -> Option<Vec<Request>> {
        self.server.requests()
    }

    /// Forgets the requests taken so far.
    pub fn clear_requests(&self) {
        self.server.clear_requests();
    }

    /// Makes something go wrong, so many times.
    ///
    /// # Panics
    ///
    /// On a real LXD, which does nothing on demand.
    pub fn fault(&self, fault: Fault, matching: Matching, times: Times) {
        let faults = self.server.faults();
        let faults = faults.expect("only a simulated server can be made to fail");
        faults.add(fault, matching, times);
    }

    /// Takes back all faults and lets go what hangs.
    pub fn clear_faults(&self) {
        if let Some(faults) = self.server.faults() {
            faults.clear();
        }
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
