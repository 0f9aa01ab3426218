//! Which certificates LXD may present: a fingerprint, a bundle in PEM, or whatever the system's authorities vouch for.

use std::str::FromStr;

use rustls::pki_types::{CertificateDer, ServerName};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer as _, X509Certificate},
};

use crate::{
    visible::is_hidden,
    x509::{
        certificate::Fingerprint,
        der,
        pem::{self, PemError},
    },
};

/// What was configured about the server's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pins {
    /// The one with this fingerprint.
    Fingerprint(Fingerprint),
    /// One of these, or one that an authority among them issued.
    Bundle(Vec<Pin>),
    /// Nothing was: one that the system's authorities issued.
    System,
}

/// A certificate of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// It is one of a certificate authority.
    pub is_authority: bool,
    /// The first DNS name that it is for.
    pub name: Option<ServerName<'static>>,
}

/// Why a text tells nothing about a server's certificate; the words stand behind the name of the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPins {
    /// It looks like PEM, and is not.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// Anything else.
    #[error("neither a certificate in PEM nor a SHA-256 fingerprint")]
    Neither,
}

impl Pins {
    /// The fingerprints of what was configured, for people.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        match self {
            Self::Fingerprint(fingerprint) => vec![*fingerprint],
            Self::Bundle(pins) => pins.iter().map(|pin| Fingerprint::of(&pin.der)).collect(),
            Self::System => Vec::new(),
        }
    }
}

impl Pin {
    /// A certificate is a pin even if it is none that a parser takes: LXD may present it all the same.
    fn new(der: CertificateDer<'static>) -> Result<Self, PemError> {
        der::public_key(&der).ok_or(PemError::NotX509)?;
        let parsed = X509Certificate::from_der(&der).ok();
        let parsed = parsed.as_ref().map(|(_, parsed)| parsed);
        let names = parsed.and_then(|parsed| parsed.subject_alternative_name().ok().flatten());
        let names = names.iter().flat_map(|names| &names.value.general_names);
        let mut dns_names = names.filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        let name = dns_names.next();
        Ok(Self {
            is_authority: parsed.is_some_and(|parsed| parsed.is_ca()),
            name: name.and_then(|name| ServerName::try_from(name).ok()),
            der,
        })
    }
}

/// What was configured, and what in it could not be read beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configured {
    /// What can be used.
    pub pins: Pins,
    /// The blocks that cannot.
    pub damaged: Vec<PemError>,
}

/// Nothing, PEM with text around it, or 64 hexadecimal digits in any case, with or without colons.
impl FromStr for Configured {
    type Err = BadPins;

    fn from_str(text: &str) -> Result<Self, BadPins> {
        let only = |pins| Self {
            pins,
            damaged: Vec::new(),
        };
        if text.trim().is_empty() {
            return Ok(only(Pins::System));
        }
        if !pem::holds_a_block(text) {
            let digits: String = text
                .chars()
                .filter(|letter| *letter != ':' && !letter.is_whitespace() && !is_hidden(*letter))
                .collect();
            let fingerprint = digits.parse().map_err(|_| BadPins::Neither)?;
            return Ok(only(Pins::Fingerprint(fingerprint)));
        }
        let mut bundle = Vec::new();
        let mut damaged = Vec::new();
        for block in pem::certificates(text) {
            match block.and_then(Pin::new) {
                Ok(pin) => bundle.push(pin),
                Err(error) => damaged.push(error),
            }
        }
        match (bundle.is_empty(), damaged.first()) {
            (false, _) => Ok(Self {
                pins: Pins::Bundle(bundle),
                damaged,
            }),
            (true, Some(error)) => Err((*error).into()),
            (true, None) => Err(PemError::Absent("certificate").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins(text: &str) -> Result<Pins, BadPins> {
        text.parse().map(|configured: Configured| configured.pins)
    }

    #[test]
    fn a_fingerprint_is_read_as_people_write_it() {
        let fingerprint = Fingerprint::of(b"certificate");
        let plain = fingerprint.to_string();
        let pairs: Vec<&str> = (0..32).map(|pair| &plain[pair * 2..pair * 2 + 2]).collect();
        for text in [
            plain.clone(),
            plain.to_uppercase(),
            pairs.join(":"),
            format!(" {}\n", pairs.join(":").to_uppercase()),
        ] {
            assert_eq!(pins(&text), Ok(Pins::Fingerprint(fingerprint)), "{text}");
        }
    }

    #[test]
    fn nothing_means_the_systems_authorities() {
        assert_eq!(pins(" \n"), Ok(Pins::System));
    }

    #[test]
    fn what_is_neither_is_told_so() {
        let why = |text: &str| pins(text).unwrap_err();
        for text in ["yes", "ab:cd", &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(why(text), BadPins::Neither, "{text}");
        }
        let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        assert_eq!(why(key), BadPins::Pem(PemError::Absent("certificate")));
        let rubbish = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        assert_eq!(why(rubbish), BadPins::Pem(PemError::NotX509));
        let cut_off = "-----BEGIN CERTIFICATE-----\nAA";
        assert_eq!(why(cut_off), BadPins::Pem(PemError::CutOff));
    }
}
