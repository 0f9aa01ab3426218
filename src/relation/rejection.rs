//! What is reported about certificates that cannot be used (docs/reference/interface.md, "rejected_certificates").

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{
    names::BagName,
    x509::certificate::{Fingerprint, LARGEST_CERTIFICATE, Unfit, moment},
};

/// The most certificates that are registered for one relation.
pub const MOST_CERTIFICATES: usize = 1000;

/// Why a certificate is not registered: a code, a colon, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No PEM certificate, damaged, or no text at all.
    NotACertificate(String),
    /// The databag's value breaks off being JSON, or is nothing that was agreed on.
    Unreadable(String),
    /// The text holds a private key, which is nobody's business.
    PrivateKey,
    /// The certificate itself does not qualify.
    Unfit(Unfit),
    /// The relation has as many as it may have.
    TooMany,
    /// LXD's own words.
    Refused(String),
    /// LXD holds it as something else.
    OtherType(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotACertificate(words) => write!(f, "not-a-certificate: {words}"),
            Self::Unreadable(words) => write!(f, "unreadable: {words}"),
            Self::PrivateKey => f.write_str(
                "private-key: a private key must never be on a relation; make a new one, and give the certificate alone",
            ),
            Self::Unfit(Unfit::TooLarge(bytes)) => {
                write!(
                    f,
                    "too-large: {bytes} bytes, at most {LARGEST_CERTIFICATE} are taken"
                )
            }
            Self::Unfit(Unfit::Expired(at)) => write!(f, "expired: on {}", moment(*at)),
            Self::Unfit(Unfit::NotYetValid(at)) => {
                write!(f, "not-yet-valid: before {}", moment(*at))
            }
            Self::Unfit(Unfit::WeakKey(bits)) => {
                write!(f, "weak-key: RSA of {bits} bits, at least 2048 are needed")
            }
            Self::Unfit(Unfit::UnusableKey(kind)) => write!(
                f,
                "unusable-key: {kind}, with which LXD lets nobody in; \
                 P-256, P-384, P-521, Ed25519 and RSA of 2048 to 8192 bits work"
            ),
            Self::TooMany => write!(
                f,
                "too-many: a relation may have {MOST_CERTIFICATES} certificates, and 2 MiB of them"
            ),
            Self::Refused(words) => write!(f, "refused: {words}"),
            Self::OtherType(kind) => write!(f, "other-type: LXD holds it as a {kind} certificate"),
        }
    }
}

/// One element of `rejected_certificates`. Sorted as published: by databag, then index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rejection {
    /// The unit whose databag it stands in, or the application for the application's.
    #[serde(rename = "unit", with = "as_text")]
    pub bag: BagName,
    /// The place in that databag's list, from 0.
    pub index: usize,
    /// Of the certificate, if it is one.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "as_optional_text"
    )]
    pub fingerprint: Option<Fingerprint>,
    /// See [`Reason`].
    pub reason: String,
}

mod as_text {
    use super::{BagName, Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bag: &BagName,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(bag)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BagName, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

mod as_optional_text {
    use super::{Deserialize, Deserializer, Fingerprint, Serializer};

    pub(super) fn serialize<S: Serializer>(
        fingerprint: &Option<Fingerprint>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match fingerprint {
            Some(fingerprint) => serializer.collect_str(fingerprint),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Fingerprint>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom))
            .transpose()
    }
}
