//! LXD's trust store, which checks at every change that nothing foreign was touched.

use std::collections::{BTreeMap, BTreeSet};

use lab::equation::{self, Store};
use lxd_integrator::{
    decision::known_lxd::KnownLxd,
    names::{self, Projects},
    relation::rejection::Reason,
    trust::{
        Entry,
        change::Change,
        confinement::{Confinement, Restriction},
        outcome::Outcome,
        owner::Requirer,
    },
    x509::certificate::Fingerprint,
};

use crate::pool;

/// What happens to a hook at a write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mishap {
    /// At which write.
    pub(crate) write: usize,
    /// Whether it took effect.
    pub(crate) acted: bool,
    /// The hook is killed; otherwise its answer is lost, and LXD cannot be asked any more.
    pub(crate) kills: bool,
}

/// What the operator may ask for, the first one to begin with, and whether LXD can restrict clients at all.
const RESTRICTIONS: [(&str, bool); 5] = [
    ("", true),
    ("a", true),
    ("a,b", true),
    ("a,missing", true),
    ("a", false),
];

/// The projects that there are.
const PROJECTS: &str = "a,b,default";

/// An LXD and its trust store.
#[derive(Default)]
pub(crate) struct Lxd {
    /// Which of the two it is.
    pub(crate) number: u8,
    /// Which of the restrictions is asked for.
    pub(crate) asked: usize,
    pub(crate) entries: BTreeMap<Fingerprint, Entry>,
    pub(crate) away: bool,
    /// What others have put there.
    theirs: Store<Fingerprint>,
    /// The last hook left something undone.
    pub(crate) undone: bool,
    /// Something stopped it.
    pub(crate) failed: bool,
}

pub(crate) fn entry(fingerprint: Fingerprint, name: &str, kind: &str) -> Entry {
    Entry {
        fingerprint,
        name: name.to_owned(),
        kind: kind.to_owned(),
        confinement: Confinement::Nothing,
    }
}

impl Lxd {
    /// Another restriction is asked for.
    pub(crate) fn ask(&mut self, choice: u8) -> String {
        self.asked = usize::from(choice) % RESTRICTIONS.len();
        let (option, can) = RESTRICTIONS[self.asked];
        format!("restrict_to_projects={option:?} on an LXD that can do it: {can}")
    }

    fn projects(&self) -> (Projects, bool) {
        let (option, can) = RESTRICTIONS[self.asked];
        (names::projects(option), can)
    }

    /// What entries of ours may do. Who looks at one thing alone believes that the projects exist.
    pub(crate) fn restriction(&self, wide: bool) -> Restriction {
        match self.projects() {
            (asked, _) if asked.is_empty() => Restriction::Open,
            (_, false) => Restriction::Impossible,
            (asked, true) if wide => Restriction::of(&asked, &names::projects(PROJECTS)),
            (asked, true) => Restriction::To(asked),
        }
    }

    /// New entries can be made as the operator wants them.
    pub(crate) fn is_as_asked(&self) -> bool {
        self.restriction(true).lets_register()
    }

    /// As the charm would remember it.
    pub(crate) fn known(&self) -> KnownLxd {
        let (restricted_to, can) = self.projects();
        let host = format!("10.0.0.{}", self.number + 1);
        KnownLxd {
            endpoint: host.parse().expect("an endpoint"),
            client: pool::own(),
            nodes: BTreeSet::new(),
            restricted_to,
            server: Fingerprint::of(host.as_bytes()),
            version: if can { "5.0.2" } else { "4.0.9" }.to_owned(),
            behind: false,
        }
    }

    /// An administrator was here: whatever is not ours now is theirs.
    pub(crate) fn note(&mut self) {
        let owner = pool::owner().to_string();
        let mut theirs = self.store();
        theirs.retain(|entry, known| *entry == pool::own() || !equation::is_ours(&owner, known));
        self.theirs = theirs;
    }

    pub(crate) fn store(&self) -> Store<Fingerprint> {
        let entries = self.entries.iter();
        entries
            .map(|(entry, known)| (*entry, (known.name.clone(), known.kind.clone())))
            .collect()
    }

    pub(crate) const fn theirs(&self) -> &Store<Fingerprint> {
        &self.theirs
    }

    /// Carries out the steps as `apply` does; `None` if the hook is killed.
    pub(crate) fn apply(
        &mut self,
        changes: &[Change],
        mishap: Option<Mishap>,
    ) -> Result<Option<Outcome>, String> {
        let mut outcome = Outcome::default();
        (self.undone, self.failed) = (false, false);
        for (write, change) in changes.iter().enumerate() {
            let strikes = mishap.filter(|mishap| mishap.write == write);
            let missing = self.names_a_missing_project(change);
            if !missing && strikes.is_none_or(|mishap| mishap.acted) {
                self.act(change, &mut outcome)?;
            }
            match strikes {
                Some(Mishap { kills: true, .. }) => return Ok(None),
                _ if missing || strikes.is_some() => {
                    outcome.trusted.remove(&change.fingerprint());
                    outcome.undone = changes[write..].to_vec();
                    (self.undone, self.failed) = (true, true);
                    return Ok(Some(outcome));
                }
                _ => {
                    let left = outcome.undone.last() == Some(change);
                    if !left && !outcome.refused.contains_key(&change.fingerprint()) {
                        outcome.done.push(change.clone());
                    }
                }
            }
        }
        self.undone |= !outcome.undone.is_empty();
        let killed = mishap.is_some_and(|mishap| mishap.kills);
        Ok((!killed).then_some(outcome))
    }

    /// The first name for such an entry that no other one has: as with LXD since 5.21.5 and 6.6.
    fn free(&self, name: &Requirer, fingerprint: Fingerprint) -> Option<String> {
        let names = pool::owner().names(name, fingerprint);
        names.into_iter().find(|name| !has(&self.entries, name))
    }

    /// LXD refuses it, and the hook goes no further.
    fn names_a_missing_project(&self, change: &Change) -> bool {
        match change {
            Change::Register {
                confinement: to, ..
            }
            | Change::Confine { to, .. } => match to {
                Confinement::To(projects) => !projects.is_subset(&names::projects(PROJECTS)),
                Confinement::Nothing => false,
            },
            Change::Rename { .. } | Change::Remove { .. } => false,
        }
    }

    fn act(&mut self, change: &Change, outcome: &mut Outcome) -> Result<(), String> {
        let fingerprint = change.fingerprint();
        match change {
            Change::Register {
                name, confinement, ..
            } => match self.entries.get(&fingerprint) {
                None => match self.free(name, fingerprint) {
                    Some(name) => {
                        let new = Entry {
                            confinement: confinement.clone(),
                            ..entry(fingerprint, &name, "client")
                        };
                        self.entries.insert(fingerprint, new);
                        outcome.trusted.insert(fingerprint);
                    }
                    None => {
                        let reason = Reason::Refused("its name is taken".to_owned());
                        outcome.refused.insert(fingerprint, reason);
                    }
                },
                Some(there) if there.is_client() => drop(outcome.trusted.insert(fingerprint)),
                Some(there) => {
                    let reason = Reason::OtherType(there.kind.clone());
                    outcome.refused.insert(fingerprint, reason);
                }
            },
            Change::Rename { to, .. } => {
                let name = self.free(to, fingerprint);
                match (self.entries.get_mut(&fingerprint), name) {
                    (Some(there), Some(name)) => there.name = name,
                    _ => outcome.undone.push(change.clone()),
                }
            }
            Change::Confine { to, .. } => match self.entries.get_mut(&fingerprint) {
                Some(there) => there.confinement = to.clone(),
                None => outcome.undone.push(change.clone()),
            },
            Change::Remove { .. } => drop(self.entries.remove(&fingerprint)),
        }
        equation::untouched(&self.store(), &self.theirs)
    }
}

fn has(entries: &BTreeMap<Fingerprint, Entry>, name: &str) -> bool {
    entries.values().any(|entry| entry.name == name)
}
