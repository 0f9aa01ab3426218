//! What makes LXD trust our own certificate.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::endpoint::Endpoint;
use crate::{digest::TextDigest, names::BadName, secret::Secret, x509::certificate::Fingerprint};

/// A one-time token, or the password of older LXDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// What `lxc config trust add --name` or `lxc auth identity create` prints.
    Token(Secret<String>),
    /// `core.trust_password`
    Password(Secret<String>),
}

/// What a token is for, as it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// It adds a certificate to the trust store.
    Certificate,
    /// It gives a certificate to a pending identity (LXD 5.21 and later).
    Identity,
    /// It lets a server join a cluster.
    Cluster,
    /// It cannot be read.
    Unreadable,
}

/// The fields that tell tokens apart: LXD writes them as base64 of a JSON object.
#[derive(Deserialize)]
struct TokenFields {
    #[serde(default)]
    client_name: String,
    #[serde(default)]
    server_name: String,
    #[serde(default, rename = "type")]
    kind: String,
}

impl TokenKind {
    /// Reads a token.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let json = STANDARD.decode(token).unwrap_or_default();
        match serde_json::from_slice::<TokenFields>(&json) {
            Ok(token) if !token.kind.is_empty() => Self::Identity,
            Ok(token) if !token.client_name.is_empty() => Self::Certificate,
            Ok(token) if !token.server_name.is_empty() => Self::Cluster,
            _ => Self::Unreadable,
        }
    }
}

impl Enrolment {
    /// Tells one attempt from another: a token that was refused there for that certificate is not tried again. Who can
    /// read the charm's memory can read the token as well, so that a short digest of it gives nothing away.
    pub(super) fn attempt(&self, endpoint: &Endpoint, own: Fingerprint) -> TextDigest {
        let (Self::Token(secret) | Self::Password(secret)) = self;
        TextDigest::of(&format!("{endpoint} {own} {self} {}", secret.reveal()))
    }
}

/// What it is, for people.
impl fmt::Display for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "trust token",
            Self::Password(_) => "trust password",
        })
    }
}

/// An attempt that is not made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEnrolment {
    /// See [`Credential::attempt`](super::Credential::attempt).
    pub attempt: TextDigest,
    /// Why LXD refused it.
    pub why: WhyRefused,
}

/// Why LXD would not trust our certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyRefused {
    /// The token's time is over.
    Expired,
    /// LXD does not know the token, or not any more.
    Spent,
    /// The token is for a server that joins a cluster.
    ClusterToken,
    /// It is no token.
    NoToken,
    /// Another entry has the name that the token, or the charm, gives ours.
    NameTaken,
    /// This LXD has no passwords.
    NoPasswords,
    /// Anything else; the log has LXD's words.
    Other,
}

/// Every reason with its name in the charm's memory and what a person can do.
const REASONS: [(WhyRefused, &str, &str); 7] = [
    (
        WhyRefused::Expired,
        "expired",
        "it has expired; give a new one",
    ),
    (
        WhyRefused::Spent,
        "spent",
        "it was used already, or is another LXD's; give a new one",
    ),
    (
        WhyRefused::ClusterToken,
        "cluster-token",
        "it is for joining a cluster; give one of: lxc config trust add",
    ),
    (
        WhyRefused::NoToken,
        "no-token",
        "it is no token; give what lxc config trust add printed",
    ),
    (
        WhyRefused::NameTaken,
        "name-taken",
        "another entry has the name that it gives; make one with a free name",
    ),
    (
        WhyRefused::NoPasswords,
        "no-passwords",
        "this LXD has no passwords; give a trust token",
    ),
    (
        WhyRefused::Other,
        "other",
        "give another, or do: lxc config trust add",
    ),
];

impl WhyRefused {
    /// Its name in the charm's memory.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.texts().0
    }

    fn texts(self) -> (&'static str, &'static str) {
        let mut reasons = REASONS.iter();
        let found = reasons.find(|(why, ..)| *why == self);
        found.map_or(("other", ""), |(_, code, words)| (code, words))
    }
}

/// What is the matter and what to do about it.
impl fmt::Display for WhyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}

/// Reads a [`code`](WhyRefused::code).
impl FromStr for WhyRefused {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let found = REASONS.iter().find(|(_, code, _)| *code == text);
        found
            .map(|(why, ..)| *why)
            .ok_or_else(|| BadName::new("a reason of LXD's", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_say_what_they_are_for() {
        for (json, kind) in [
            (
                r#"{"client_name":"c","secret":"s"}"#,
                TokenKind::Certificate,
            ),
            (
                r#"{"client_name":"c","type":"Client certificate"}"#,
                TokenKind::Identity,
            ),
            (r#"{"server_name":"m4","secret":"s"}"#, TokenKind::Cluster),
            (r#"{"client_name":"c","type":""}"#, TokenKind::Certificate),
            (r#"{"secret":"s"}"#, TokenKind::Unreadable),
            ("[]", TokenKind::Unreadable),
        ] {
            assert_eq!(TokenKind::of(&STANDARD.encode(json)), kind, "{json}");
        }
        assert_eq!(TokenKind::of("hunter2"), TokenKind::Unreadable);
    }

    #[test]
    fn reasons_are_read_back() {
        for (why, code, _) in REASONS {
            assert_eq!((why.code(), code.parse()), (code, Ok(why)));
        }
    }
}
