//! What differs in PKI mode, and by what callers are trusted.

use crate::profile::Profile;
use Profile::{Incus, Incus7, Lxd5_0_9, Lxd5_21};

impl Profile {
    /// Whether an entry of the trust store counts, for a certificate that the authority issued or
    /// did not, and revoked or did not.
    pub(in crate::simulation) fn entry_counts(self, issued: bool, revoked: bool) -> bool {
        match self {
            Incus | Incus7 => issued,
            _ if self >= Lxd5_0_9 => issued && !revoked,
            _ => true,
        }
    }

    /// By what a caller is trusted that the authority alone makes so.
    pub(in crate::simulation) fn method_of_the_authorized(self) -> &'static str {
        match self.has_identities() {
            true => "pki",
            false => "tls",
        }
    }

    /// By what a caller is trusted whose certificate is a member's.
    pub(in crate::simulation) fn method_of_members(self) -> &'static str {
        match self.has_identities() {
            true => "cluster",
            false => "",
        }
    }

    /// Whether an entry for the metrics keeps the authority's word from making its bearer trusted.
    pub(in crate::simulation) fn metrics_entry_decides(self) -> bool {
        self == Lxd5_21
    }

    /// Whether the certificates that a member remembers are only those of the authority.
    pub(in crate::simulation) fn remembers_the_authorized_only(self) -> bool {
        self.is_incus()
    }
}
