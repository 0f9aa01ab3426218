//! The charm in Python that this one replaces with `juju refresh`, and what it left behind: files, and entries of the
//! trust store that only its databags tell of.

use std::{fs, io, path::Path};

use super::environment::Environment;
use crate::{
    credential::{Credential, CredentialError, Options},
    decision::{event::Event, ledger::Ledger},
    juju::Reader,
    trust::store::TrustStore,
};

/// What it kept in the charm's folder, which Juju does not clear: our client key among it.
const FILES: &[&str] = &["client.crt", "client.key", "server.crt", ".unit-state.db"];

/// Removes its files; what cannot be removed is said, and is in nobody's way.
pub(super) fn remove_files(folder: &Path) {
    for name in FILES {
        let file = folder.join(name);
        match fs::remove_file(&file) {
            Ok(()) => tracing::info!("removed {name}, which the charm in Python left"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!("cannot remove {}: {error}", file.display()),
        }
    }
}

/// Names its entries that nobody asks for, when they are seen for the first time. They are somebody else's by their names,
/// so they stay.
pub(super) fn name_what_is_left(before: Option<&Ledger>, now: &Ledger, store: &TrustStore) {
    if before.is_some_and(|before| before.lxd.is_some()) {
        return;
    }
    let askers = now.askers();
    for fingerprint in &now.left_by_python_charm {
        if let (Some(Some(entry)), None) = (store.get(*fingerprint), askers.get(fingerprint)) {
            tracing::warn!(
                "left by the charm in Python, and nobody asks for it: {fingerprint} {:?}; remove it with: \
                 lxc config trust remove {fingerprint}",
                entry.name
            );
        }
    }
}

/// The cloud's credential came first with it, and options come first now: says so where both are given and differ, when
/// that begins. Of a unit that is added later it began before. Returns whether they differ, in the hooks that look. A cloud
/// that cannot be seen does not differ.
pub(super) fn compare_credentials(
    environment: &Environment,
    options: &Options,
    before: Option<&Ledger>,
    ours: Result<&Credential, &CredentialError>,
) -> Option<bool> {
    let new_unit = environment.event == Event::Installed && environment.unit.number() > 0;
    if !matches!(environment.event, Event::Installed | Event::Changed) {
        return None;
    }
    if !options.any() {
        return Some(false);
    }
    let cloud = Reader.cloud().ok().flatten();
    let theirs = cloud.and_then(|cloud| cloud.credential().ok());
    let differs = theirs.is_some_and(|theirs| {
        !ours.is_ok_and(|ours| {
            ours.endpoint == theirs.endpoint && ours.fingerprint() == theirs.fingerprint()
        })
    });
    if differs && !new_unit && !before.is_some_and(|before| before.differs) {
        tracing::warn!(
            "both options and juju trust give a credential, and they differ: the options win; reset them to use the cloud's"
        );
    }
    Some(differs)
}
