//! What is known to stay in a trust store that the charm leaves.

use super::ledger::{ByRequirer, Ledger};
use crate::{trust::owner::Requirer, x509::certificate::Fingerprint};

/// What this unit knows to be in the trust store, by the names that the entries have there.
#[must_use]
pub fn left_behind(ledger: &Ledger) -> ByRequirer {
    let mut left = ByRequirer::new();
    let mut add = |name: &Requirer, fingerprint: Fingerprint| {
        left.entry(name.clone()).or_default().insert(fingerprint);
    };
    for (fingerprint, names) in ledger.known_entries() {
        let mut otherwise = ledger.named_otherwise.iter();
        let otherwise = otherwise.find(|(_, known)| known.contains(&fingerprint));
        if let Some(name) = otherwise.map(|(name, _)| name).or_else(|| names.first())
            && !ledger.not_ours.contains(&fingerprint)
        {
            add(name, fingerprint);
        }
    }
    left
}
