//! Tells Juju what came of a hook: databags, memory, log, status. Only what changed is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    certificate::Fingerprint,
    confinement::OPTION,
    demand::Sight,
    interface::{self, Nodes},
    juju::{Error, Status, Writer},
    ledger::{Ground, Ledger, Relation},
    memory,
    names::RelationId,
    observe::{First, Standing},
    publish::Answers,
    rejection::Rejection,
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

/// Writes what changed in our databags, and returns where something did. A relation that is over meanwhile is forgotten.
///
/// # Errors
/// When the hook tool fails.
pub fn publish(
    answers: &Answers,
    sight: &Sight,
    nodes: &Nodes,
    next: &mut Ledger,
) -> Result<Vec<RelationId>, Error> {
    let mut published = Vec::new();
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
pub fn log_wider(wider: &BTreeMap<Fingerprint, String>, before: Option<&Ledger>, now: &Ground) {
    let ground = before.and_then(|ledger| ledger.ground.as_ref());
    let same = ground.is_some_and(|ground| ground.restricted_to == now.restricted_to);
    let relations = before.iter().flat_map(|ledger| ledger.relations.values());
    let known: BTreeSet<Fingerprint> = relations.flat_map(Relation::trusted).collect();
    for (fingerprint, name) in wider {
        if !same || !known.contains(fingerprint) {
            tracing::warn!(
                "{fingerprint} is published, and may do more than {OPTION} says: its entry {name:?} is not ours"
            );
        }
    }
}

/// Names the relations that Juju refuses to show from now on. Some stay in its list for good.
fn log_gone(sight: &Sight, before: Option<&Ledger>) {
    for (id, words) in &sight.gone {
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
            interface::REJECTED
        );
    }
}

/// Writes the memory, the version and, last, the status, which is returned.
///
/// # Errors
/// When a hook tool fails.
pub fn remember(first: &First, next: Ledger, news: &News) -> Result<Status, Error> {
    let mut next = next;
    let before = first.ledger.as_ref();
    log_gone(&first.sight, before);
    let said = before.and_then(|ledger| ledger.said.clone());
    let status = match news {
        News::Active(nodes) => status::active(*nodes, &next),
        News::Problem(problem) => problem.status.clone(),
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
        return Ok(status);
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
        match news {
            News::Problem(problem) if !problem.expected => tracing::warn!("{}", problem.line()),
            _ => tracing::info!("{}: {}", status.state, status.message),
        }
    }
    let shown = first.status.as_ref().or(said.as_ref());
    if shown != Some(&status) {
        Writer.status(&status)?;
    }
    Ok(status)
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
