//! What a consumer asks for: the `client_certificates` of one databag (docs/interface.md, "The requirer").

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{certificate::Certificate, pem, rejection::Reason};

/// The key in the consumer's databag.
pub const KEY: &str = "client_certificates";

/// The most faults that are reported of one databag; nobody reads more, and Juju's limits hold.
const MOST_FAULTS: usize = 100;

/// A databag's wish, as far as it can be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The texts that hold certificates, in order.
    pub texts: Vec<Text>,
    /// What cannot be understood: the index, and why.
    pub faults: Vec<(usize, Reason)>,
}

/// One text with at least one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its place in the list.
    pub index: usize,
    /// Exactly as the consumer wrote it.
    pub text: String,
    /// A short digest of it.
    pub digest: TextDigest,
    /// Its certificates, in order.
    pub certificates: Vec<Certificate>,
    /// Everything in it could be read.
    pub complete: bool,
}

/// The first 8 bytes of a text's SHA-256 in base64: tells the texts of one relation apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextDigest(String);

impl TextDigest {
    /// Digests a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text);
        let short: Vec<u8> = digest.iter().copied().take(8).collect();
        Self(URL_SAFE_NO_PAD.encode(short))
    }

    /// Takes up a digest that was remembered.
    #[must_use]
    pub fn remembered(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Eleven characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Request {
    /// Understands a JSON list of PEM texts, one JSON string, or one bare PEM text. Absent or empty means nothing.
    #[must_use]
    pub fn parse(value: Option<&str>) -> Self {
        let mut request = Self::default();
        let value = value.unwrap_or_default();
        match serde_json::from_str::<Value>(value) {
            _ if value.trim().is_empty() => {}
            Ok(Value::Null) => {}
            Ok(Value::Array(elements)) => {
                for (index, element) in elements.into_iter().enumerate() {
                    request.element(index, element);
                }
            }
            Ok(element) => request.element(0, element),
            Err(_) => request.text(0, value.to_owned()),
        }
        request
    }

    fn element(&mut self, index: usize, element: Value) {
        match element {
            Value::String(text) => self.text(index, text),
            _ => self.fault(index, Reason::NotACertificate("not a text")),
        }
    }

    fn text(&mut self, index: usize, text: String) {
        if pem::holds_private_key(&text) {
            return self.fault(index, Reason::PrivateKey);
        }
        let mut certificates = Vec::new();
        let mut complete = true;
        for block in pem::certificates(&text) {
            match block.ok().and_then(|der| Certificate::from_der(&der)) {
                Some(certificate) => certificates.push(certificate),
                None => {
                    complete = false;
                    self.fault(index, Reason::NotACertificate("a damaged PEM block"));
                }
            }
        }
        if !certificates.is_empty() {
            self.texts.push(Text {
                index,
                digest: TextDigest::of(&text),
                text,
                certificates,
                complete,
            });
        } else if complete {
            self.fault(index, Reason::NotACertificate("no PEM certificate in it"));
        }
    }

    fn fault(&mut self, index: usize, reason: Reason) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((index, reason));
        }
    }
}
