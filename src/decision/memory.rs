//! The ledger as charm state: one key a line, so that a hook writes only what it changed. Pure.
//!
//! Juju takes 64 KiB a value and 2 MiB in all. A long line goes on under its key with `#1`, `#2`, …
//! In a relation hook a key that is not needed any more becomes empty, which costs no call; full looks delete it.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use super::{
    known_lxd::KnownLxd,
    ledger::{ByRequirer, Ledger, Line, Relation},
};
use crate::{
    credential::RefusedEnrolment,
    digest::TextDigest,
    names::{ApplicationName, BagName, Projects, RelationId},
    trust::owner::Requirer,
    values::{Settings, Status, json},
    x509::certificate::Fingerprint,
};

mod pieces;

pub use pieces::{changes, leftovers};
use pieces::{joined, put_in_pieces};

/// Changes whenever an older charm's memory would be misread.
const FORMAT: &str = "1";

/// The key of what the charm in Python had registered.
const PREDECESSOR: &str = "left-by-python-charm";

/// The most that is kept in all, keys and values, in bytes (Juju takes 2 MiB).
const MOST_BYTES: usize = 2_000_000;

#[derive(Serialize, Deserialize)]
struct KnownLxdText {
    endpoint: String,
    server: String,
    client: String,
    nodes: Vec<String>,
    version: String,
    restricted_to: Projects,
    behind: bool,
}

#[derive(Serialize, Deserialize)]
struct RelationText {
    application: String,
    rejected: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<String>,
}

/// Reads the charm state; `None` if there is no ledger in it, or one of another format.
#[must_use]
pub fn read(state: &Settings) -> Option<Ledger> {
    if state.get("format").map(String::as_str) != Some(FORMAT) {
        return None;
    }
    let mut ledger = Ledger::default();
    for (key, value) in joined(state) {
        take_up(&mut ledger, key, &value)?;
    }
    Some(ledger)
}

/// The ledger as charm state. Where that is more than Juju would take, the relations are left out: every hook then looks
/// at everything, which is slower and as right. If even that is too much, nothing is remembered.
#[must_use]
pub fn write(ledger: &Ledger) -> Settings {
    let nothing = Ledger::default();
    let partial = |of: &Ledger| Ledger {
        partial: true,
        relations: BTreeMap::new(),
        ..of.clone()
    };
    let whole = texts(ledger);
    if size(&whole) <= MOST_BYTES {
        return whole;
    }
    let part = texts(&partial(ledger));
    if size(&part) <= MOST_BYTES {
        return part;
    }
    texts(&partial(&nothing))
}

fn size(state: &Settings) -> usize {
    let sizes = state.iter().map(|(key, value)| key.len() + value.len());
    sizes.sum()
}

fn texts(ledger: &Ledger) -> Settings {
    let mut state = Settings::from([("format".to_owned(), FORMAT.to_owned())]);
    let mut put = |key: String, items: Vec<String>| put_in_pieces(&mut state, &key, &items);
    if ledger.accounted {
        put("accounted".to_owned(), vec!["yes".to_owned()]);
    }
    if ledger.differs {
        put("differs".to_owned(), vec!["yes".to_owned()]);
    }
    if ledger.partial {
        put("partial".to_owned(), vec!["yes".to_owned()]);
    }
    if let Some(lxd) = &ledger.lxd {
        put("ground".to_owned(), vec![json(&known_lxd_text(lxd))]);
    }
    if let Some(refused) = &ledger.refused {
        let items = [refused.attempt.as_str(), refused.why.code()];
        put("refused".to_owned(), items.map(str::to_owned).to_vec());
    }
    if let Some(said) = &ledger.said {
        put("said".to_owned(), vec![json(&[&said.state, &said.message])]);
    }
    for (id, relation) in &ledger.relations {
        let text = RelationText {
            application: relation.application.to_string(),
            rejected: relation.rejected,
            hidden: relation.hidden.iter().map(ToString::to_string).collect(),
        };
        put(format!("relation/{id}"), vec![json(&text)]);
        for (bag, line) in &relation.lines {
            put(format!("asks/{id}/{bag}"), line.iter().map(item).collect());
        }
    }
    for (key, relations) in [("gone", &ledger.gone), ("together", &ledger.together)] {
        let relations = relations.iter().map(ToString::to_string);
        put(key.to_owned(), relations.collect());
    }
    let left = ledger.left_by_python_charm.iter();
    put(
        PREDECESSOR.to_owned(),
        left.map(Fingerprint::short).collect(),
    );
    let not_ours = ledger.not_ours.iter().map(Fingerprint::short);
    put("not-ours".to_owned(), not_ours.collect());
    for (kind, marks) in [
        ("called", &ledger.named_otherwise),
        ("owed", &ledger.owed),
        ("doubted", &ledger.unclaimed),
    ] {
        for (name, fingerprints) in marks {
            let key = format!("{kind}/{}/{}", name.relation, name.application);
            put(key, fingerprints.iter().map(Fingerprint::short).collect());
        }
    }
    state
}

/// Adds one key to the ledger; `None` if it cannot be understood.
fn take_up(ledger: &mut Ledger, key: &str, value: &str) -> Option<()> {
    let mut fields = key.splitn(3, '/');
    let kind = fields.next()?;
    match (kind, fields.next(), fields.next()) {
        ("format", None, None) => {}
        ("accounted", None, None) => ledger.accounted = true,
        ("differs", None, None) => ledger.differs = true,
        ("partial", None, None) => ledger.partial = true,
        ("ground", None, None) => ledger.lxd = Some(known_lxd(value)?),
        ("refused", None, None) => {
            let (attempt, why) = value.split_once(' ')?;
            ledger.refused = Some(RefusedEnrolment {
                attempt: TextDigest::remembered(attempt),
                why: parsed(why)?,
            });
        }
        ("said", None, None) => {
            let [state, message]: [String; 2] = serde_json::from_str(value).ok()?;
            ledger.said = Some(Status { state, message });
        }
        ("gone", None, None) => {
            ledger.gone = relations(value)?;
        }
        ("together", None, None) => {
            ledger.together = relations(value)?;
        }
        ("relation", Some(id), None) => {
            let text: RelationText = serde_json::from_str(value).ok()?;
            let relation = relation(ledger, parsed(id)?, parsed(&text.application)?);
            relation.rejected = text.rejected;
            let hidden = text.hidden.iter().map(|unit| parsed(unit));
            relation.hidden = hidden.collect::<Option<_>>()?;
        }
        ("asks", Some(id), Some(bag)) => {
            let bag: BagName = parsed(bag)?;
            let application = bag.application().clone();
            let line = value.split(' ').map(read_item).collect::<Option<Line>>()?;
            relation(ledger, parsed(id)?, application)
                .lines
                .insert(bag, line);
        }
        (PREDECESSOR, None, None) => ledger.left_by_python_charm = fingerprints(value)?,
        ("not-ours", None, None) => ledger.not_ours = fingerprints(value)?,
        ("called", Some(id), Some(consumer)) => {
            mark(&mut ledger.named_otherwise, id, consumer, value)?;
        }
        ("owed", Some(id), Some(consumer)) => mark(&mut ledger.owed, id, consumer, value)?,
        ("doubted", Some(id), Some(consumer)) => mark(&mut ledger.unclaimed, id, consumer, value)?,
        _ => return None,
    }
    Some(())
}

fn known_lxd(value: &str) -> Option<KnownLxd> {
    let text: KnownLxdText = serde_json::from_str(value).ok()?;
    let nodes = text.nodes.iter().filter_map(|node| node.parse().ok());
    Some(KnownLxd {
        endpoint: text.endpoint.parse().ok()?,
        server: text.server.parse().ok()?,
        client: text.client.parse().ok()?,
        nodes: nodes.collect(),
        version: text.version,
        restricted_to: text.restricted_to,
        behind: text.behind,
    })
}

/// The relation in the ledger, met now if need be (`asks/…` sorts before `relation/…`).
fn relation(ledger: &mut Ledger, id: RelationId, application: ApplicationName) -> &mut Relation {
    ledger
        .relations
        .entry(id)
        .or_insert_with(|| Relation::new(application))
}

fn mark(marks: &mut ByRequirer, id: &str, consumer: &str, value: &str) -> Option<()> {
    let name = Requirer {
        relation: parsed(id)?,
        application: parsed(consumer)?,
    };
    marks.insert(name, fingerprints(value)?);
    Some(())
}

fn relations(value: &str) -> Option<BTreeSet<RelationId>> {
    value.split(' ').map(parsed).collect()
}

fn fingerprints(value: &str) -> Option<BTreeSet<Fingerprint>> {
    value.split(' ').map(Fingerprint::from_short).collect()
}

/// `+<digest>.<fingerprint>` for what is published as trusted, `-…` for what waits.
fn item(((digest, fingerprint), trusted): (&(TextDigest, Fingerprint), &bool)) -> String {
    let sign = if *trusted { '+' } else { '-' };
    format!("{sign}{}.{}", digest.as_str(), fingerprint.short())
}

fn read_item(text: &str) -> Option<((TextDigest, Fingerprint), bool)> {
    let trusted = text.starts_with('+');
    let (digest, fingerprint) = text.strip_prefix(['+', '-'])?.split_once('.')?;
    let fingerprint = Fingerprint::from_short(fingerprint)?;
    Some(((TextDigest::remembered(digest), fingerprint), trusted))
}

fn known_lxd_text(lxd: &KnownLxd) -> KnownLxdText {
    KnownLxdText {
        endpoint: lxd.endpoint.to_string(),
        server: lxd.server.to_string(),
        client: lxd.client.to_string(),
        nodes: lxd.nodes.iter().map(ToString::to_string).collect(),
        version: lxd.version.clone(),
        restricted_to: lxd.restricted_to.clone(),
        behind: lxd.behind,
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
