//! What the trust store has to be, in a few lines that share nothing with the charm (docs/reference/interface.md, "The
//! trust store"): what was there without us, and what living relations ask for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

/// An entry as far as it matters: its name and its type.
pub type Entry = (String, String);

/// A trust store by fingerprint.
pub type Store<F> = BTreeMap<F, Entry>;

/// The names that an entry may have but for their last field, one for each living relation that asks for the
/// certificate.
pub type Asked<F> = BTreeMap<F, BTreeSet<String>>;

/// The equation of a settled state.
pub fn holds<F: Ord + Clone + Debug>(
    store: &Store<F>,
    theirs: &Store<F>,
    asked: &Asked<F>,
) -> Result<(), String> {
    untouched(store, theirs)?;
    let wanted: BTreeSet<&F> = theirs.keys().chain(asked.keys()).collect();
    if let Some(left) = store.keys().find(|entry| !wanted.contains(entry)) {
        return Err(format!("{left:?} is left behind as {:?}", store[left]));
    }
    if let Some(missing) = wanted.iter().find(|entry| !store.contains_key(entry)) {
        return Err(format!("{missing:?} is missing"));
    }
    let ours = store
        .iter()
        .filter(|(entry, _)| !theirs.contains_key(entry));
    for (entry, (name, kind)) in ours {
        let asks = |(whose, _): (&str, &str)| asked[entry].contains(whose);
        if kind != "client" || !name.rsplit_once(':').is_some_and(asks) {
            return Err(format!(
                "{entry:?} is the {kind} {name}, which does not ask"
            ));
        }
    }
    Ok(())
}

/// What is not ours is as it was, at any instant.
pub fn untouched<F: Ord + Debug>(store: &Store<F>, theirs: &Store<F>) -> Result<(), String> {
    let changed = theirs
        .iter()
        .find(|(entry, was)| store.get(entry) != Some(was));
    changed.map_or(Ok(()), |(entry, was)| {
        let now = store.get(entry);
        Err(format!(
            "{entry:?} is not ours: it was {was:?} and is {now:?}"
        ))
    })
}

/// Whether a name says that an entry is ours and made for a relation; `owner` is `juju:<model uuid>:<integrator>`.
pub fn is_ours(owner: &str, (name, kind): &Entry) -> bool {
    let fields = name
        .strip_prefix(owner)
        .and_then(|rest| rest.strip_prefix(':'));
    let fields: Vec<&str> = fields.unwrap_or_default().split(':').collect();
    let [number, consumer, _] = fields.as_slice() else {
        return false;
    };
    let plain = number
        .parse::<u32>()
        .is_ok_and(|parsed| parsed.to_string() == *number);
    kind == "client" && plain && !consumer.is_empty()
}
