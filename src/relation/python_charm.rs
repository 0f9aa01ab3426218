//! The databag of the charm in Python that this one replaces with `juju refresh`.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::{values::Settings, x509::certificate::Fingerprint};

/// A key of our own databag that it never wrote.
const NOT_ITS: &str = "server_certificate";

#[derive(Deserialize)]
struct Node {
    trusted_certs_fp: Value,
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
