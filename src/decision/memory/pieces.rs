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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Settings {
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
        pairs.into()
    }

    #[test]
    fn only_what_changed_is_set_and_what_is_gone_becomes_empty() {
        let old = settings([("a", "1"), ("b", "2"), ("c", ""), ("d", "4"), ("e", "")]);
        let new = settings([("a", "1"), ("d", "5"), ("e", "6"), ("f", "7")]);
        let changed = settings([("b", ""), ("d", "5"), ("e", "6"), ("f", "7")]);
        assert_eq!(changes(&old, &new), changed);
        assert_eq!(leftovers(&old, &new).collect::<Vec<_>>(), ["c"]);
    }

    /// The sizes of the pieces of items of these sizes, by key.
    fn pieces(sizes: &[usize]) -> Vec<(String, usize)> {
        let items: Vec<String> = sizes.iter().map(|size| "x".repeat(*size)).collect();
        let mut state = Settings::new();
        put_in_pieces(&mut state, "key", &items);
        let whole = joined(&state).remove("key").unwrap_or_default();
        assert_eq!(whole, items.join(" "));
        state
            .into_iter()
            .map(|(key, value)| (key, value.len()))
            .collect()
    }

    #[test]
    fn a_value_is_as_long_as_may_be_and_no_longer() {
        let key = |key: &str, size| (key.to_owned(), size);
        assert_eq!(pieces(&[]), []);
        assert_eq!(pieces(&[29_999, 30_000]), [key("key", 60_000)]);
        assert_eq!(
            pieces(&[30_000, 30_000]),
            [key("key", 30_000), key("key#1", 30_000)]
        );
        assert_eq!(
            pieces(&[60_000, 60_000, 10, 10]),
            [key("key", 60_000), key("key#1", 60_000), key("key#2", 21)]
        );
    }
}
