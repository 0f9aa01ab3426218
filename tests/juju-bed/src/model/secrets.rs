//! The operator's secrets: `juju add-secret`, `grant-secret`, `update-secret`, and who reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Controller, Error, Model, chance::Chance, state::Planned};
use crate::context::{Consumed, Run, Secret, Settings, Version};

/// The digits of an id.
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// By id.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets(BTreeMap<String, UserSecret>);

/// A secret that an operator made.
#[derive(Clone, Debug)]
struct UserSecret {
    name: String,
    content: Settings,
    revision: u32,
    granted: BTreeSet<String>,
    readers: BTreeMap<String, Reader>,
}

/// What a unit that reads a secret holds of it.
#[derive(Clone, Debug, Default)]
struct Reader {
    content: Settings,
    label: String,
}

impl Model {
    /// `juju add-secret <name> key=value…`; the secret's URI. Nobody may read it yet.
    ///
    /// # Errors
    /// If this Juju has no such secrets, the name is taken or a key is not one.
    pub fn add_secret(&mut self, name: &str, content: &[(&str, &str)]) -> Result<String, Error> {
        if self.controller.version == Version::V2_9 {
            return Err(Error::refused(
                "juju: \"add-secret\" is not a juju command. See \"juju --help\".",
            ));
        }
        if self.controller.secrets.id_of(name).is_ok() {
            return Err(Error::refused(format!(
                "secret with name {name:?} already exists"
            )));
        }
        let content = checked(content)?;
        let id = new_id(&mut self.chance);
        let secret = UserSecret {
            name: name.to_owned(),
            content,
            revision: 1,
            granted: BTreeSet::new(),
            readers: BTreeMap::new(),
        };
        self.controller.secrets.0.insert(id.clone(), secret);
        Ok(uri_of(&id))
    }

    /// `juju grant-secret <secret> <app>`, by name or URI. No hook follows.
    ///
    /// # Errors
    /// If there is no such secret or application.
    pub fn grant_secret(&mut self, secret: &str, app: &str) -> Result<(), Error> {
        self.controller.app(app)?;
        let secret = self.controller.secrets.named(secret)?;
        secret.granted.insert(app.to_owned());
        Ok(())
    }

    /// `juju revoke-secret <secret> <app>`. No hook follows.
    ///
    /// # Errors
    /// If there is no such secret or application.
    pub fn revoke_secret(&mut self, secret: &str, app: &str) -> Result<(), Error> {
        self.controller.app(app)?;
        self.controller.secrets.named(secret)?.granted.remove(app);
        Ok(())
    }

    /// `juju update-secret <secret> key=value…`: all of its new content. `secret-changed` follows where it has been
    /// read.
    ///
    /// # Errors
    /// If there is no such secret or a key is not one.
    pub fn update_secret(&mut self, secret: &str, content: &[(&str, &str)]) -> Result<(), Error> {
        let content = checked(content)?;
        let id = self.controller.secrets.id_of(secret)?;
        let secret = self.controller.secrets.named(&id)?;
        if secret.content == content {
            return Ok(());
        }
        secret.content = content;
        secret.revision += 1;
        let readers: Vec<String> = secret.readers.keys().cloned().collect();
        for name in readers {
            if let Ok(agent) = self.controller.agent_mut(&name) {
                agent.secrets_changed.insert(id.clone());
            }
        }
        Ok(())
    }

    /// `juju remove-secret <secret>`
    ///
    /// # Errors
    /// If there is no such secret.
    pub fn remove_secret(&mut self, secret: &str) -> Result<(), Error> {
        let id = self.controller.secrets.id_of(secret)?;
        self.controller.secrets.0.remove(&id);
        for unit in self.controller.units.values_mut() {
            unit.agent.secrets_changed.remove(&id);
        }
        Ok(())
    }
}

impl Secrets {
    fn id_of(&self, text: &str) -> Result<String, Error> {
        let id = text.strip_prefix("secret:").unwrap_or(text);
        let mut all = self.0.iter();
        let found = all.find(|(known, secret)| *known == id || secret.name == text);
        found
            .map(|(id, _)| id.clone())
            .ok_or_else(|| Error::refused(format!("secret {text:?} not found")))
    }

    fn named(&mut self, text: &str) -> Result<&mut UserSecret, Error> {
        let id = self.id_of(text)?;
        let secret = self.0.get_mut(&id);
        secret.ok_or_else(|| Error::refused(format!("secret {text:?} not found")))
    }

    /// All of them, as a unit of an application sees them.
    pub(super) fn seen_by(&self, unit: &str, app: &str) -> BTreeMap<String, Secret> {
        let all = self.0.iter();
        all.map(|(id, secret)| {
            let granted = secret.granted.contains(app);
            let mut seen = Secret::of_others(secret.content.clone(), granted);
            seen.revision = secret.revision;
            if let Some(reader) = secret.readers.get(unit) {
                seen.tracked = Some(reader.content.clone());
                seen.consumer_label.clone_from(&reader.label);
            }
            (id.clone(), seen)
        })
        .collect()
    }

    /// Remembers what a unit has read.
    pub(super) fn consume(&mut self, unit: &str, read: &BTreeMap<String, Consumed>) {
        for (id, consumed) in read {
            let Some(secret) = self.0.get_mut(id) else {
                continue;
            };
            let reader = secret.readers.entry(unit.to_owned()).or_default();
            if consumed.refreshed {
                reader.content.clone_from(&secret.content);
            }
            if let Some(label) = &consumed.label {
                reader.label.clone_from(label);
            }
        }
    }
}

impl Controller {
    /// `secret-changed` for a secret that this unit reads.
    pub(super) fn plan_secret(&self, name: &str) -> Option<Planned> {
        let changed = self.units[name].agent.secrets_changed.first()?;
        let secret = self.secrets.0.get(changed);
        let reader = secret.and_then(|secret| secret.readers.get(name));
        let run = Run::SecretChanged {
            uri: uri_of(changed),
            label: reader
                .map(|reader| reader.label.clone())
                .unwrap_or_default(),
        };
        Some(Planned { run, version: 0 })
    }
}

fn new_id(chance: &mut Chance) -> String {
    let mut digit = || char::from(chance.one_of(DIGITS));
    let mut id: String = (0..19).map(|_| digit()).collect();
    // The last digit of an id holds a single bit.
    id.push('g');
    id
}

fn uri_of(id: &str) -> String {
    format!("secret:{id}")
}

/// Keys begin with a letter and have three characters or more, of which none but single dashes are special.
fn checked(content: &[(&str, &str)]) -> Result<Settings, Error> {
    let plain = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let valid = |key: &str| {
        key.starts_with(|first: char| first.is_ascii_lowercase())
            && key.bytes().filter(|b| *b != b'-').count() >= 3
            && key.split('-').all(plain)
    };
    if let Some((key, _)) = content.iter().find(|(key, _)| !valid(key)) {
        return Err(Error::refused(format!("key {key:?} not valid")));
    }
    let content = content.iter();
    Ok(content
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect())
}
