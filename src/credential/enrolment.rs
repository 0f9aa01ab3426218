//! What makes LXD trust our own certificate.

use std::fmt;

use crate::{certificate::Fingerprint, endpoint::Endpoint, request::TextDigest, secret::Secret};

/// A one-time token, or the password of older LXDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enrolment {
    /// What `lxc config trust add --name` prints.
    Token(Secret<String>),
    /// `core.trust_password`
    Password(Secret<String>),
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
