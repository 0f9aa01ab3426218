//! Tells Juju what came of a hook: databags, memory, log, status. Only what changed is written.

use std::collections::BTreeSet;

use crate::{
    apply::Outcome,
    demand::Sight,
    entry::{Owner, Ownership},
    error::Class,
    interface::{self, Nodes},
    juju::{Error, Status, Writer},
    ledger::{Ground, Ledger, Marks},
    memory,
    observe::{First, Standing},
    plan::Store,
    publish::Answers,
    rejection::Rejection,
    run::Verdict,
    session::Problem,
    status,
};

/// The most new rejections of one relation that get a line each.
const MOST_LINES: usize = 10;

/// How the hook found the world.
#[derive(Debug)]
pub enum News {
    /// All is well with so many nodes.
    Active(usize),
    /// It is not.
    Problem(Problem),
}

/// Writes what changed in our databags. A relation that is over meanwhile is forgotten.
///
/// # Errors
/// When the hook tool fails.
pub fn publish(
    answers: &Answers,
    sight: &Sight,
    nodes: &Nodes,
    next: &mut Ledger,
) -> Result<(), Error> {
    for (id, answer) in answers {
        let Some(seen) = sight.relations.get(id) else {
            continue;
        };
        log_rejections(
            &interface::published_rejections(&seen.own),
            &answer.rejected,
        );
        let changes = interface::changes(&seen.own, &answer.texts(nodes));
        if changes.is_empty() {
            continue;
        }
        match Writer.databag(*id, &changes) {
            Err(error) if error.is_relation_gone() => {
                next.relations.remove(id);
            }
            result => result?,
        }
    }
    Ok(())
}

fn log_rejections(before: &[Rejection], now: &[Rejection]) {
    let before: BTreeSet<&Rejection> = before.iter().collect();
    let new: Vec<&Rejection> = now
        .iter()
        .filter(|rejection| !before.contains(rejection))
        .collect();
    for Rejection {
        bag, index, reason, ..
    } in new.iter().take(MOST_LINES)
    {
        tracing::warn!("rejected: certificate {index} of {bag}: {reason}");
    }
    if new.len() > MOST_LINES {
        tracing::warn!(
            "rejected: {} more, see {}",
            new.len() - MOST_LINES,
            interface::REJECTED
        );
    }
}

/// Writes the memory, the version and, last, the status.
///
/// # Errors
/// When a hook tool fails.
pub fn remember(
    first: &First,
    before: Option<&Ledger>,
    next: Ledger,
    news: News,
) -> Result<(), Error> {
    let mut next = next;
    let said = before.and_then(|ledger| ledger.said.clone());
    let (status, detail) = match news {
        News::Active(nodes) => (status::active(nodes, &next), None),
        News::Problem(problem) => (problem.status, Some(problem.detail)),
    };
    // A unit that leaves says nothing any more.
    let stays = first.standing == Standing::Stays;
    next.said = if stays {
        Some(status.clone())
    } else {
        said.clone()
    };
    write_memory(first, &next)?;
    if !stays {
        return Ok(());
    }
    let version = |ledger: Option<&Ledger>| {
        ledger
            .and_then(|ledger| ledger.ground.as_ref())
            .map(|ground| ground.version.clone())
    };
    if let Some(version) =
        version(Some(&next)).filter(|new| first.sight.wide && version(before).as_ref() != Some(new))
    {
        Writer.version(&version)?;
    }
    if said.as_ref() != Some(&status) {
        log_status(&status, detail.as_deref());
    }
    let shown = first.status.as_ref().or(said.as_ref());
    if shown == Some(&status) {
        Ok(())
    } else {
        Writer.status(&status)
    }
}

fn log_status(status: &Status, detail: Option<&str>) {
    match detail {
        Some(detail) if *detail == status.message => tracing::error!("{}: {detail}", status.state),
        Some(detail) => tracing::error!("{}: {}: {detail}", status.state, status.message),
        None => tracing::info!("{}: {}", status.state, status.message),
    }
}

fn write_memory(first: &First, next: &Ledger) -> Result<(), Error> {
    let state = memory::write(next);
    let changes = memory::changes(&first.state, &state);
    if !changes.is_empty() {
        Writer.state(&changes)?;
    }
    if first.sight.wide {
        for key in memory::leftovers(&first.state, &state) {
            Writer.forget(key)?;
        }
    }
    Ok(())
}

/// The last unit has taken away what it could; the operators' entries stay and are named.
#[must_use]
pub fn farewell(owner: &Owner, store: &Store, outcome: &Outcome) -> Verdict {
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
pub fn farewell_without_lxd(owner: &Owner, ledger: Option<&Ledger>, problem: &Problem) -> Verdict {
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
    if ground.endpoint == now.endpoint || ground.server == now.server {
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
