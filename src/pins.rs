//! Which certificates LXD may present: a fingerprint, a bundle in PEM, or whatever the system's authorities vouch for.

use std::str::FromStr;

use rustls::pki_types::{CertificateDer, ServerName};
use x509_parser::{
    extensions::GeneralName,
    prelude::{FromDer as _, X509Certificate},
};

use crate::{
    certificate::Fingerprint,
    pem::{self, PemError},
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
    /// A PEM block with something else in it.
    #[error("not an X.509 certificate")]
    NotACertificate,
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
    fn new(der: CertificateDer<'static>) -> Result<Self, BadPins> {
        let (_, parsed) = X509Certificate::from_der(&der).map_err(|_| BadPins::NotACertificate)?;
        let names = parsed.subject_alternative_name().ok().flatten();
        let names = names.iter().flat_map(|names| &names.value.general_names);
        let mut dns_names = names.filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            _ => None,
        });
        Ok(Self {
            is_authority: parsed.is_ca(),
            name: dns_names
                .next()
                .and_then(|name| ServerName::try_from(name).ok()),
            der,
        })
    }
}

/// Nothing, PEM with text around it, or 64 hexadecimal digits in any case, with or without colons.
impl FromStr for Pins {
    type Err = BadPins;

    fn from_str(text: &str) -> Result<Self, BadPins> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::System);
        }
        if text.contains("-----") {
            let pins = pem::certificate_chain(text)?.into_iter().map(Pin::new);
            return Ok(Self::Bundle(pins.collect::<Result<_, _>>()?));
        }
        let digits = text.replace(':', "");
        let fingerprint = digits.parse().map_err(|_| BadPins::Neither)?;
        Ok(Self::Fingerprint(fingerprint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(text.parse(), Ok(Pins::Fingerprint(fingerprint)), "{text}");
        }
    }

    #[test]
    fn nothing_means_the_systems_authorities() {
        assert_eq!(" \n".parse(), Ok(Pins::System));
    }

    #[test]
    fn what_is_neither_is_told_so() {
        let why = |text: &str| text.parse::<Pins>().unwrap_err();
        for text in ["yes", "ab:cd", &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(why(text), BadPins::Neither, "{text}");
        }
        let key = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        assert_eq!(why(key), BadPins::Pem(PemError::Absent("certificate")));
        let rubbish = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        assert_eq!(why(rubbish), BadPins::NotACertificate);
        let cut_off = "-----BEGIN CERTIFICATE-----\nAA";
        assert_eq!(why(cut_off), BadPins::Pem(PemError::Damaged));
    }
}
