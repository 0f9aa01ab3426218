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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::confinement::Confinement;

    #[test]
    fn what_is_absent_is_told_from_what_was_not_looked_for() {
        let [there, absent, unasked] = ["there", "absent", "unasked"]
            .map(str::as_bytes)
            .map(Fingerprint::of);
        let entry = Entry {
            fingerprint: there,
            name: "somebody".to_owned(),
            kind: "client".to_owned(),
            confinement: Confinement::Nothing,
        };
        for whole in [false, true] {
            let entries = [(there, Some(entry.clone())), (absent, None)].into();
            let store = TrustStore { whole, entries };
            assert_eq!(store.get(there), Some(Some(&entry)));
            assert_eq!(store.get(absent), Some(None));
            assert_eq!(store.get(unasked), whole.then_some(None));
        }
    }
}
