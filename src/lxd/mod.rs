//! What touches LXD: its REST API over mutual TLS. [`Reader`] and [`Writer`] are two types, so that what only looks
//! cannot change anything.

mod client;
mod enrol;
mod error;
mod read;
mod sec1;
mod tls;
mod token;
mod verify;
mod wire;
mod write;

pub use client::Connection;
pub use error::{Error, Kind};
pub use read::Reader;
pub(crate) use tls::{Identity, NoPair};
pub use token::{Expiry, IssuedToken, WaitingToken};
pub use verify::Mismatch;
pub use write::{Writer, is_conflict};

use rustls::pki_types::CertificateDer;

use crate::{certificate::Fingerprint, confinement::Confinement};

/// An LXD server that trusts us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// `environment.server_name`
    pub name: String,
    /// `environment.server_version`
    pub version: String,
    /// `environment.server_clustered`
    pub clustered: bool,
    /// Whether it can restrict a client to projects (`certificate_project`; LXD 3.0 and 4.0 cannot).
    pub restricts: bool,
    /// Whether it issues tokens to clients (`certificate_token`; LXD 3.0 and 4.0 do not).
    pub issues_tokens: bool,
    /// Whether a certificate may be that of a fine-grained identity (`access_management_tls`; LXD 5.21 and later).
    pub has_identities: bool,
    /// The certificate that it presented to us.
    pub certificate: CertificateDer<'static>,
}

impl Server {
    /// The fingerprint of the certificate that it presented.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }
}

/// A member of a cluster, as the member that answers sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its own address, `https://host:port`.
    pub url: String,
    /// `Online`, `Offline`, `Evacuated`, `Blocked`, ….
    pub status: String,
}

/// One entry of the trust store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The fingerprint of its certificate.
    pub fingerprint: Fingerprint,
    /// Its name, free text.
    pub name: String,
    /// `client`, `server` or `metrics`.
    pub kind: String,
    /// What it may do.
    pub confinement: Confinement,
}

impl Entry {
    /// Whether it lets a client in; only such entries are published, and only such are ever ours.
    #[must_use]
    pub fn is_client(&self) -> bool {
        self.kind == "client"
    }
}
