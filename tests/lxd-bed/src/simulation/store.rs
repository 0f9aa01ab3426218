//! What the server's database holds: the trust store, identities and their groups, projects, tokens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::cluster::Trusted;
use super::enrolment::Token;
use super::groups::Group;
use super::permission::Permission;
use crate::daemon::{Kind, TrustEntry, TrustStore};
use crate::fingerprint;
use crate::profile::Profile;

/// What the server's database holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    /// By fingerprint, which is unique across kinds. Shared with all who looked since it changed.
    entries: Arc<TrustStore>,
    /// What Incus keeps beside an entry, by fingerprint.
    descriptions: BTreeMap<String, String>,
    /// Fine-grained identities, which are no entries, by identifier.
    pub(super) identities: BTreeMap<String, FineGrained>,
    /// By name.
    pub(super) groups: BTreeMap<String, Group>,
    /// Those beside `default`, in the order in which they were made.
    projects: Vec<String>,
    /// Those that were not used yet, by secret.
    pub(super) tokens: BTreeMap<String, Token>,
    /// The server's configuration, as far as it was set.
    pub(super) settings: BTreeMap<String, String>,
}

/// An identity whose rights are those of its groups.
#[derive(Clone, Debug)]
pub(super) struct FineGrained {
    pub(super) name: String,
    /// Empty while it waits for whoever shows its token.
    pub(super) certificate_pem: String,
    pub(super) groups: BTreeSet<String>,
    pub(super) pending: Option<Pending>,
}

/// What a pending identity waits for.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) secret: String,
    pub(super) expires: Option<SystemTime>,
}

/// Why a fingerprint does not name one entry.
#[derive(Debug)]
pub(super) enum NotOne {
    None,
    Several,
}

impl Store {
    /// What a new server of that version holds. Those with identities have one group.
    pub(super) fn of(profile: Profile) -> Self {
        let mut store = Self::default();
        if profile.has_identities() {
            let admins = Group {
                description: "Server administrators".to_owned(),
                permissions: vec![Permission::on_server("admin")],
            };
            store.groups.insert("admins".to_owned(), admins);
        }
        store
    }

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

    /// Whether an entry or an identity has that name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        let identities = self.identities.values().map(|identity| &identity.name);
        self.entries()
            .map(|entry| &entry.name)
            .chain(identities)
            .any(|taken| taken == name)
    }

    /// Whether an entry or an identity has that certificate.
    pub(super) fn has_certificate(&self, fingerprint: &str) -> bool {
        self.get(fingerprint).is_some() || self.identities.contains_key(fingerprint)
    }

    /// Makes an identity that has its certificate, or is to wait for one.
    pub(super) fn add_identity(&mut self, id: &str, identity: FineGrained) {
        self.identities.insert(id.to_owned(), identity);
    }

    pub(super) fn describe(&mut self, fingerprint: &str, description: String) {
        self.descriptions
            .insert(fingerprint.to_owned(), description);
    }

    pub(super) fn description(&self, fingerprint: &str) -> String {
        self.descriptions
            .get(fingerprint)
            .cloned()
            .unwrap_or_default()
    }

    /// What a member that looks at the store now trusts.
    pub(super) fn trusted(&self) -> Trusted {
        let identities = self.identities.iter();
        let known = identities.filter(|(_, identity)| identity.pending.is_none());
        Trusted {
            entries: self.trust_store(),
            identities: known.map(|(id, _)| id.clone()).collect(),
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
            shown["description"] = self.description(&entry.fingerprint).into();
        }
        shown
    }

    /// False if it was not there.
    pub(super) fn remove(&mut self, fingerprint: &str) -> bool {
        self.descriptions.remove(fingerprint);
        let entries = Arc::make_mut(&mut self.entries);
        entries.remove(fingerprint).is_some()
    }

    /// Whether whoever the authority issued a certificate to is trusted.
    pub(super) fn trusts_authority(&self) -> bool {
        self.setting("core.trust_ca_certificates") == Some("true")
    }

    pub(super) fn password(&self) -> Option<&str> {
        self.setting("core.trust_password")
    }

    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        let value = self.settings.get(key)?;
        (!value.is_empty()).then_some(value)
    }

    /// Forgets what a member has of its own.
    pub(super) fn remove_member(&mut self, name: &str) {
        let is_own = |entry: &TrustEntry| entry.kind == Kind::Server && entry.name == name;
        Arc::make_mut(&mut self.entries).retain(|_, entry| !is_own(entry));
    }

    /// Why an entry cannot name these projects, as status and text.
    pub(super) fn objection_to_projects(
        &self,
        profile: Profile,
        names: &[String],
    ) -> Option<(u16, &'static str)> {
        if !names.iter().all(|name| self.has_project(name)) {
            return Some((404, "Project not found"));
        }
        let twice = BTreeSet::from_iter(names).len() < names.len();
        twice.then(|| profile.project_twice())
    }

    pub(super) fn has_project(&self, name: &str) -> bool {
        self.projects().any(|project| project == name)
    }

    /// In the order in which they were made.
    pub(super) fn projects(&self) -> impl Iterator<Item = &str> {
        ["default"]
            .into_iter()
            .chain(self.projects.iter().map(String::as_str))
    }

    pub(super) fn add_project(&mut self, name: &str) {
        if !self.has_project(name) {
            self.projects.push(name.to_owned());
        }
    }

    /// Names of projects in the order in which the database has them.
    pub(super) fn in_order(&self, mut names: Vec<String>) -> Vec<String> {
        names.sort_by_key(|name| self.projects().position(|project| project == name));
        names
    }

    /// Out of the entries too. False if it was not there.
    pub(super) fn remove_project(&mut self, name: &str) -> bool {
        for entry in Arc::make_mut(&mut self.entries).values_mut() {
            entry.projects.retain(|project| project != name);
        }
        let known = self.projects.len();
        self.projects.retain(|project| project != name);
        self.projects.len() < known
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
