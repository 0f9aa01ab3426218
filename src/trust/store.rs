//! What was seen of LXD's trust store. Pure.

use std::collections::BTreeMap;

use super::Entry;
use crate::x509::certificate::Fingerprint;

/// What was seen of the trust store.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    /// Everything is in `entries`; otherwise only what was asked for.
    pub whole: bool,
    /// By fingerprint; `None` where LXD said that there is no such entry.
    pub entries: BTreeMap<Fingerprint, Option<Entry>>,
}

impl TrustStore {
    /// What is known of a certificate: `None` if it was not looked for, `Some(None)` if it is not there.
    #[must_use]
    pub fn get(&self, fingerprint: Fingerprint) -> Option<Option<&Entry>> {
        match self.entries.get(&fingerprint) {
            Some(entry) => Some(entry.as_ref()),
            None if self.whole => Some(None),
            None => None,
        }
    }
}
