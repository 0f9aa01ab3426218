//! Our side of the relation: the texts of our own databag (docs/reference/interface.md, "The provider"). Pure.

use std::collections::BTreeSet;

use rustls::pki_types::CertificateDer;
use serde::Serialize;

use super::rejection::Rejection;
use crate::{
    credential::endpoint::Endpoint,
    values::{Settings, json},
    x509::{certificate::Fingerprint, pem},
};

/// The version of the interface.
const VERSION: &str = "1.0";

/// The key that a databag has once anything was published.
pub const PUBLISHED: &str = "version";

/// The key of the consumer's texts whose certificates are trusted.
pub const REGISTERED: &str = "registered_certificates";

/// The key of what cannot be used; absent when there is none.
pub const REJECTED: &str = "rejected_certificates";

/// The most rejections that are published for a relation.
const MOST_REJECTIONS: usize = 1000;

/// The most nodes that are published: each repeats up to 1,000 fingerprints, and Juju takes 16 MiB a databag.
const MOST_NODES: usize = 100;

/// One LXD server that consumers can use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub endpoint: Endpoint,
}

/// What is the same for every relation.
#[derive(Clone, Debug)]
pub struct Nodes {
    nodes: BTreeSet<Node>,
    certificate: String,
    fingerprint: Fingerprint,
}

impl Nodes {
    /// These nodes, all of which present this certificate.
    #[must_use]
    pub fn new(nodes: BTreeSet<Node>, certificate: &CertificateDer<'_>) -> Self {
        Self {
            nodes: nodes.into_iter().take(MOST_NODES).collect(),
            certificate: pem::encode_certificate(certificate),
            fingerprint: Fingerprint::of(certificate),
        }
    }

    /// Where they listen.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.nodes.iter().map(|node| &node.endpoint)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.nodes.len()
    }
}

/// What one relation is told.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The relation's certificates that are trusted.
    pub trusted: BTreeSet<Fingerprint>,
    /// The texts whose certificates are all trusted, each with its first certificate.
    pub registered: BTreeSet<(Fingerprint, String)>,
    /// What cannot be used.
    pub rejected: Vec<Rejection>,
}

#[derive(Serialize)]
struct NodeText<'a> {
    endpoint: String,
    name: &'a str,
    trusted_certs_fp: Vec<String>,
}

impl Answer {
    /// Sorts and shortens the rejections to what is published.
    pub fn tidy(&mut self) {
        self.rejected.sort();
        self.rejected.dedup();
        self.rejected.truncate(MOST_REJECTIONS);
    }

    /// All keys of our databag with their texts. The same state is the same text.
    #[must_use]
    pub fn texts(&self, nodes: &Nodes) -> Settings {
        let trusted: Vec<String> = self.trusted.iter().map(ToString::to_string).collect();
        let list: Vec<NodeText<'_>> = nodes
            .nodes
            .iter()
            .map(|node| NodeText {
                endpoint: node.endpoint.to_string(),
                name: &node.name,
                trusted_certs_fp: trusted.clone(),
            })
            .collect();
        let registered: Vec<&String> = self.registered.iter().map(|(_, text)| text).collect();
        let mut texts = Settings::from([
            (PUBLISHED.to_owned(), VERSION.to_owned()),
            ("nodes".to_owned(), json(&list)),
            (REGISTERED.to_owned(), json(&registered)),
            ("server_certificate".to_owned(), nodes.certificate.clone()),
            (
                "server_certificate_fingerprint".to_owned(),
                nodes.fingerprint.to_string(),
            ),
        ]);
        if !self.rejected.is_empty() {
            texts.insert(REJECTED.to_owned(), json(&self.rejected));
        }
        texts
    }
}

/// What has to be set so that our databag holds `texts`. Keys that are not ours to write (Juju's own) are left alone.
#[must_use]
pub fn changes(own: &Settings, texts: &Settings) -> Settings {
    let mut changes: Settings = texts
        .iter()
        .filter(|(key, text)| own.get(*key) != Some(text))
        .map(|(key, text)| (key.clone(), text.clone()))
        .collect();
    if own.contains_key(REJECTED) && !texts.contains_key(REJECTED) {
        changes.insert(REJECTED.to_owned(), String::new());
    }
    changes
}

/// The texts in our own `registered_certificates`.
pub fn published_texts(own: &Settings) -> impl Iterator<Item = String> + use<> {
    let texts = own
        .get(REGISTERED)
        .and_then(|list| serde_json::from_str::<Vec<String>>(list).ok());
    texts.unwrap_or_default().into_iter()
}

/// What our databag says is rejected.
#[must_use]
pub fn published_rejections(own: &Settings) -> Vec<Rejection> {
    own.get(REJECTED)
        .and_then(|list| serde_json::from_str(list).ok())
        .unwrap_or_default()
}
