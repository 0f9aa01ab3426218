//! One server for a test, real or simulated, behind one interface.

use std::net::SocketAddr;
use std::ops::Deref;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::certificates::{self, Credential};
use crate::client::Client;
use crate::profile::Profile;
use crate::real::{NotThere, Real};
use crate::simulation::Simulation;

mod observing;
mod options;
mod server;
mod snapshot;

pub(crate) use observing::Observer;
pub use observing::{Moment, Observed, TrustStore, Verdict};
pub use options::Options;
pub use server::Server;
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

impl TrustEntry {
    /// An unrestricted one.
    pub(crate) fn new(certificate_pem: &str, name: &str, kind: Kind) -> Self {
        let fingerprint = crate::fingerprint::of_pem(certificate_pem);
        Self {
            fingerprint: fingerprint.expect("the certificate is PEM"),
            name: name.to_owned(),
            kind,
            restricted: false,
            projects: Vec::new(),
            certificate_pem: certificate_pem.to_owned(),
        }
    }
}

/// A member of a cluster, or the one server there is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Member {
    /// The server's name.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Member {
    pub(crate) fn new(name: &str, address: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            address,
        }
    }
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

/// A running server on the loopback address, with one administrator: whatever a [`Server`] does, and
/// where it is simulated what no real one can do. Dropping it ends it and removes everything that
/// belonged to it.
#[derive(Debug)]
pub struct Daemon {
    kind: RealOrSimulated,
    options: Options,
    admin: Credential,
}

#[derive(Debug)]
enum RealOrSimulated {
    Real(Real),
    Simulated(Simulation),
}

impl Deref for Daemon {
    type Target = dyn Server;

    fn deref(&self) -> &Self::Target {
        match &self.kind {
            RealOrSimulated::Real(real) => real,
            RealOrSimulated::Simulated(simulation) => simulation,
        }
    }
}

impl Daemon {
    /// A real LXD or Incus in a folder of its own, or a cluster of them on 127.0.0.1, 127.0.0.2 and
    /// so on. It listens on loopback addresses only and reaches out to nothing. The run's record
    /// ([`crate::took_part`], [`crate::not_there`]) gets a line.
    pub fn real(options: Options) -> Result<Self, NotThere> {
        Self::recorded(Real::start(&options), options)
    }

    /// The same if it is of the version that [`Daemon::simulated`] simulates with these options: what a simulation is
    /// compared with. Another version is as good as none.
    pub fn counterpart(options: Options) -> Result<Self, NotThere> {
        let started = Real::start(&options).and_then(|real| real.like(options.profile));
        Self::recorded(started, options)
    }

    fn recorded(started: Result<Real, NotThere>, options: Options) -> Result<Self, NotThere> {
        match &started {
            Ok(real) => crate::record::note_took_part(&real.to_string()),
            Err(reason) => crate::record::note_not_there(&reason.to_string()),
        }
        Ok(Self::with_admin(RealOrSimulated::Real(started?), options))
    }

    /// A simulation of that version. It can be made to fail: [`Daemon::fault`].
    pub fn simulated(options: Options) -> Self {
        let simulation = Simulation::start(&options);
        Self::with_admin(RealOrSimulated::Simulated(simulation), options)
    }

    fn with_admin(kind: RealOrSimulated, options: Options) -> Self {
        let admin = match &options.authority {
            Some(authority) => authority.issue("lxd-bed-admin"),
            None => certificates::make("lxd-bed-admin"),
        };
        let daemon = Self {
            kind,
            options,
            admin,
        };
        daemon.trust(&daemon.admin.certificate_pem, "lxd-bed-admin");
        daemon
    }

    /// `https://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address())
    }

    /// What kind of server was asked for.
    pub fn profile(&self) -> Profile {
        self.options.profile
    }

    /// A credential that the server trusts without restriction, under the name `lxd-bed-admin`.
    pub fn admin(&self) -> &Credential {
        &self.admin
    }

    /// A client of this server, with that credential or with none.
    pub fn client(&self, credential: Option<&Credential>) -> Client {
        self.member_client(0, credential)
    }

    /// A client of one member, with that credential or with none.
    pub fn member_client(&self, index: usize, credential: Option<&Credential>) -> Client {
        let address = self.members()[index].address;
        Client::new(address, &self.member_certificate_pem(index), credential)
    }

    /// Puts a certificate into the trust store, unrestricted.
    pub fn trust(&self, certificate_pem: &str, name: &str) {
        self.trust_as(certificate_pem, name, Kind::Client);
    }

    /// Puts a certificate into the trust store as one of that kind.
    pub fn trust_as(&self, certificate_pem: &str, name: &str, kind: Kind) {
        self.trust_entry(&TrustEntry::new(certificate_pem, name, kind));
    }

    /// Puts a certificate into the trust store that may only work in these projects.
    pub fn trust_restricted(&self, certificate_pem: &str, name: &str, projects: &[&str]) {
        self.trust_entry(&TrustEntry {
            restricted: true,
            projects: projects.iter().map(|&project| project.into()).collect(),
            ..TrustEntry::new(certificate_pem, name, Kind::Client)
        });
    }

    /// Whether this server can do that, which a simulated one can and a real one cannot: tell its requests, fail on
    /// demand. If not, the test leaves `what` out, and the run's record ([`crate::left_out`]) gets a line.
    pub fn can(&self, what: &str) -> bool {
        let can = self.simulation().is_some();
        if !can {
            crate::record::note_left_out(what);
        }
        can
    }

    pub(crate) fn simulation(&self) -> Option<&Simulation> {
        match &self.kind {
            RealOrSimulated::Real(_) => None,
            RealOrSimulated::Simulated(simulation) => Some(simulation),
        }
    }
}

/// A token as `lxc config trust add` prints it, of the operation in which it was issued.
pub(crate) fn token_of(operation: &Value, name: &str) -> String {
    let issued = &operation["metadata"];
    let never = json!("0001-01-01T00:00:00Z");
    let token = json!({
        "client_name": name,
        "fingerprint": issued["fingerprint"],
        "addresses": issued["addresses"],
        "secret": issued["secret"],
        "expires_at": issued.get("expiresAt").unwrap_or(&never),
    });
    STANDARD.encode(token.to_string())
}
