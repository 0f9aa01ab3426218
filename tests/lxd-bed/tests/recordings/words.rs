//! The placeholders of a recording.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use lxd_bed::certificates::Credential;
use lxd_bed::{Daemon, Kind};
use serde_json::Value;

use crate::callers::Callers;

/// What stands for the placeholders of one case.
pub(crate) struct Words<'a> {
    pub(crate) callers: &'a Callers,
    pub(crate) daemon: &'a Daemon,
    /// The names of the members, if it is a cluster.
    pub(crate) members: &'a [&'a str],
    /// What tokens are made of, by the name they were kept under.
    pub(crate) tokens: BTreeMap<String, Value>,
    pub(crate) etags: BTreeMap<String, String>,
}

/// A placeholder that stands for nothing yet.
#[derive(Debug)]
pub(crate) struct NotGiven;

impl Words<'_> {
    /// A text of a request.
    pub(crate) fn fill(&self, text: &str) -> Result<String, NotGiven> {
        let (filled, missing) = self.replace(text, 0);
        match missing {
            true => Err(NotGiven),
            false => Ok(filled),
        }
    }

    /// All texts in a body.
    pub(crate) fn fill_all(&self, value: &Value) -> Result<Value, NotGiven> {
        Ok(match value {
            Value::String(text) => self.fill(text)?.into(),
            Value::Array(values) => {
                let values = values.iter().map(|value| self.fill_all(value));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.fill_all(value)?)));
                Value::Object(fields.collect::<Result<_, NotGiven>>()?)
            }
            other => other.clone(),
        })
    }

    /// A text of an answer of that member; what only says what kind of thing is there stays.
    pub(crate) fn expected(&self, text: &str, member: usize) -> String {
        self.replace(text, member).0
    }

    fn replace(&self, text: &str, member: usize) -> (String, bool) {
        let (mut filled, mut missing) = (String::new(), false);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((word, after)) = after.split_once('}').filter(|(word, _)| is_word(word))
            else {
                filled.push('{');
                rest = after;
                continue;
            };
            rest = after;
            match self.value(word, member) {
                Some(value) if word.starts_with("pem:") && rest.starts_with('~') => {
                    filled.push_str(value.trim_end());
                    rest = &rest[1..];
                }
                Some(value) => filled.push_str(&value),
                None => {
                    missing |= word.starts_with("token:")
                        || word.starts_with("etag:")
                        || word.starts_with("secret:");
                    filled.push_str(&format!("{{{word}}}"));
                }
            }
        }
        filled.push_str(rest);
        (filled, missing)
    }

    fn value(&self, word: &str, member: usize) -> Option<String> {
        let (kind, rest) = word.split_once(':').unwrap_or((word, ""));
        let (name, more) = rest.split_once(':').unwrap_or((rest, ""));
        let credential = || self.credential(name);
        let cut = |text: String| match more.parse() {
            Ok(length) => text[..length].to_owned(),
            Err(_) => text,
        };
        Some(match kind {
            "fp" => cut(credential()?.fingerprint),
            "FP" => cut(credential()?.fingerprint.to_uppercase()),
            "pem" => credential()?.certificate_pem,
            "der" => STANDARD.encode(credential()?.certificate_der),
            "der64" => lines(&STANDARD.encode(credential()?.certificate_der)),
            "derurl" => URL_SAFE_NO_PAD.encode(credential()?.certificate_der),
            "b64pem" => STANDARD.encode(credential()?.certificate_pem),
            "rep" => name.repeat(more.parse().ok()?),
            "etag" => self.etags.get(name)?.clone(),
            "secret" => self.tokens.get(name)?["secret"].as_str()?.to_owned(),
            "token" => altered(self.tokens.get(name)?, more),
            "addr" => {
                let named = self
                    .members
                    .iter()
                    .position(|one| *one == name)
                    .unwrap_or(member);
                self.daemon.members()[named].address.to_string()
            }
            "server-name" => self.daemon.members()[member].name.clone(),
            "caller-ip" => "127.0.0.1".to_owned(),
            _ => return None,
        })
    }

    /// Also the server's own, and those that members have in the trust store.
    fn credential(&self, name: &str) -> Option<Credential> {
        if name == "server" {
            return Some(Credential::from_pem(
                &self.daemon.server_certificate_pem(),
                "",
            ));
        }
        if let Some(member) = name.strip_prefix("server-") {
            let entries = self.daemon.trust_list().into_iter();
            let mut own =
                entries.filter(|entry| entry.kind == Kind::Server && entry.name == member);
            return Some(Credential::from_pem(&own.next()?.certificate_pem, ""));
        }
        self.callers.get(name).cloned()
    }
}

fn is_word(word: &str) -> bool {
    let name = word.split(':').next().unwrap_or_default();
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn lines(text: &str) -> String {
    let bytes = text.as_bytes().chunks(64);
    let lines = bytes.map(|line| String::from_utf8_lossy(line).into_owned());
    lines.collect::<Vec<_>>().join("\n")
}

/// The text of a token with some of its fields replaced, or without them.
fn altered(token: &Value, changes: &str) -> String {
    let mut token = token.clone();
    for change in changes.split(';').filter(|change| !change.is_empty()) {
        let (field, value) = change.split_once('=').unwrap_or((change, ""));
        match value {
            "" => drop(token.as_object_mut().and_then(|token| token.remove(field))),
            value => token[field] = value.into(),
        }
    }
    STANDARD.encode(token.to_string())
}
