//! X.509 certificates and their fingerprints.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use x509_parser::{certificate::X509Certificate, error::X509Error, prelude::FromDer as _};

use super::public_key::KeyKind;
use crate::{names::BadName, visible::visible};

/// The largest certificate that is registered, in bytes of DER.
pub const LARGEST_CERTIFICATE: usize = 16 * 1024;

/// The shortest RSA key that LXD accepts, in bits (LXD 5.0.0 and later).
const SHORTEST_RSA_KEY: usize = 2048;

/// The SHA-256 of a certificate's DER: the name LXD knows it by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The fingerprint of a DER encoded certificate.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// 43 characters of base64, for the charm's own memory.
    #[must_use]
    pub fn short(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads what [`Self::short`] wrote.
    #[must_use]
    pub fn from_short(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

/// 64 lower-case hexadecimal digits, or with a precision as many of them.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.pad(&digits)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads 64 hexadecimal digits.
impl FromStr for Fingerprint {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName::new("a SHA-256 fingerprint", text);
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = str::from_utf8(digits).map_err(|_| bad())?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

/// A certificate that could be parsed.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    fingerprint: Fingerprint,
    subject: String,
    not_before: i64,
    not_after: i64,
    key: KeyKind,
    names: [Fingerprint; 2],
}

/// A certificate is told by its fingerprint and subject; the rest would only fill the log.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.fingerprint, self.subject)
    }
}

/// Why a parsed certificate is not registered when it is new. What is registered already stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// More than [`LARGEST_CERTIFICATE`] bytes.
    TooLarge(usize),
    /// Its time is over, since these seconds after 1970.
    Expired(i64),
    /// Its time has not come.
    NotYetValid(i64),
    /// An RSA key of so many bits.
    WeakKey(usize),
    /// A key with which LXD lets nobody in.
    UnusableKey(KeyKind),
}

impl Certificate {
    /// Parses DER; `None` if it is no certificate or something follows it.
    #[must_use]
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, parsed) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        Some(Self {
            fingerprint: Fingerprint::of(der),
            subject: shortened(&parsed.subject().to_string()),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            names: [parsed.subject(), parsed.issuer()].map(|name| Fingerprint::of(name.as_raw())),
            key: KeyKind::of(parsed.public_key().raw),
            der: der.to_vec(),
        })
    }

    /// The DER encoding.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The subject, for people.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// When its time is over, in seconds after 1970.
    #[must_use]
    pub const fn expires(&self) -> i64 {
        self.not_after
    }

    /// What forbids to register it at `now`, in seconds after 1970.
    #[must_use]
    pub fn unfit(&self, now: i64) -> Option<Unfit> {
        if self.der.len() > LARGEST_CERTIFICATE {
            Some(Unfit::TooLarge(self.der.len()))
        } else if self.not_after < now {
            Some(Unfit::Expired(self.not_after))
        } else if self.not_before > now {
            Some(Unfit::NotYetValid(self.not_before))
        } else {
            match self.key {
                KeyKind::Rsa(bits, _) if bits < SHORTEST_RSA_KEY => Some(Unfit::WeakKey(bits)),
                key if !key.is_let_in() => Some(Unfit::UnusableKey(key)),
                _ => None,
            }
        }
    }

    /// A digest of the subject, to be compared with [`Self::issuer`].
    #[must_use]
    pub const fn named(&self) -> Fingerprint {
        self.names[0]
    }

    /// A digest of the issuer's name, if that is somebody else's.
    #[must_use]
    pub fn issuer(&self) -> Option<Fingerprint> {
        let [subject, issuer] = self.names;
        (subject != issuer).then_some(issuer)
    }

    /// Whether another key than its own, this one's, signed `other`; `None` where that cannot be computed.
    #[must_use]
    pub fn signed(&self, other: &Self) -> Option<bool> {
        let (_, own) = X509Certificate::from_der(&self.der).ok()?;
        let (_, other) = X509Certificate::from_der(&other.der).ok()?;
        if own.public_key().raw == other.public_key().raw {
            return Some(false);
        }
        match other.verify_signature(Some(own.public_key())) {
            Ok(()) => Some(true),
            Err(X509Error::SignatureUnsupportedAlgorithm) => None,
            Err(_) => self.key.can_be_verified().then_some(false),
        }
    }
}

/// A moment for people, in UTC: `2026-11-22T19:00:00Z`.
#[must_use]
pub fn moment(seconds: i64) -> String {
    match x509_parser::time::ASN1Time::from_timestamp(seconds) {
        Ok(time) => {
            let time = time.to_datetime();
            format!(
                "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                time.year(),
                u8::from(time.month()),
                time.day(),
                time.hour(),
                time.minute(),
                time.second()
            )
        }
        Err(_) => format!("{seconds} s after 1970"),
    }
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    visible(&short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_survive_both_spellings() {
        let fingerprint = Fingerprint::of(b"certificate");
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        assert_eq!(
            Fingerprint::from_short(&fingerprint.short()),
            Some(fingerprint)
        );
        assert_eq!(fingerprint.short().len(), 43);
        for bad in ["", "00", "zz", &"0".repeat(63), &"é".repeat(32)] {
            assert!(bad.parse::<Fingerprint>().is_err(), "{bad}");
            assert_eq!(Fingerprint::from_short(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
    }
}
