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
                None => {}
            }
        }
        self.undone |= !outcome.undone.is_empty();
        let killed = mishap.is_some_and(|mishap| mishap.kills);
        Ok((!killed).then_some(outcome))
    }

    fn act(&mut self, step: &Step, outcome: &mut Outcome) -> Result<(), String> {
        let fingerprint = step.fingerprint();
        match step {
            Step::Register { name, .. } => match self.entries.get(&fingerprint) {
                None => {
                    self.entries
                        .insert(fingerprint, entry(fingerprint, &full(name), "client"));
                    outcome.trusted.insert(fingerprint);
                }
                Some(there) if there.is_client() => drop(outcome.trusted.insert(fingerprint)),
                Some(there) => {
                    let reason = Reason::OtherType(there.kind.clone());
                    outcome.refused.insert(fingerprint, reason);
                }
            },
            Step::Rename { to, .. } => match self.entries.get_mut(&fingerprint) {
                Some(there) => there.name = full(to),
                None => outcome.undone.push(step.clone()),
            },
            Step::Confine { .. } => return Err(format!("nothing is restricted: {step}")),
            Step::Remove { .. } => drop(self.entries.remove(&fingerprint)),
        }
        equation::untouched(&self.store(), &self.theirs)
    }
}

fn full(name: &EntryName) -> String {
    pool::owner().name(name)
}
