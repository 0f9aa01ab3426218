//! Charm state as Juju keeps it: a long value goes on under its key with `#1`, `#2`, ….

use std::collections::BTreeMap;

use crate::values::Settings;

/// The longest value that is written, in bytes (Juju takes 65,536).
const LONGEST_VALUE: usize = 60_000;

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
pub(super) fn joined(state: &Settings) -> BTreeMap<&str, String> {
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

pub(super) fn put_in_pieces(state: &mut Settings, key: &str, items: &[String]) {
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
