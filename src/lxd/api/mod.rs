//! LXD's REST API over mutual TLS.

mod client;
mod enrol;
mod error;
mod read;
mod tls;
mod token;
mod verify;
mod wire;
mod write;

pub use client::Connection;
pub use error::{Error, ErrorKind};
pub use read::Reader;
pub use token::{Expiry, IssuedToken, WaitingToken};
pub use verify::Mismatch;
pub use write::{Writer, is_conflict};

use rustls::pki_types::CertificateDer;

use crate::x509::certificate::Fingerprint;

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
