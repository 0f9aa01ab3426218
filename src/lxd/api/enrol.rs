//! The request that makes LXD trust our own certificate. It is the only one that an LXD takes which does not know us.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Error, Writer,
    wire::{self, ServerInfo},
};
use crate::{
    credential::{Enrolment, TokenKind},
    x509::certificate::Certificate,
};

const CERTIFICATES: &str = "/1.0/certificates";

const IDENTITIES: &str = "/1.0/auth/identities/tls";

impl Writer<'_> {
    /// Asks LXD to trust `own`, the certificate of this connection. A token brings its own name, a password takes `name`.
    ///
    /// # Errors
    /// Also when LXD refuses; it says so in different ways.
    pub fn enrol(&self, with: &Enrolment, own: &Certificate, name: &str) -> Result<(), Error> {
        let body = match with {
            Enrolment::Token(token) if TokenKind::of(token.reveal()) == TokenKind::Identity => {
                return self.post(IDENTITIES, json!({ "trust_token": token.reveal() }));
            }
            Enrolment::Token(token) => {
                let token = token.reveal();
                match self.token_fields()? {
                    TokenFields::Explicit => json!({"type": "client", "trust_token": token}),
                    TokenFields::Both => {
                        json!({"type": "client", "trust_token": token, "password": token})
                    }
                }
            }
            Enrolment::Password(password) => json!({
                "type": "client",
                "name": name,
                "certificate": STANDARD.encode(own.der()),
                "password": password.reveal(),
            }),
        };
        self.post(CERTIFICATES, body)
    }

    fn post(&self, path: &str, body: Value) -> Result<(), Error> {
        self.0.request(Method::POST, path, Some(body)).map(drop)
    }

    fn token_fields(&self) -> Result<TokenFields, Error> {
        let wrong = |kind| Error::new("GET", "/1.0", kind);
        let body = self.0.request(Method::GET, "/1.0", None)?;
        let info: Option<ServerInfo> = wire::metadata(&body).map_err(wrong)?;
        let known = info
            .and_then(|info| info.api_extensions)
            .unwrap_or_default();
        // Incus 7 tells strangers nothing.
        if known.is_empty() || known.iter().any(|name| name == "explicit_trust_token") {
            Ok(TokenFields::Explicit)
        } else {
            Ok(TokenFields::Both)
        }
    }
}

/// Where a token is looked for.
enum TokenFields {
    /// In a field of its own; LXD 6 does not take a password beside it.
    Explicit,
    /// LXD before 5.21 takes it for a password, and Incus 6 does not say that it wants it in a field of its own. Each
    /// ignores the other's field.
    Both,
}
