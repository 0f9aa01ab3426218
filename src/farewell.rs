//! What is said and done about entries that stay behind: when the last unit leaves, and when the charm is pointed to
//! another LXD.

use crate::{
    apply::Outcome,
    entry::{Owner, Ownership},
    error::Class,
    event::Verdict,
    ledger::{Ground, Ledger, Marks},
    session::Problem,
    store::Store,
};

/// The last unit has taken away what it could; the operators' entries stay and are named.
#[must_use]
pub fn with_lxd(owner: &Owner, store: &Store, outcome: &Outcome) -> Verdict {
    for entry in store.entries.values().flatten() {
        if owner.of(&entry.name) == Ownership::Operator {
            tracing::info!("stays in LXD: {} {}", entry.fingerprint, entry.name);
        }
    }
    for step in &outcome.undone {
        tracing::error!("still to be done: {step}");
    }
    if outcome.undone.is_empty() {
        Verdict::Done
    } else {
        Verdict::Again
    }
}

/// LXD cannot be asked to forget what we made. Where waiting may help and there may be something left, Juju tries again.
#[must_use]
pub fn without_lxd(owner: &Owner, ledger: Option<&Ledger>, problem: &Problem) -> Verdict {
    if ledger.is_some_and(Ledger::is_settled) {
        return Verdict::Done;
    }
    tracing::error!("{}", problem.detail);
    if problem.class == Class::Transient {
        return Verdict::Again;
    }
    let Some(ledger) = ledger else {
        tracing::error!("what stays in LXD is not known: nothing is remembered");
        return Verdict::Done;
    };
    for (name, fingerprints) in left(ledger) {
        for fingerprint in fingerprints {
            tracing::error!("stays in LXD: {fingerprint} {}", owner.name(&name));
        }
    }
    Verdict::Done
}

/// The charm was pointed to another LXD: what it made on the old one stays there, and is named.
pub fn moved_away(owner: &Owner, before: Option<&Ledger>, now: &Ground) {
    let Some((ledger, ground)) = before.and_then(|ledger| Some((ledger, ledger.ground.as_ref()?)))
    else {
        return;
    };
    if ground.is_the_same_lxd(now) {
        return;
    }
    for (name, fingerprints) in left(ledger) {
        tracing::warn!(
            "stays in LXD at {}: {} of {}",
            ground.endpoint,
            fingerprints.len(),
            owner.name(&name)
        );
    }
}

/// What this unit knows to be in the trust store, by the names that the entries should have.
fn left(ledger: &Ledger) -> Marks {
    let mut left = Marks::new();
    for (fingerprint, names) in ledger.askers() {
        if let Some(name) = names.first() {
            left.entry(name.clone()).or_default().insert(fingerprint);
        }
    }
    for (name, fingerprints) in ledger.owed.iter().chain(&ledger.doubted) {
        left.entry(name.clone()).or_default().extend(fingerprints);
    }
    left
}
