//! LXD's trust store, which checks at every change that nothing foreign was touched.

use std::collections::BTreeMap;

use lxd_integrator::{
    apply::Outcome, certificate::Fingerprint, confinement::Confinement, entry::EntryName,
    lxd::Entry, rejection::Reason, step::Step,
};

use crate::{
    equation::{self, Store},
    pool,
};

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

/// The trust store.
#[derive(Default)]
pub(crate) struct Lxd {
    pub(crate) entries: BTreeMap<Fingerprint, Entry>,
    pub(crate) away: bool,
    /// What others have put there.
    theirs: Store<Fingerprint>,
    /// The last hook left something undone.
    pub(crate) undone: bool,
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
        steps: &[Step],
        mishap: Option<Mishap>,
    ) -> Result<Option<Outcome>, String> {
        let mut outcome = Outcome::default();
        self.undone = false;
        for (write, step) in steps.iter().enumerate() {
            let strikes = mishap.filter(|mishap| mishap.write == write);
            if strikes.is_none_or(|mishap| mishap.acted) {
                self.act(step, &mut outcome)?;
            }
            match strikes {
                Some(Mishap { kills: true, .. }) => return Ok(None),
                Some(_) => {
                    outcome.trusted.remove(&step.fingerprint());
                    outcome.undone = steps[write..].to_vec();
                    self.undone = true;
                    return Ok(Some(outcome));
                }
                None => {
                    let left = outcome.undone.last() == Some(step);
                    if !left && !outcome.refused.contains_key(&step.fingerprint()) {
                        outcome.done.push(step.clone());
                    }
                }
            }
        }
        self.undone |= !outcome.undone.is_empty();
        let killed = mishap.is_some_and(|mishap| mishap.kills);
        Ok((!killed).then_some(outcome))
    }

    /// The first name for such an entry that no other one has: as with LXD since 5.21.5 and 6.6.
    fn free(&self, name: &EntryName, fingerprint: Fingerprint) -> Option<String> {
        let names = pool::owner().names(name, fingerprint);
        names.into_iter().find(|name| !has(&self.entries, name))
    }

    fn act(&mut self, step: &Step, outcome: &mut Outcome) -> Result<(), String> {
        let fingerprint = step.fingerprint();
        match step {
            Step::Register { name, .. } => match self.entries.get(&fingerprint) {
                None => match self.free(name, fingerprint) {
                    Some(name) => {
                        let new = entry(fingerprint, &name, "client");
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
            Step::Rename { to, .. } => {
                let name = self.free(to, fingerprint);
                match (self.entries.get_mut(&fingerprint), name) {
                    (Some(there), Some(name)) => there.name = name,
                    _ => outcome.undone.push(step.clone()),
                }
            }
            Step::Confine { .. } => return Err(format!("nothing is restricted: {step}")),
            Step::Remove { .. } => drop(self.entries.remove(&fingerprint)),
        }
        equation::untouched(&self.store(), &self.theirs)
    }
}

fn has(entries: &BTreeMap<Fingerprint, Entry>, name: &str) -> bool {
    entries.values().any(|entry| entry.name == name)
}
