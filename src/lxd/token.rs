//! Tokens that LXD issues: whoever shows one first is trusted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Error, Kind, Writer, wire, write::confined};
use crate::confinement::Confinement;

/// What LXD writes for a token that does not expire.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// The operation that stands for a token until it is used.
#[derive(Deserialize)]
struct Operation {
    metadata: Issued,
}

#[derive(Deserialize)]
struct Issued {
    addresses: Vec<String>,
    fingerprint: String,
    secret: String,
    #[serde(default, rename = "expiresAt")]
    expires_at: Option<String>,
}

/// What is in a token, as `lxc config trust add` writes it.
#[derive(Serialize)]
struct Token<'a> {
    client_name: &'a str,
    fingerprint: String,
    addresses: Vec<String>,
    secret: String,
    expires_at: String,
}

impl Writer<'_> {
    /// Has LXD issue a token; the entry of who shows it gets this name. LXD 3.0 and 4.0 have none.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn token(&self, name: &str, confinement: &Confinement) -> Result<String, Error> {
        const PATH: &str = "/1.0/certificates";
        let body = confined(
            json!({ "type": "client", "name": name, "token": true }),
            confinement,
        );
        let answer = self.0.request(Method::POST, PATH, Some(body))?;
        let operation: Option<Operation> =
            wire::metadata(&answer).map_err(|kind| Error::new("POST", PATH, kind))?;
        let Some(Operation { metadata: issued }) = operation else {
            let kind = Kind::NotLxd("no operation".to_owned());
            return Err(Error::new("POST", PATH, kind));
        };
        let token = Token {
            client_name: name,
            fingerprint: issued.fingerprint,
            addresses: issued.addresses,
            secret: issued.secret,
            expires_at: issued.expires_at.unwrap_or_else(|| NEVER.to_owned()),
        };
        Ok(STANDARD.encode(crate::juju::json(&token)))
    }
}
