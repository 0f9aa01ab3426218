//! What is said about entries that stay behind: when the last unit leaves, and when the charm is pointed to another LXD.

use super::{problem::Problem, status::count};
use crate::{
    decision::{Situation, known_lxd::KnownLxd, left_behind::left_behind, scope::Subject},
    trust::{outcome::Outcome, owner::Ownership, store::TrustStore},
    x509::certificate::Fingerprint,
};

/// The most names that one line holds.
const MOST_NAMES: usize = 20;

/// The last unit has taken away what it could. Operators' entries stay, and are named as it stops.
pub(super) fn log_what_stays(situation: &Situation<'_>, store: &TrustStore, outcome: &Outcome) {
    if situation.scope.subject == Subject::Stop {
        for entry in store.entries.values().flatten() {
            if situation.owner.of(&entry.name) == Ownership::Operator {
                tracing::warn!("stays in LXD: {} {}", entry.fingerprint, entry.name);
            }
        }
    }
    for change in &outcome.undone {
        tracing::error!("still to be done: {change}");
    }
}

/// LXD cannot be asked to forget what we made: names what stays.
pub(super) fn log_all(situation: &Situation<'_>, problem: &Problem) {
    if situation.is_settled() {
        return;
    }
    tracing::error!("{}", problem.line());
    let Some(ledger) = situation.ledger else {
        tracing::error!("what stays in LXD is not known: nothing is remembered");
        return;
    };
    for (requirer, fingerprints) in left_behind(ledger) {
        for fingerprint in fingerprints {
            let [name, _] = situation.owner.names(&requirer, fingerprint);
            tracing::error!("stays in LXD: {fingerprint} {name}");
        }
    }
}

/// The charm was pointed to another LXD: what it made on the old one stays there, and is named.
pub(super) fn log_move(situation: &Situation<'_>, now: &KnownLxd) {
    let before = situation.ledger;
    let Some((ledger, lxd)) = before.and_then(|ledger| Some((ledger, ledger.lxd.as_ref()?))) else {
        return;
    };
    if lxd.is_the_same_lxd(now) {
        return;
    }
    for (requirer, fingerprints) in left_behind(ledger) {
        let full = |fingerprint: &Fingerprint| {
            let [name, _] = situation.owner.names(&requirer, *fingerprint);
            name
        };
        let mut names: Vec<String> = fingerprints.iter().take(MOST_NAMES).map(full).collect();
        if fingerprints.len() > names.len() {
            names.push(format!("{} more", fingerprints.len() - names.len()));
        }
        tracing::error!(
            "stays in LXD at {}: {}: {}",
            lxd.endpoint,
            count(fingerprints.len(), "certificate"),
            names.join(", ")
        );
    }
}
