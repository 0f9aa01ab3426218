//! The charm in Python that this one replaces with `juju refresh`, and what it left behind: files, and entries of the
//! trust store that only its databags tell of.

use std::{collections::BTreeSet, fs, io, path::Path};

use serde::Deserialize;
use serde_json::Value;

use crate::{
    certificate::Fingerprint,
    credential::{Credential, CredentialError, Options},
    event::{Environment, Event},
    juju::{Reader, Settings},
    ledger::Ledger,
    store::Store,
};

/// What it kept in the charm's folder, which Juju does not clear: our client key among it.
const FILES: &[&str] = &["client.crt", "client.key", "server.crt", ".unit-state.db"];

/// A key of our own databag that it never wrote.
const NOT_ITS: &str = "server_certificate";

#[derive(Deserialize)]
struct Node {
    trusted_certs_fp: Value,
}

/// Removes its files; what cannot be removed is said, and is in nobody's way.
pub fn remove_files(folder: &Path) {
    for name in FILES {
        let file = folder.join(name);
        match fs::remove_file(&file) {
            Ok(()) => tracing::info!("removed {name}, which the charm in Python left"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::error!("cannot remove {}: {error}", file.display()),
        }
    }
}

/// The fingerprints that it published in a databag of ours; none once we have written it ourselves.
#[must_use]
pub fn fingerprints(own: &Settings) -> BTreeSet<Fingerprint> {
    let nodes = own.get("nodes").filter(|_| !own.contains_key(NOT_ITS));
    let nodes: Vec<Node> = nodes
        .and_then(|nodes| serde_json::from_str(nodes).ok())
        .unwrap_or_default();
    nodes
        .iter()
        .flat_map(|node| texts(&node.trusted_certs_fp))
        .filter_map(|text| text.parse().ok())
        .collect()
}

/// A list, or a list in a text: it wrote both.
fn texts(list: &Value) -> Vec<String> {
    match list {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        Value::Array(_) => serde_json::from_value(list.clone()).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// Names its entries that nobody asks for, when they are seen for the first time. They are somebody else's by their names,
/// so they stay.
pub fn name_what_is_left(before: Option<&Ledger>, now: &Ledger, store: &Store) {
    if before.is_some_and(|before| before.ground.is_some()) {
        return;
    }
    let askers = now.askers();
    for fingerprint in &now.left_by_python_charm {
        if let (Some(Some(entry)), None) = (store.get(*fingerprint), askers.get(fingerprint)) {
            tracing::warn!(
                "left by the charm in Python, and nobody asks for it: {fingerprint} {:?}; remove it with: \
                 lxc config trust remove {fingerprint}",
                entry.name
            );
        }
    }
}

/// The cloud's credential came first with it, and options come first now: says so where both are given and differ, when
/// that begins. Of a unit that is added later it began before. Returns whether they differ, in the hooks that look. A cloud
/// that cannot be seen does not differ.
pub fn compare_credentials(
    environment: &Environment,
    options: &Options,
    before: Option<&Ledger>,
    ours: Result<&Credential, &CredentialError>,
) -> Option<bool> {
    let new_unit = environment.event == Event::Installed && environment.unit.number() > 0;
    if !matches!(environment.event, Event::Installed | Event::Changed) {
        return None;
    }
    if !options.any() {
        return Some(false);
    }
    let cloud = Reader.cloud().ok().flatten();
    let theirs = cloud.and_then(|cloud| cloud.credential().ok());
    let differs = theirs.is_some_and(|theirs| {
        !ours.is_ok_and(|ours| {
            ours.endpoint == theirs.endpoint && ours.fingerprint() == theirs.fingerprint()
        })
    });
    if differs && !new_unit && !before.is_some_and(|before| before.differs) {
        tracing::warn!(
            "both options and juju trust give a credential, and they differ: the options win; reset them to use the cloud's"
        );
    }
    Some(differs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(nodes: &str) -> Settings {
        Settings::from([("nodes".to_owned(), nodes.to_owned())])
    }

    #[test]
    fn both_its_spellings_are_read() {
        let (one, two) = (Fingerprint::of(b"1"), Fingerprint::of(b"2"));
        let list =
            format!(r#"[{{"endpoint":"e","name":"n","trusted_certs_fp":["{one}","{two}"]}}]"#);
        let text = format!(r#"[{{"endpoint":"e","name":"n","trusted_certs_fp":"[\"{one}\"]"}}]"#);
        assert_eq!(fingerprints(&published(&list)), BTreeSet::from([one, two]));
        assert_eq!(fingerprints(&published(&text)), BTreeSet::from([one]));
        for odd in ["", "[]", "{}", "[{}]", r#"[{"trusted_certs_fp":[1]}]"#] {
            assert!(fingerprints(&published(odd)).is_empty(), "{odd}");
        }
    }

    #[test]
    fn what_we_published_ourselves_is_not_its() {
        let mut own = published(&format!(
            r#"[{{"trusted_certs_fp":["{}"]}}]"#,
            Fingerprint::of(b"1")
        ));
        own.insert(NOT_ITS.to_owned(), "PEM".to_owned());
        assert!(fingerprints(&own).is_empty());
    }
}
