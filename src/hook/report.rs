//! Tells Juju what came of a hook: databags, memory, log, status. Only what changed is written.

use std::collections::{BTreeMap, BTreeSet};

use super::{observe::View, problem::Problem, status};
use crate::{
    credential::RESTRICT_TO_PROJECTS,
    decision::{
        answers::Answers,
        known_lxd::KnownLxd,
        ledger::{Ledger, Relation},
        memory,
        observed::Observed,
        scope::Leaving,
    },
    juju::{Error, Writer},
    names::RelationId,
    relation::{
        provider::{self, Nodes},
        rejection::Rejection,
    },
    values::Status,
    x509::certificate::Fingerprint,
};

/// The most new rejections of one relation that get a line each.
const MOST_LINES: usize = 10;

/// How the hook found the world.
#[derive(Debug)]
pub(super) enum News {
    /// All is well with so many nodes.
    Active(usize),
    /// It is not.
    Problem(Problem),
}

/// Writes what changed in our databags, and returns where something did. A relation that is over meanwhile is forgotten.
///
/// # Errors
/// When the hook tool fails.
pub(super) fn publish(
    answers: &Answers,
    observed: &Observed,
    nodes: &Nodes,
    next: &mut Ledger,
) -> Result<Vec<RelationId>, Error> {
    let mut published = Vec::new();
    for (id, answer) in answers {
        let Some(seen) = observed.relations.get(id) else {
            continue;
        };
        log_rejections(&provider::published_rejections(&seen.own), &answer.rejected);
        let changes = provider::changes(&seen.own, &answer.texts(nodes));
        if changes.is_empty() {
            continue;
        }
        match Writer.databag(*id, &changes) {
            Err(error) if error.is_relation_gone() => {
                next.relations.remove(id);
                next.gone.insert(*id);
            }
            result => {
                result?;
                published.push(*id);
            }
        }
    }
    Ok(published)
}

/// Names what is published although it may do more than the operator asked for, when that begins.
pub(super) fn log_wider(
    wider: &BTreeMap<Fingerprint, String>,
    before: Option<&Ledger>,
    now: &KnownLxd,
) {
    let lxd = before.and_then(|ledger| ledger.lxd.as_ref());
    let same = lxd.is_some_and(|lxd| lxd.restricted_to == now.restricted_to);
    let relations = before.iter().flat_map(|ledger| ledger.relations.values());
    let known: BTreeSet<Fingerprint> = relations.flat_map(Relation::trusted).collect();
    for (fingerprint, name) in wider {
        if !same || !known.contains(fingerprint) {
            tracing::warn!(
                "{fingerprint} is published, and may do more than {RESTRICT_TO_PROJECTS} says: its entry {name:?} is not ours"
            );
        }
    }
}

/// Names the relations that Juju refuses to show from now on. Some stay in its list for good.
fn log_gone(observed: &Observed, before: Option<&Ledger>) {
    for (id, words) in &observed.gone {
        if before.is_some_and(|ledger| ledger.relations.contains_key(id)) {
            tracing::warn!("relation {id} is over, although Juju lists it: {words}");
        }
    }
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
            provider::REJECTED
        );
    }
}

/// Writes the memory, the version and, last, the status, which is returned.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn remember(view: &View, next: Ledger, news: &News) -> Result<Status, Error> {
    let mut next = next;
    let before = view.ledger.as_ref();
    log_gone(&view.observed, before);
    let said = before.and_then(|ledger| ledger.said.clone());
    let status = match news {
        News::Active(nodes) => status::active(*nodes, &next),
        News::Problem(problem) => problem.status.clone(),
    };
    // A unit that leaves says nothing any more.
    let stays = view.leaving == Leaving::No;
    next.said = if stays {
        Some(status.clone())
    } else {
        said.clone()
    };
    write_memory(view, &next)?;
    if !stays {
        return Ok(status);
    }
    let version = |ledger: Option<&Ledger>| {
        ledger
            .and_then(|ledger| ledger.lxd.as_ref())
            .map(|lxd| lxd.version.clone())
    };
    if let Some(version) = version(Some(&next))
        .filter(|new| view.observed.wide && version(before).as_ref() != Some(new))
    {
        Writer.version(&version)?;
    }
    if said.as_ref() != Some(&status) {
        match news {
            News::Problem(problem) if !problem.expected => tracing::warn!("{}", problem.line()),
            _ => tracing::info!("{}: {}", status.state, status.message),
        }
    }
    let shown = view.status.as_ref().or(said.as_ref());
    if shown != Some(&status) {
        Writer.status(&status)?;
    }
    Ok(status)
}

fn write_memory(view: &View, next: &Ledger) -> Result<(), Error> {
    let state = memory::write(next);
    let changes = memory::changes(&view.state, &state);
    if !changes.is_empty() {
        Writer.state(&changes)?;
    }
    if view.observed.wide {
        for key in memory::leftovers(&view.state, &state) {
            Writer.forget(key)?;
        }
    }
    Ok(())
}
