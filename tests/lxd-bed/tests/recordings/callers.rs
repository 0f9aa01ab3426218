//! The certificates that a recording speaks of, made anew.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use lxd_bed::certificates::{
    Authority, Credential, Key, Validity, make_for_server, make_with, rsa_1024,
};
use serde_json::Value;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// All of them by name, and the authorities among them.
pub(crate) struct Callers {
    credentials: BTreeMap<String, Credential>,
    authorities: BTreeMap<String, Authority>,
}

impl Callers {
    pub(crate) fn make(wanted: &Value) -> Self {
        let mut made = Self {
            credentials: BTreeMap::new(),
            authorities: BTreeMap::new(),
        };
        let wanted = wanted.as_object().expect("there are certificates");
        // Issuers first, then those that others are compared with.
        let rank = |one: &Value| match (&one["ca"], &one["issuer"], &one["near"], &one["unlike"]) {
            (Value::Bool(true), ..) => 0,
            (_, Value::String(_), ..) => 3,
            (_, _, Value::Null, Value::Null) => 1,
            (_, _, Value::Null, _) => 2,
            _ => 3,
        };
        let mut names: Vec<&String> = wanted.keys().collect();
        names.sort_by_key(|name| rank(&wanted[*name]));
        for name in names {
            let credential = made.fitting(&wanted[name]);
            made.credentials.insert(name.clone(), credential);
        }
        made
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Credential> {
        self.credentials.get(name)
    }

    /// The authority of a server, with its list of revoked certificates.
    pub(crate) fn authority(&self, pki: &Value) -> Authority {
        let ca = pki["ca"].as_str().unwrap_or_default();
        let authority = self.authorities[ca].clone();
        let revoked = crate::texts(&pki["revoked"]).map(|name| &self.credentials[name]);
        revoked.fold(authority, |authority, credential| {
            authority.revoking(credential)
        })
    }

    /// Until its fingerprint begins like that one's, or not like that one's, and with four digits
    /// that no other begins with.
    fn fitting(&mut self, wanted: &Value) -> Credential {
        loop {
            let credential = self.one(wanted);
            let first = |name: &str| self.credentials[name].fingerprint[..1].to_owned();
            let near = wanted["near"].as_str().map(first);
            let unlike = wanted["unlike"].as_str().map(first);
            let own = &credential.fingerprint;
            let mut others = self.credentials.values();
            if near.is_none_or(|digit| own.starts_with(&digit))
                && unlike.is_none_or(|digit| !own.starts_with(&digit))
                && others.all(|other| other.fingerprint[..4] != own[..4])
            {
                return credential;
            }
        }
    }

    fn one(&mut self, wanted: &Value) -> Credential {
        let common_name = wanted["cn"].as_str().unwrap_or_default();
        if wanted["ca"] == true {
            let authority = Authority::new(common_name);
            let credential = authority.credential().clone();
            self.authorities.insert(common_name.to_owned(), authority);
            return credential;
        }
        let key = match wanted["key"].as_str() {
            Some("ec384") => Key::P384,
            Some("rsa2048") => Key::Rsa2048,
            Some("rsa1024") => return rsa_1024(),
            Some("ed25519") => Key::Ed25519,
            _ => Key::P256,
        };
        let validity = validity(&wanted["days"]);
        match (wanted["issuer"].as_str(), wanted["usage"].as_str()) {
            (Some(issuer), _) => self.authorities[issuer].issue_with(key, common_name, validity),
            (None, Some("server")) => make_for_server(key, common_name, validity),
            (None, _) => make_with(key, common_name, validity),
        }
    }
}

fn validity(days: &Value) -> Validity {
    let now = SystemTime::now();
    let at = |index: usize, usual: i64| {
        let days = days[index].as_i64().unwrap_or(usual);
        let distance = u32::try_from(days.unsigned_abs()).unwrap_or(0) * DAY;
        match days < 0 {
            true => now - distance,
            false => now + distance,
        }
    };
    Validity::Between(at(0, -1), at(1, 30))
}
