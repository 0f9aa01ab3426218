//! What LXD looks at in a certificate.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;

use crate::certificates::Authority;
use crate::fingerprint;
use crate::profile::Profile;

const LEAST_RSA_BITS: usize = 2048;

/// A certificate that could be read.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    der: Vec<u8>,
    pub(super) common_name: String,
    not_before: i64,
    not_after: i64,
    rsa_bits: Option<usize>,
}

impl Certificate {
    /// The error is LXD's text.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, &'static str> {
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|_| "x509: malformed certificate")?;
        if !rest.is_empty() {
            return Err("x509: trailing data");
        }
        let names = parsed.subject().iter_common_name();
        let rsa_bits = match parsed.public_key().parsed() {
            Ok(PublicKey::RSA(key)) => Some(key.key_size()),
            _ => None,
        };
        Ok(Self {
            der: der.to_owned(),
            common_name: names
                .last()
                .and_then(|name| name.as_str().ok())
                .unwrap_or_default()
                .to_owned(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            rsa_bits,
        })
    }

    /// The first block of a text that can be read; `None` if there is none.
    pub(super) fn from_pem(pem: &str) -> Option<Result<Self, &'static str>> {
        let (_, parsed) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
        Some(Self::from_der(&parsed.contents))
    }

    pub(super) fn fingerprint(&self) -> String {
        fingerprint::of(&self.der)
    }

    pub(super) fn pem(&self) -> String {
        let text = STANDARD.encode(&self.der);
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        for (index, character) in text.chars().enumerate() {
            if index > 0 && index % 64 == 0 {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END CERTIFICATE-----\n");
        pem
    }

    /// Whether that authority issued it.
    pub(super) fn is_issued_by(&self, authority: &Authority) -> bool {
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes());
        roots
            .add(root.expect("an authority's certificate is PEM"))
            .expect("an authority's certificate can be read");
        if self.der == authority.credential().certificate_der {
            return true;
        }
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let verifier = verifier.expect("there is one root");
        let leaf = CertificateDer::from(self.der.as_slice());
        verifier
            .verify_client_cert(&leaf, &[], UnixTime::now())
            .is_ok()
    }

    pub(super) fn is_valid_at(&self, now: SystemTime) -> bool {
        (self.not_before..=self.not_after).contains(&seconds(now))
    }

    /// When it ends.
    pub(super) fn expires(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::try_from(self.not_after).unwrap_or(0))
    }

    /// Why that server does not take it at that time.
    pub(super) fn objection(&self, profile: Profile, now: SystemTime) -> Option<&'static str> {
        if !profile.checks_certificates() {
            return None;
        }
        if seconds(now) < self.not_before {
            return Some(profile.not_valid_yet());
        }
        if seconds(now) > self.not_after {
            return Some("The provided certificate is expired");
        }
        self.has_a_weak_key()
            .then_some("RSA key is too weak (minimum of 2048bit)")
    }

    pub(super) fn has_a_weak_key(&self) -> bool {
        self.rsa_bits.is_some_and(|bits| bits < LEAST_RSA_BITS)
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}
