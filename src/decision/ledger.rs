//! What the charm remembers from hook to hook: who asks for what, what was published and said. Pure.
//! It can be lost without harm: then a hook looks at everything, and takes nothing away.

use std::collections::{BTreeMap, BTreeSet};

use super::known_lxd::KnownLxd;
use crate::{
    credential::RefusedEnrolment,
    digest::TextDigest,
    names::{ApplicationName, BagName, RelationId, UnitName},
    trust::{
        change::Change,
        owner::{Owner, Ownership, Requirer},
        store::TrustStore,
    },
    values::Status,
    x509::certificate::Fingerprint,
};

/// The whole memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The LXD of the last success.
    pub lxd: Option<KnownLxd>,
    /// The trust token or password that LXD refused.
    pub refused: Option<RefusedEnrolment>,
    /// The status that was last set.
    pub said: Option<Status>,
    /// It is more than Juju keeps: who asks for what is not in it, and has to be looked for.
    pub partial: bool,
    /// The last look at the whole trust store found no entry of ours that is not in here.
    pub accounted: bool,
    /// The relations that this unit has met and not seen broken.
    pub relations: BTreeMap<RelationId, Relation>,
    /// Relations that Juju lists and does not let us look at any more.
    pub gone: BTreeSet<RelationId>,
    /// Relations of the same application that our own databags were touched of in one hook, and Juju took it.
    pub together: BTreeSet<RelationId>,
    /// What the charm in Python had registered and LXD still holds.
    pub left_by_python_charm: BTreeSet<Fingerprint>,
    /// Entries of ours that are asked for and named for another relation than the lowest that asks.
    pub named_otherwise: ByRequirer,
    /// Certificates that are asked for and whose entry is somebody else's.
    pub not_ours: BTreeSet<Fingerprint>,
    /// Both options and the cloud give a credential, and they differ.
    pub differs: bool,
    /// Withdrawals that LXD could not take yet.
    pub owed: ByRequirer,
    /// Entries of ours that the last `update-status` found nobody to ask for.
    pub unclaimed: ByRequirer,
}

/// Certificates by the name that their entries have or had.
pub type ByRequirer = BTreeMap<Requirer, BTreeSet<Fingerprint>>;

/// The names that a certificate's entry may have, by certificate.
pub type ByCertificate = BTreeMap<Fingerprint, BTreeSet<Requirer>>;

/// One relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The consumer.
    pub application: ApplicationName,
    /// How many rejections are published.
    pub rejected: usize,
    /// The consumer's units that Juju lists although they were removed by force.
    pub hidden: BTreeSet<UnitName>,
    /// A line per databag that asks for something.
    pub lines: BTreeMap<BagName, Line>,
}

/// What one databag asks for: the certificates of each text, and whether each is published as trusted.
pub type Line = BTreeMap<(TextDigest, Fingerprint), bool>;

impl Relation {
    /// A relation that was just met.
    #[must_use]
    pub const fn new(application: ApplicationName) -> Self {
        Self {
            application,
            rejected: 0,
            hidden: BTreeSet::new(),
            lines: BTreeMap::new(),
        }
    }

    /// Everything that the relation asks for.
    #[must_use]
    pub fn asked(&self) -> BTreeSet<Fingerprint> {
        self.items()
            .map(|(_, fingerprint, _)| fingerprint)
            .collect()
    }

    /// What is published as trusted.
    #[must_use]
    pub fn trusted(&self) -> BTreeSet<Fingerprint> {
        self.items()
            .filter(|(_, _, trusted)| *trusted)
            .map(|(_, fingerprint, _)| fingerprint)
            .collect()
    }

    /// All lines' items.
    pub fn items(&self) -> impl Iterator<Item = (&TextDigest, Fingerprint, bool)> {
        self.lines
            .values()
            .flatten()
            .map(|((digest, fingerprint), trusted)| (digest, *fingerprint, *trusted))
    }
}

impl Ledger {
    /// Who asks for each certificate, as names for its entry, the lowest relation first.
    #[must_use]
    pub fn askers(&self) -> ByCertificate {
        let mut askers = ByCertificate::new();
        for (id, relation) in &self.relations {
            let name = Requirer::new(*id, &relation.application);
            for fingerprint in relation.asked() {
                askers.entry(fingerprint).or_default().insert(name.clone());
            }
        }
        askers
    }

    /// What is known to be in the trust store, with the names that the entries may have there, the likeliest first.
    #[must_use]
    pub fn known_entries(&self) -> ByCertificate {
        let mut claims = ByCertificate::new();
        let mut add = |name: Requirer, fingerprint| {
            let names: &mut BTreeSet<Requirer> = claims.entry(fingerprint).or_default();
            names.insert(name);
        };
        for (id, relation) in &self.relations {
            for fingerprint in relation.trusted() {
                add(Requirer::new(*id, &relation.application), fingerprint);
            }
        }
        for (name, fingerprints) in self.owed.iter().chain(&self.unclaimed) {
            for fingerprint in fingerprints {
                add(name.clone(), *fingerprint);
            }
        }
        claims
    }

    /// Notes under which names the entries that were seen stand in the trust store, after these changes.
    pub fn note_names(&mut self, owner: &Owner, store: &TrustStore, done: &[Change]) {
        let askers = self.askers();
        let known = |fingerprint: &Fingerprint| askers.contains_key(fingerprint);
        self.not_ours.retain(known);
        for set in self.named_otherwise.values_mut() {
            set.retain(known);
        }
        let seen = store.entries.values().flatten();
        let mut names: BTreeMap<Fingerprint, Ownership> = seen
            .map(|entry| (entry.fingerprint, owner.of(&entry.name)))
            .collect();
        names.extend(done.iter().filter_map(|change| match change {
            Change::Register { name, .. } | Change::Rename { to: name, .. } => {
                Some((change.fingerprint(), Ownership::Relation(name.clone())))
            }
            Change::Confine { .. } | Change::Remove { .. } => None,
        }));
        for (fingerprint, name) in names {
            let Some(lowest) = askers.get(&fingerprint).and_then(BTreeSet::first) else {
                continue;
            };
            self.not_ours.remove(&fingerprint);
            for set in self.named_otherwise.values_mut() {
                set.remove(&fingerprint);
            }
            match name {
                Ownership::Relation(name) if name == *lowest => {}
                Ownership::Relation(name) => {
                    self.named_otherwise
                        .entry(name)
                        .or_default()
                        .insert(fingerprint);
                }
                Ownership::Operator | Ownership::Foreign => {
                    self.not_ours.insert(fingerprint);
                }
            }
        }
        self.named_otherwise.retain(|_, set| !set.is_empty());
    }

    /// Nothing is known that could be left in the trust store, or of one `relation`.
    #[must_use]
    pub fn is_settled(&self, relation: Option<RelationId>) -> bool {
        let about = |id: &RelationId| relation.is_none_or(|relation| relation == *id);
        self.accounted
            && !self.partial
            && self.owed.is_empty()
            && self.unclaimed.is_empty()
            && self
                .relations
                .iter()
                .all(|(id, relation)| relation.lines.is_empty() || !about(id))
    }
}
