//! What is said and done about entries that stay behind: when the last unit leaves, and when the charm is pointed to
//! another LXD.

use crate::{
    apply::Outcome,
    certificate::Fingerprint,
    entry::{EntryName, Owner, Ownership},
    error::Class,
    event::{Subject, Verdict},
    ledger::{Ground, Ledger, Marks},
    session::Problem,
    status::count,
    store::Store,
};

/// The most names that one line holds.
const MOST_NAMES: usize = 20;

/// Whether nothing is known that the last unit would have to take away in this hook.
#[must_use]
pub fn is_settled(ledger: Option<&Ledger>, subject: &Subject) -> bool {
    ledger.is_some_and(|ledger| ledger.is_settled(subject.relation()))
}

/// The last unit has taken away what it could. Operators' entries stay, and are named as it stops.
#[must_use]
pub fn with_lxd(owner: &Owner, subject: &Subject, store: &Store, outcome: &Outcome) -> Verdict {
    if *subject == Subject::Stop {
        for entry in store.entries.values().flatten() {
            if owner.of(&entry.name) == Ownership::Operator {
                tracing::warn!("stays in LXD: {} {}", entry.fingerprint, entry.name);
            }
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

/// LXD cannot be asked to forget what we made. What stays is named; where waiting may help, Juju tries again.
#[must_use]
pub fn without_lxd(
    owner: &Owner,
    subject: &Subject,
    ledger: Option<&Ledger>,
    problem: &Problem,
) -> Verdict {
    if is_settled(ledger, subject) {
        return Verdict::Done;
    }
    tracing::error!("{}", problem.line());
    match ledger {
        Some(ledger) => {
            for (name, fingerprints) in left(ledger) {
                for fingerprint in fingerprints {
                    let [name, _] = owner.names(&name, fingerprint);
                    tracing::error!("stays in LXD: {fingerprint} {name}");
                }
            }
        }
        None => tracing::error!("what stays in LXD is not known: nothing is remembered"),
    }
    match problem.class {
        Class::Transient => Verdict::Again,
        Class::Operator => Verdict::Done,
    }
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
        let full = |fingerprint: &Fingerprint| owner.names(&name, *fingerprint)[0].clone();
        let mut names: Vec<String> = fingerprints.iter().take(MOST_NAMES).map(full).collect();
        if fingerprints.len() > names.len() {
            names.push(format!("{} more", fingerprints.len() - names.len()));
        }
        tracing::error!(
            "stays in LXD at {}: {}: {}",
            ground.endpoint,
            count(fingerprints.len(), "certificate"),
            names.join(", ")
        );
    }
}

/// What this unit knows to be in the trust store, by the names that the entries have there.
fn left(ledger: &Ledger) -> Marks {
    let mut left = Marks::new();
    let mut add = |name: &EntryName, fingerprint: Fingerprint| {
        left.entry(name.clone()).or_default().insert(fingerprint);
    };
    for (fingerprint, names) in ledger.claims() {
        let mut called = ledger.called.iter();
        let called = called.find(|(_, known)| known.contains(&fingerprint));
        if let Some(name) = called.map(|(name, _)| name).or_else(|| names.first())
            && !ledger.not_ours.contains(&fingerprint)
        {
            add(name, fingerprint);
        }
    }
    left
}
