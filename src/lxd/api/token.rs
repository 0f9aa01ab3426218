//! Tokens that LXD issues: whoever shows one first is trusted. Until then each is an operation of LXD's.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Error, ErrorKind, Reader, Writer, client::is_missing, wire, write::confined};
use crate::{secret::Secret, trust::confinement::Confinement};

/// What LXD writes for a token that does not expire.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// A token that was just issued.
#[derive(Debug)]
pub struct IssuedToken {
    /// What its holder shows to LXD; one action gives it to the operator.
    pub text: Secret<String>,
    /// Until when it can be used.
    pub expires: Expiry,
    /// Where it says that LXD listens.
    pub addresses: Vec<String>,
}

/// A token that nobody has shown yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingToken {
    id: String,
    /// The name that the entry of who shows it gets.
    pub name: String,
    /// Until when it can be used.
    pub expires: Expiry,
}

/// Until when a token can be used, as LXD writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry(Option<String>);

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(moment) => moment.fmt(f),
            None => f.write_str("never"),
        }
    }
}

/// The operation that stands for a token until it is used.
#[derive(Deserialize)]
struct Operation {
    id: String,
    class: String,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
struct Issued {
    #[serde(default)]
    addresses: Vec<String>,
    fingerprint: String,
    secret: String,
    #[serde(default, rename = "expiresAt")]
    expires_at: Option<String>,
    request: Request,
}

#[derive(Deserialize)]
struct Request {
    name: String,
}

impl Issued {
    fn expires(&self) -> Expiry {
        Expiry(self.expires_at.clone().filter(|moment| moment != NEVER))
    }
}

/// What is in a token, as `lxc config trust add` writes it.
#[derive(Serialize)]
struct Token<'a> {
    client_name: &'a str,
    fingerprint: &'a str,
    addresses: &'a [String],
    secret: &'a str,
    expires_at: &'a str,
}

impl Writer<'_> {
    /// Has LXD issue a token; the entry of who shows it gets this name. LXD 3.0 and 4.0 have none.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn token(&self, name: &str, confinement: &Confinement) -> Result<IssuedToken, Error> {
        const PATH: &str = "/1.0/certificates";
        let wrong = |kind| Error::new("POST", PATH, kind);
        let body = confined(
            json!({ "type": "client", "name": name, "token": true }),
            confinement,
        );
        let answer = self.0.request(Method::POST, PATH, Some(body))?;
        let operation: Option<Operation> = wire::metadata(&answer).map_err(wrong)?;
        let issued =
            operation.and_then(|operation| serde_json::from_value(operation.metadata).ok());
        let issued: Issued =
            issued.ok_or_else(|| wrong(ErrorKind::NotLxd("no token in it".to_owned())))?;
        let token = Token {
            client_name: name,
            fingerprint: &issued.fingerprint,
            addresses: &issued.addresses,
            secret: &issued.secret,
            expires_at: issued.expires_at.as_deref().unwrap_or(NEVER),
        };
        Ok(IssuedToken {
            text: Secret::new(STANDARD.encode(crate::values::json(&token))),
            expires: issued.expires(),
            addresses: issued.addresses,
        })
    }

    /// Takes a token back; it is no error if it was used meanwhile.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn cancel(&self, token: &WaitingToken) -> Result<(), Error> {
        let path = format!("/1.0/operations/{}", token.id);
        match self.0.request(Method::DELETE, &path, None) {
            Err(error) if is_missing(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

impl Reader<'_> {
    /// The tokens that nobody has shown yet, as far as we may see them. LXD 3.0 and 4.0 have none.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn waiting_tokens(&self) -> Result<Vec<WaitingToken>, Error> {
        const PATH: &str = "/1.0/operations?recursion=1";
        let answer = self.0.request(Method::GET, PATH, None)?;
        let operations: BTreeMap<String, Vec<Operation>> =
            wire::metadata(&answer).map_err(|kind| Error::new("GET", PATH, kind))?;
        // One that was used or taken back stays listed for a few seconds, under another status.
        let waiting = |status: &str| status == "running" || status == "pending";
        let operations = operations
            .into_iter()
            .filter(|(status, _)| waiting(status))
            .flat_map(|(_, operations)| operations);
        let tokens = operations.filter(|operation| operation.class == "token");
        Ok(tokens
            .filter_map(|Operation { id, metadata, .. }| {
                let issued: Issued = serde_json::from_value(metadata).ok()?;
                let expires = issued.expires();
                let name = issued.request.name;
                Some(WaitingToken { id, name, expires })
            })
            .collect())
    }
}
