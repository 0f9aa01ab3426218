//! Client certificates for tests, with their keys.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::fingerprint;

mod authority;
mod fixtures;

pub use authority::Authority;
pub use fixtures::{
    ec_384_encrypted, ec_384_sec1, ec_521, rsa_1024, rsa_2048, rsa_2048_pkcs1, rsa_4096,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate and its key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Credential {
    /// The certificate as PEM.
    pub certificate_pem: String,
    /// The certificate as DER.
    pub certificate_der: Vec<u8>,
    /// The key as PEM.
    pub key_pem: String,
    /// SHA-256 of the DER in lower-case hex, as LXD names the certificate.
    pub fingerprint: String,
}

impl Credential {
    /// From PEM texts; the certificate is the first one of its text.
    ///
    /// # Panics
    ///
    /// If the certificate cannot be read.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Self {
        let (_, parsed) = x509_parser::pem::parse_x509_pem(certificate_pem.as_bytes())
            .expect("the certificate is PEM");
        Self {
            certificate_pem: certificate_pem.to_owned(),
            fingerprint: fingerprint::of(&parsed.contents),
            certificate_der: parsed.contents,
            key_pem: key_pem.to_owned(),
        }
    }

    /// The path of its entry in a trust store.
    pub fn path(&self) -> String {
        format!("/1.0/certificates/{}", self.fingerprint)
    }

    /// The body of a POST that adds it to a trust store.
    pub fn body(&self, name: &str) -> Value {
        let encoded = STANDARD.encode(&self.certificate_der);
        json!({"type": "client", "name": name, "certificate": encoded})
    }

    /// Another self-signed certificate for the same key.
    ///
    /// # Panics
    ///
    /// If the key is none that was made here.
    #[must_use]
    pub fn renewed(&self, common_name: &str) -> Self {
        let key = KeyPair::from_pem(&self.key_pem).expect("the key was made here");
        self_signed(&parameters(common_name, Validity::Now), &key)
    }
}

/// The kinds of key that are made on the spot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    /// ECDSA over P-256.
    P256,
    /// ECDSA over P-384, what LXD and Juju make.
    P384,
    /// Ed25519.
    Ed25519,
    /// RSA of 2048 bits; always the same one, as it takes long to make one.
    Rsa2048,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Validity {
    /// From yesterday for ten years.
    Now,
    /// Until yesterday.
    Expired,
    /// From tomorrow on.
    NotYet,
    /// From yesterday until then (whole seconds).
    Until(SystemTime),
    /// From the one to the other (whole seconds).
    Between(SystemTime, SystemTime),
}

/// A self-signed P-384 client certificate that is valid now.
pub fn make(common_name: &str) -> Credential {
    make_with(Key::P384, common_name, Validity::Now)
}

/// A self-signed client certificate. With an empty name it has no common name.
pub fn make_with(key: Key, common_name: &str, validity: Validity) -> Credential {
    self_signed(&parameters(common_name, validity), &generate(key))
}

/// The same, but for a server.
pub fn make_for_server(key: Key, common_name: &str, validity: Validity) -> Credential {
    let mut parameters = parameters(common_name, validity);
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    self_signed(&parameters, &generate(key))
}

/// A self-signed Ed25519 client certificate that is the same each time for the same seed.
///
/// # Panics
///
/// Never: any seed makes a key.
pub fn seeded(seed: u64, common_name: &str, from: SystemTime, until: SystemTime) -> Credential {
    // PKCS#8 of RFC 8410 around the 32 bytes of the key.
    let mut pkcs8 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    let secret = Sha256::digest(format!("{seed} {common_name}"));
    pkcs8.extend(secret);
    let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), &PKCS_ED25519);
    let key = key.expect("any 32 bytes are a key");
    self_signed(
        &parameters(common_name, Validity::Between(from, until)),
        &key,
    )
}

/// So many client certificates as PEM. They share one P-256 key, which makes them cheap.
pub fn many(count: usize) -> Vec<String> {
    let key = generate(Key::P256);
    let made = (0..count).map(|number| {
        let parameters = parameters(&format!("client-{number}"), Validity::Now);
        self_signed(&parameters, &key).certificate_pem
    });
    made.collect()
}

/// A P-256 client certificate issued by a throw-away authority, so not self-signed.
pub fn make_issued(common_name: &str) -> Credential {
    Authority::new("throw-away").issue(common_name)
}

fn self_signed(parameters: &CertificateParams, key: &KeyPair) -> Credential {
    let certificate = parameters.self_signed(key);
    let certificate = certificate.expect("the parameters are complete");
    Credential::from_pem(&certificate.pem(), &key.serialize_pem())
}

fn parameters(common_name: &str, validity: Validity) -> CertificateParams {
    let now = SystemTime::now();
    let (from, until) = match validity {
        Validity::Now => (now - DAY, now + 3650 * DAY),
        Validity::Expired => (now - 30 * DAY, now - DAY),
        Validity::NotYet => (now + DAY, now + 30 * DAY),
        Validity::Until(then) => (now - DAY, then),
        Validity::Between(from, until) => (from, until),
    };
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    if !common_name.is_empty() {
        parameters
            .distinguished_name
            .push(DnType::CommonName, common_name);
    }
    parameters.not_before = from.into();
    parameters.not_after = until.into();
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    parameters
}

fn generate(key: Key) -> KeyPair {
    let algorithm = match key {
        Key::P256 => &PKCS_ECDSA_P256_SHA256,
        Key::P384 => &PKCS_ECDSA_P384_SHA384,
        Key::Ed25519 => &PKCS_ED25519,
        Key::Rsa2048 => {
            let fixture = rsa_2048().key_pem;
            let key = KeyPair::from_pkcs8_pem_and_sign_algo(&fixture, &PKCS_RSA_SHA256);
            return key.expect("the key is RSA");
        }
    };
    KeyPair::generate_for(algorithm).expect("ring makes keys of the other kinds")
}
