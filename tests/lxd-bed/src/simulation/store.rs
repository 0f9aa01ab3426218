//! The trust store and the projects.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::cluster::Trusted;
use super::enrolment::Token;
use crate::daemon::{Kind, TrustEntry, TrustStore};
use crate::fingerprint;
use crate::profile::Profile;

/// What the server's database holds.
#[derive(Clone, Debug)]
pub(super) struct Store {
    /// By fingerprint, which is unique across kinds. Shared with all who looked since it changed.
    entries: Arc<TrustStore>,
    /// What Incus keeps beside an entry, by fingerprint.
    descriptions: BTreeMap<String, String>,
    /// Fine-grained identities, which are no entries, by fingerprint.
    identities: BTreeMap<String, TrustEntry>,
    projects: BTreeSet<String>,
    /// Those that were not used yet, by secret.
    tokens: BTreeMap<String, Token>,
    password: Option<String>,
    /// Whether whoever the authority issued a certificate to is trusted.
    trusts_authority: bool,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
            descriptions: BTreeMap::new(),
            identities: BTreeMap::new(),
            projects: BTreeSet::from(["default".to_owned()]),
            tokens: BTreeMap::new(),
            password: None,
            trusts_authority: false,
        }
    }
}

/// Why a fingerprint does not name one entry.
#[derive(Debug)]
pub(super) enum NotOne {
    None,
    Several,
}

impl Store {
    pub(super) fn entries(&self) -> impl Iterator<Item = &TrustEntry> {
        self.entries.values()
    }

    /// All entries as they are now.
    pub(super) fn trust_store(&self) -> Arc<TrustStore> {
        Arc::clone(&self.entries)
    }

    pub(super) fn get(&self, fingerprint: &str) -> Option<&TrustEntry> {
        self.entries.get(fingerprint)
    }

    /// The entry that a shortened fingerprint names: SQL's `LIKE` with a `%` behind it.
    pub(super) fn find(&self, profile: Profile, pattern: &str) -> Result<&TrustEntry, NotOne> {
        let pattern: Vec<char> = pattern.to_lowercase().chars().chain(['%']).collect();
        let mut found = self.entries().filter(|entry| {
            let fingerprint: Vec<char> = entry.fingerprint.chars().collect();
            like(&fingerprint, &pattern)
        });
        match (found.next(), found.next()) {
            (None, _) => Err(NotOne::None),
            (Some(entry), None) => Ok(entry),
            (Some(entry), Some(_)) if profile.takes_the_first_match() => Ok(entry),
            (Some(_), Some(_)) => Err(NotOne::Several),
        }
    }

    pub(super) fn entry_mut(&mut self, fingerprint: &str) -> Option<&mut TrustEntry> {
        Arc::make_mut(&mut self.entries).get_mut(fingerprint)
    }

    /// False if the fingerprint is there already.
    pub(super) fn add(&mut self, entry: TrustEntry) -> bool {
        if self.entries.contains_key(&entry.fingerprint) {
            return false;
        }
        let fingerprint = entry.fingerprint.clone();
        Arc::make_mut(&mut self.entries).insert(fingerprint, entry);
        true
    }

    pub(super) fn identity(&self, fingerprint: &str) -> Option<&TrustEntry> {
        self.identities.get(fingerprint)
    }

    pub(super) fn add_identity(&mut self, entry: &TrustEntry) {
        let fingerprint = entry.fingerprint.clone();
        self.identities.insert(fingerprint, entry.clone());
    }

    pub(super) fn describe(&mut self, fingerprint: &str, description: String) {
        self.descriptions
            .insert(fingerprint.to_owned(), description);
    }

    /// What a member that looks at the store now trusts.
    pub(super) fn trusted(&self) -> Trusted {
        Trusted {
            entries: self.trust_store(),
            identities: self.identities.keys().cloned().collect(),
        }
    }

    /// An entry as the API shows it.
    pub(super) fn json(&self, profile: Profile, entry: &TrustEntry) -> Value {
        let mut shown = json!({
            "name": entry.name,
            "type": entry.kind.as_str(),
            "certificate": entry.certificate_pem,
            "fingerprint": entry.fingerprint,
        });
        if profile.restricts() {
            shown["restricted"] = entry.restricted.into();
            shown["projects"] = json!(entry.projects);
        }
        if profile.describes() {
            let description = self.descriptions.get(&entry.fingerprint);
            shown["description"] = description.cloned().unwrap_or_default().into();
        }
        shown
    }

    /// False if it was not there.
    pub(super) fn remove(&mut self, fingerprint: &str) -> bool {
        self.descriptions.remove(fingerprint);
        let entries = Arc::make_mut(&mut self.entries);
        entries.remove(fingerprint).is_some()
    }

    pub(super) fn add_token(&mut self, secret: String, token: Token) {
        self.tokens.insert(secret, token);
    }

    /// A token is good for once.
    pub(super) fn take_token(&mut self, secret: &str) -> Option<Token> {
        self.tokens.remove(secret)
    }

    pub(super) fn trusts_authority(&self) -> bool {
        self.trusts_authority
    }

    pub(super) fn trust_authority(&mut self, trusted: bool) {
        self.trusts_authority = trusted;
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    pub(super) fn set_password(&mut self, password: Option<&str>) {
        self.password = password.map(str::to_owned);
    }

    /// Forgets what a member has of its own.
    pub(super) fn remove_member(&mut self, name: &str) {
        let is_own = |entry: &TrustEntry| entry.kind == Kind::Server && entry.name == name;
        Arc::make_mut(&mut self.entries).retain(|_, entry| !is_own(entry));
    }

    /// Why an entry cannot name these projects, as status and text.
    pub(super) fn objection_to_projects(&self, names: &[String]) -> Option<(u16, &'static str)> {
        if !names.iter().all(|name| self.projects.contains(name)) {
            return Some((404, "Project not found"));
        }
        let twice = BTreeSet::from_iter(names).len() < names.len();
        twice.then_some((
            500,
            "Failed to create \"certificates_projects\" entry: UNIQUE constraint failed: \
             certificates_projects.certificate_id, certificates_projects.project_id",
        ))
    }

    pub(super) fn projects(&self) -> &BTreeSet<String> {
        &self.projects
    }

    pub(super) fn add_project(&mut self, name: &str) {
        self.projects.insert(name.to_owned());
    }

    /// Out of the entries too. False if it was not there.
    pub(super) fn remove_project(&mut self, name: &str) -> bool {
        for entry in Arc::make_mut(&mut self.entries).values_mut() {
            entry.projects.retain(|project| project != name);
        }
        self.projects.remove(name)
    }
}

/// SQL's `LIKE` on lower-case text.
fn like(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| like(&text[skipped..], rest)),
        Some((wanted, rest)) => text
            .split_first()
            .is_some_and(|(have, text)| (have == wanted || *wanted == '_') && like(text, rest)),
    }
}

/// What `If-Match` is compared with.
pub(super) fn etag(value: &Value) -> String {
    fingerprint::of(value.to_string().as_bytes())
}
