//! What the charm remembers from hook to hook: who asks for what, what was published and said. Pure.
//! It can be lost without harm: then a hook looks at everything, and takes nothing away.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    certificate::Fingerprint,
    confinement::Projects,
    credential::RefusedEnrolment,
    endpoint::Endpoint,
    entry::{EntryName, Owner, Ownership},
    juju::Status,
    names::{ApplicationName, BagName, RelationId, UnitName},
    request::TextDigest,
    step::Step,
    store::Store,
};

/// The whole memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// The LXD of the last success.
    pub ground: Option<Ground>,
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
    /// What the charm in Python had registered and LXD still holds.
    pub left_by_python_charm: BTreeSet<Fingerprint>,
    /// Entries of ours that are asked for and named for another relation than the lowest that asks.
    pub called: Marks,
    /// Certificates that are asked for and whose entry is somebody else's.
    pub not_ours: BTreeSet<Fingerprint>,
    /// Both options and the cloud give a credential, and they differ.
    pub differs: bool,
    /// Withdrawals that LXD could not take yet.
    pub owed: Marks,
    /// Entries of ours that the last `update-status` found nobody to ask for.
    pub doubted: Marks,
}

/// Certificates by the name that their entries have or had.
pub type Marks = BTreeMap<EntryName, BTreeSet<Fingerprint>>;

/// The names that a certificate's entry may have, by certificate.
pub type Claims = BTreeMap<Fingerprint, BTreeSet<EntryName>>;

/// The LXD that was talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ground {
    /// The credential's endpoint.
    pub endpoint: Endpoint,
    /// The fingerprint of the certificate that it presented.
    pub server: Fingerprint,
    /// Who we were there: the fingerprint of our certificate.
    pub client: Fingerprint,
    /// Where its nodes listen, to be tried if the endpoint does not answer.
    pub nodes: BTreeSet<Endpoint>,
    /// Its version.
    pub version: String,
    /// The projects that entries of ours were to be confined to.
    pub restricted_to: Projects,
    /// Something could not be done there: the next hook looks at everything.
    pub behind: bool,
}

impl Ground {
    /// Whether it is the same LXD, wherever it listens and whatever certificate it presents now.
    #[must_use]
    pub fn is_the_same_lxd(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint || self.server == other.server
    }

    /// Nothing changed that every relation would have to be told, or that may have changed what we can see.
    #[must_use]
    pub fn is_the_same(&self, other: &Self) -> bool {
        let Self {
            endpoint,
            server,
            client,
            nodes: _,
            version,
            restricted_to,
            behind,
        } = self;
        *endpoint == other.endpoint
            && *server == other.server
            && *client == other.client
            && *version == other.version
            && *restricted_to == other.restricted_to
            && *behind == other.behind
    }
}

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
    pub fn askers(&self) -> Claims {
        let mut askers = Claims::new();
        for (id, relation) in &self.relations {
            let name = EntryName::new(*id, &relation.application);
            for fingerprint in relation.asked() {
                askers.entry(fingerprint).or_default().insert(name.clone());
            }
        }
        askers
    }

    /// What is known to be in the trust store, with the names that the entries may have there, the likeliest first.
    #[must_use]
    pub fn claims(&self) -> Claims {
        let mut claims = Claims::new();
        let mut add = |name: EntryName, fingerprint| {
            let names: &mut BTreeSet<EntryName> = claims.entry(fingerprint).or_default();
            names.insert(name);
        };
        for (id, relation) in &self.relations {
            for fingerprint in relation.trusted() {
                add(EntryName::new(*id, &relation.application), fingerprint);
            }
        }
        for (name, fingerprints) in self.owed.iter().chain(&self.doubted) {
            for fingerprint in fingerprints {
                add(name.clone(), *fingerprint);
            }
        }
        claims
    }

    /// Notes under which names the entries that were seen stand in the trust store, after these steps.
    pub fn note_names(&mut self, owner: &Owner, store: &Store, done: &[Step]) {
        let askers = self.askers();
        let known = |fingerprint: &Fingerprint| askers.contains_key(fingerprint);
        self.not_ours.retain(known);
        for set in self.called.values_mut() {
            set.retain(known);
        }
        let seen = store.entries.values().flatten();
        let mut names: BTreeMap<Fingerprint, Ownership> = seen
            .map(|entry| (entry.fingerprint, owner.of(&entry.name)))
            .collect();
        names.extend(done.iter().filter_map(|step| match step {
            Step::Register { name, .. } | Step::Rename { to: name, .. } => {
                Some((step.fingerprint(), Ownership::Relation(name.clone())))
            }
            Step::Confine { .. } | Step::Remove { .. } => None,
        }));
        for (fingerprint, name) in names {
            let Some(lowest) = askers.get(&fingerprint).and_then(BTreeSet::first) else {
                continue;
            };
            self.not_ours.remove(&fingerprint);
            for set in self.called.values_mut() {
                set.remove(&fingerprint);
            }
            match name {
                Ownership::Relation(name) if name == *lowest => {}
                Ownership::Relation(name) => {
                    self.called.entry(name).or_default().insert(fingerprint);
                }
                Ownership::Operator | Ownership::Foreign => {
                    self.not_ours.insert(fingerprint);
                }
            }
        }
        self.called.retain(|_, set| !set.is_empty());
    }

    /// Nothing is known that could be left in the trust store, or of one `relation`.
    #[must_use]
    pub fn is_settled(&self, relation: Option<RelationId>) -> bool {
        let about = |id: &RelationId| relation.is_none_or(|relation| relation == *id);
        self.accounted
            && !self.partial
            && self.owed.is_empty()
            && self.doubted.is_empty()
            && self
                .relations
                .iter()
                .all(|(id, relation)| relation.lines.is_empty() || !about(id))
    }
}
