//! Client certificates for tests, with their keys.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256,
    SanType,
};

use sha2::{Digest as _, Sha256};

use crate::fingerprint;

mod fixtures;

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
}

impl Credential {
    /// Another self-signed certificate for the same key.
    ///
    /// # Panics
    ///
    /// If the key is none that was made here.
    #[must_use]
    pub fn renewed(&self, common_name: &str) -> Self {
        let key = KeyPair::from_pem(&self.key_pem).expect("the key was made here");
        let certificate = parameters(common_name, Validity::Now).self_signed(&key);
        let certificate = certificate.expect("the parameters are complete");
        Self::from_pem(&certificate.pem(), &self.key_pem)
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

/// What a certificate says it may be used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Usage {
    /// By a client.
    Client,
    /// By a server.
    Server,
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

/// A certificate authority, for servers in PKI mode.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    name: String,
    is_ca: IsCa,
    credential: Credential,
    /// The fingerprints of what it took back.
    revoked: BTreeSet<String>,
}

impl Authority {
    /// A new one of that name.
    pub fn new(name: &str) -> Self {
        Self::with(name, IsCa::Ca(BasicConstraints::Unconstrained))
    }

    /// One whose certificate does not say that it is an authority's.
    pub fn pretended(name: &str) -> Self {
        Self::with(name, IsCa::ExplicitNoCa)
    }

    fn with(name: &str, is_ca: IsCa) -> Self {
        let key = generate(Key::P256);
        let certificate = Self::parameters(name, is_ca).self_signed(&key);
        let certificate = certificate.expect("the parameters are complete");
        Self {
            name: name.to_owned(),
            is_ca,
            credential: Credential::from_pem(&certificate.pem(), &key.serialize_pem()),
            revoked: BTreeSet::new(),
        }
    }

    /// Its own certificate as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.credential.certificate_pem
    }

    /// Its own certificate and key, which may be shown like any other.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Its own certificate as DER.
    pub fn certificate_der(&self) -> &[u8] {
        &self.credential.certificate_der
    }

    /// A client certificate issued by it.
    pub fn issue(&self, common_name: &str) -> Credential {
        self.sign(Key::P256, &parameters(common_name, Validity::Now))
    }

    /// The same with that key, valid then.
    pub fn issue_with(&self, key: Key, common_name: &str, validity: Validity) -> Credential {
        self.sign(key, &parameters(common_name, validity))
    }

    /// The same authority with that certificate on its list of revoked ones.
    #[must_use]
    pub fn revoking(mut self, credential: &Credential) -> Self {
        self.revoked.insert(credential.fingerprint.clone());
        self
    }

    pub(crate) fn has_revoked(&self, fingerprint: &str) -> bool {
        self.revoked.contains(fingerprint)
    }

    /// A server's certificate issued by it, for these host names and addresses.
    pub fn issue_server(&self, names: &[&str], validity: Validity) -> Credential {
        let mut server = parameters("server", validity);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.subject_alt_names = names.iter().map(|name| alternative_name(name)).collect();
        self.sign(Key::P256, &server)
    }

    fn sign(&self, key: Key, wanted: &CertificateParams) -> Credential {
        let own_key = KeyPair::from_pem(&self.credential.key_pem).expect("the key was made here");
        let issuer = rcgen::Issuer::new(Self::parameters(&self.name, self.is_ca), own_key);
        let key = generate(key);
        let certificate = wanted.signed_by(&key, &issuer);
        let certificate = certificate.expect("the parameters are complete");
        Credential::from_pem(&certificate.pem(), &key.serialize_pem())
    }

    fn parameters(name: &str, is_ca: IsCa) -> CertificateParams {
        let mut parameters = parameters(name, Validity::Now);
        parameters.is_ca = is_ca;
        parameters.extended_key_usages.clear();
        parameters
    }
}

/// A self-signed P-384 client certificate that is valid now.
pub fn make(common_name: &str) -> Credential {
    make_with(Key::P384, common_name, Validity::Now)
}

/// A self-signed client certificate. With an empty name it has no common name.
pub fn make_with(key: Key, common_name: &str, validity: Validity) -> Credential {
    make_with_usage(key, common_name, validity, Usage::Client)
}

/// The same with what it says it may be used for.
pub fn make_with_usage(
    key: Key,
    common_name: &str,
    validity: Validity,
    usage: Usage,
) -> Credential {
    let key = generate(key);
    let mut parameters = parameters(common_name, validity);
    if usage == Usage::Server {
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    }
    let certificate = parameters.self_signed(&key);
    let certificate = certificate.expect("the parameters are complete");
    Credential::from_pem(&certificate.pem(), &key.serialize_pem())
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
    let certificate = parameters(common_name, Validity::Between(from, until)).self_signed(&key);
    let certificate = certificate.expect("the parameters are complete");
    Credential::from_pem(&certificate.pem(), &key.serialize_pem())
}

/// So many client certificates as PEM. They share one P-256 key, which makes them cheap.
pub fn many(count: usize) -> Vec<String> {
    let key = generate(Key::P256);
    let made = (0..count).map(|number| {
        let parameters = parameters(&format!("client-{number}"), Validity::Now);
        let certificate = parameters.self_signed(&key);
        certificate.expect("the parameters are complete").pem()
    });
    made.collect()
}

/// A P-256 client certificate issued by a throw-away authority, so not self-signed.
pub fn make_issued(common_name: &str) -> Credential {
    let authority_key = generate(Key::P256);
    let authority = rcgen::Issuer::new(parameters("throw-away", Validity::Now), authority_key);
    let key = generate(Key::P256);
    let certificate = parameters(common_name, Validity::Now).signed_by(&key, &authority);
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

fn alternative_name(name: &str) -> SanType {
    match name.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into().expect("names are ASCII")),
    }
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
