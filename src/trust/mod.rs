//! The trust store of an LXD as plain values: its entries, whose they are, what they may do, and the changes that can be
//! made. Pure. Where LXD's groups come to stand beside certificates, they belong here.

pub mod change;
pub mod confinement;
pub mod outcome;
pub mod owner;
pub mod rights;
pub mod store;

use self::confinement::Confinement;
use crate::x509::certificate::Fingerprint;

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
