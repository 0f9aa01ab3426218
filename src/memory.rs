//! The ledger as charm state: one key a line, so that a hook writes only what it changed. Pure.
//!
//! Juju takes 64 KiB a value and 2 MiB in all. A long line goes on under its key with `#1`, `#2`, …
//! In a relation hook a key that is not needed any more becomes empty, which costs no call; full looks delete it.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

use crate::{
    certificate::Fingerprint,
    confinement::Projects,
    credential::RefusedEnrolment,
    entry::EntryName,
    juju::{Settings, Status, json},
    ledger::{Ground, Ledger, Line, Marks, Relation},
    names::{ApplicationName, BagName, RelationId},
    request::TextDigest,
};

/// Changes whenever an older charm's memory would be misread.
const FORMAT: &str = "1";

/// The key of what the charm in Python had registered.
const PREDECESSOR: &str = "left-by-python-charm";

/// The longest value that is written, in bytes (Juju takes 65,536).
const LONGEST_VALUE: usize = 60_000;

/// The most that is kept in all, keys and values, in bytes (Juju takes 2 MiB).
const MOST_BYTES: usize = 2_000_000;

#[derive(Serialize, Deserialize)]
struct GroundText {
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
    if let Some(ground) = &ledger.ground {
        put("ground".to_owned(), vec![json(&ground_text(ground))]);
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
    let gone = ledger.gone.iter().map(ToString::to_string);
    put("gone".to_owned(), gone.collect());
    let left = ledger.left_by_python_charm.iter();
    put(
        PREDECESSOR.to_owned(),
        left.map(Fingerprint::short).collect(),
    );
    let not_ours = ledger.not_ours.iter().map(Fingerprint::short);
    put("not-ours".to_owned(), not_ours.collect());
    for (kind, marks) in [
        ("called", &ledger.called),
        ("owed", &ledger.owed),
        ("doubted", &ledger.doubted),
    ] {
        for (name, fingerprints) in marks {
            let key = format!("{kind}/{}/{}", name.relation, name.consumer);
            put(key, fingerprints.iter().map(Fingerprint::short).collect());
        }
    }
    state
}

/// What has to be set so that `old` becomes `new`: a key that is gone becomes empty.
#[must_use]
pub fn changes(old: &Settings, new: &Settings) -> Settings {
    let gone = old
        .iter()
        .filter(|(key, value)| !new.contains_key(*key) && !value.is_empty())
        .map(|(key, _)| (key.clone(), String::new()));
    let changed = new
        .iter()
        .filter(|(key, value)| old.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()));
    gone.chain(changed).collect()
}

/// The keys of `old` that hold nothing and that `new` does not need, for a look that may take its time.
pub fn leftovers<'a>(old: &'a Settings, new: &'a Settings) -> impl Iterator<Item = &'a String> {
    old.iter()
        .filter(|(key, value)| value.is_empty() && !new.contains_key(*key))
        .map(|(key, _)| key)
}

/// Values under their keys, pieces put together, empty ones left out.
fn joined(state: &Settings) -> BTreeMap<&str, String> {
    let mut pieces: BTreeMap<(&str, usize), &str> = BTreeMap::new();
    for (key, value) in state.iter().filter(|(_, value)| !value.is_empty()) {
        let (key, number) = key.split_once('#').unwrap_or((key, "0"));
        pieces.insert((key, number.parse().unwrap_or_default()), value);
    }
    let mut joined: BTreeMap<&str, String> = BTreeMap::new();
    for ((key, _), piece) in pieces {
        let whole = joined.entry(key).or_default();
        if !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(piece);
    }
    joined
}

fn put_in_pieces(state: &mut Settings, key: &str, items: &[String]) {
    let mut number = 0;
    let mut piece = String::new();
    for item in items {
        if !piece.is_empty() && piece.len() + 1 + item.len() > LONGEST_VALUE {
            state.insert(piece_key(key, number), std::mem::take(&mut piece));
            number += 1;
        }
        if !piece.is_empty() {
            piece.push(' ');
        }
        piece.push_str(item);
    }
    if !piece.is_empty() {
        state.insert(piece_key(key, number), piece);
    }
}

fn piece_key(key: &str, number: usize) -> String {
    if number == 0 {
        key.to_owned()
    } else {
        format!("{key}#{number}")
    }
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
        ("ground", None, None) => {
            let text: GroundText = serde_json::from_str(value).ok()?;
            ledger.ground = Some(Ground {
                endpoint: text.endpoint.parse().ok()?,
                server: text.server.parse().ok()?,
                client: text.client.parse().ok()?,
                nodes: text
                    .nodes
                    .iter()
                    .filter_map(|node| node.parse().ok())
                    .collect(),
                version: text.version,
                restricted_to: text.restricted_to,
                behind: text.behind,
            });
        }
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
            ledger.gone = value.split(' ').map(parsed).collect::<Option<_>>()?;
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
        ("called", Some(id), Some(consumer)) => mark(&mut ledger.called, id, consumer, value)?,
        ("owed", Some(id), Some(consumer)) => mark(&mut ledger.owed, id, consumer, value)?,
        ("doubted", Some(id), Some(consumer)) => mark(&mut ledger.doubted, id, consumer, value)?,
        _ => return None,
    }
    Some(())
}

/// The relation in the ledger, met now if need be (`asks/…` sorts before `relation/…`).
fn relation(ledger: &mut Ledger, id: RelationId, application: ApplicationName) -> &mut Relation {
    ledger
        .relations
        .entry(id)
        .or_insert_with(|| Relation::new(application))
}

fn mark(marks: &mut Marks, id: &str, consumer: &str, value: &str) -> Option<()> {
    let name = EntryName {
        relation: parsed(id)?,
        consumer: parsed(consumer)?,
    };
    marks.insert(name, fingerprints(value)?);
    Some(())
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

fn ground_text(ground: &Ground) -> GroundText {
    GroundText {
        endpoint: ground.endpoint.to_string(),
        server: ground.server.to_string(),
        client: ground.client.to_string(),
        nodes: ground.nodes.iter().map(ToString::to_string).collect(),
        version: ground.version.clone(),
        restricted_to: ground.restricted_to.clone(),
        behind: ground.behind,
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::WhyRefused;

    fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Fingerprint> {
        numbers.map(|number| Fingerprint::of(&number.to_be_bytes()))
    }

    fn ledger(units: u32, certificates: u32) -> Ledger {
        let application: ApplicationName = "my-charm".parse().unwrap();
        let mut relation = Relation::new(application.clone());
        relation.rejected = 3;
        relation.hidden.insert("my-charm/9".parse().unwrap());
        for unit in 0..units {
            let line = numbered(unit * certificates..(unit + 1) * certificates)
                .map(|fp| ((TextDigest::of(&fp.to_string()), fp), unit % 2 == 0))
                .collect();
            relation
                .lines
                .insert(format!("my-charm/{unit}").parse().unwrap(), line);
        }
        let name = EntryName {
            relation: RelationId::new(7),
            consumer: application,
        };
        let marks = Marks::from([(name, numbered(0..3000).collect::<BTreeSet<_>>())]);
        Ledger {
            ground: Some(Ground {
                endpoint: "10.0.0.1".parse().unwrap(),
                server: Fingerprint::of(b"server"),
                client: Fingerprint::of(b"client"),
                nodes: ["10.0.0.1", "[fd00::1]:9443"]
                    .map(|node| node.parse().unwrap())
                    .into(),
                version: "5.0.2".to_owned(),
                restricted_to: Projects::from(["a project".to_owned()]),
                behind: true,
            }),
            refused: Some(RefusedEnrolment {
                attempt: TextDigest::of("token"),
                why: WhyRefused::Spent,
            }),
            said: Some(Status {
                state: "active".to_owned(),
                message: "1 node".to_owned(),
            }),
            relations: BTreeMap::from([(RelationId::new(7), relation)]),
            accounted: true,
            partial: false,
            gone: [8, 11].map(RelationId::new).into(),
            left_by_python_charm: numbered(7..9).collect(),
            called: marks.clone(),
            not_ours: numbered(9..12).collect(),
            differs: true,
            owed: marks.clone(),
            doubted: marks,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for ledger in [
            Ledger::default(),
            ledger(2, 3),
            ledger(1, 1500),
            ledger(2000, 1),
        ] {
            let state = write(&ledger);
            assert!(state.values().all(|value| value.len() < 65_536));
            assert_eq!(read(&state), Some(ledger));
        }
    }

    #[test]
    fn an_emptied_key_is_not_there() {
        let old = write(&ledger(2, 1));
        let new = write(&ledger(1, 1));
        let mut merged = old.clone();
        merged.extend(changes(&old, &new));
        assert_eq!(read(&merged), read(&new));
        let left: Vec<_> = leftovers(&merged, &new).collect();
        assert_eq!(left, ["asks/7/my-charm/1"]);
    }

    #[test]
    fn what_cannot_be_understood_is_no_ledger() {
        assert_eq!(read(&Settings::new()), None);
        let mut state = write(&ledger(1, 1));
        state.insert("asks/7/my-charm/0".to_owned(), "garbage".to_owned());
        assert_eq!(read(&state), None);
        let mut state = write(&ledger(1, 1));
        state.insert("format".to_owned(), "0".to_owned());
        assert_eq!(read(&state), None);
    }

    #[test]
    fn of_a_memory_beyond_jujus_limit_the_relations_are_left_out() {
        let whole = ledger(60, 1000);
        let kept = read(&write(&whole)).unwrap();
        assert!(kept.partial && kept.relations.is_empty() && !kept.is_settled(None));
        assert_eq!((kept.ground, kept.said), (whole.ground, whole.said));
        assert_eq!((kept.owed, kept.doubted), (whole.owed, whole.doubted));
    }
}
