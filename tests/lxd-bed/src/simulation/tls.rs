//! The server's side of TLS: one version alone, a self-signed certificate, and every client
//! welcome whatever certificate it shows.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, SanType,
};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ClientHello;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{DistinguishedName as Issuer, Error, ServerConfig};

use super::certificate::Certificate;
use crate::certificates::{self, Credential};
use crate::profile::Profile;
use crate::signatures::signatures;

const TEN_YEARS: Duration = Duration::from_secs(3652 * 24 * 60 * 60);

/// What a server shows of itself.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    credential: Credential,
    /// For clients that offer no application protocol, or one that is spoken here.
    ordinary: Arc<ServerConfig>,
    /// For clients that offer only strange ones: it makes the handshake fail as LXD's does.
    strict: Arc<ServerConfig>,
}

impl Identity {
    /// With a new certificate.
    pub(super) fn of_server(profile: Profile, name: &str) -> Self {
        Self::of(profile, server_credential(profile, name))
    }

    pub(super) fn of(profile: Profile, credential: Credential) -> Self {
        let mut strict = configuration(profile, &credential);
        strict.alpn_protocols = vec![b"h2".to_vec()];
        Self {
            ordinary: Arc::new(configuration(profile, &credential)),
            strict: Arc::new(strict),
            credential,
        }
    }

    pub(super) fn certificate_pem(&self) -> &str {
        &self.credential.certificate_pem
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.credential.fingerprint
    }

    pub(super) fn configuration_for(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        let mut offered = hello.alpn().into_iter().flatten().peekable();
        let strange = offered.peek().is_some()
            && !offered.any(|protocol| [b"h2".as_slice(), b"http/1.1"].contains(&protocol));
        match strange {
            true => Arc::clone(&self.strict),
            false => Arc::clone(&self.ordinary),
        }
    }
}

/// The certificate that a server of that name makes for itself.
pub(crate) fn server_credential(profile: Profile, name: &str) -> Credential {
    let key = match profile.has_rsa_key() {
        true => rsa_key(),
        false => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).expect("ring makes P-384 keys"),
    };
    let certificate = parameters(profile, name)
        .self_signed(&key)
        .expect("the parameters are complete");
    Credential::from_pem(&certificate.pem(), &key.serialize_pem())
}

/// It takes seconds to make one, so it is the same for all.
fn rsa_key() -> KeyPair {
    let key = certificates::rsa_4096().key_pem;
    KeyPair::from_pkcs8_pem_and_sign_algo(&key, &PKCS_RSA_SHA256).expect("the key is RSA")
}

fn parameters(profile: Profile, name: &str) -> CertificateParams {
    let now = SystemTime::now();
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = DistinguishedName::new();
    let subject = &mut parameters.distinguished_name;
    subject.push(DnType::OrganizationName, profile.organization());
    subject.push(DnType::CommonName, format!("root@{name}"));
    parameters.subject_alt_names = vec![
        SanType::DnsName(name.try_into().expect("a server's name is ASCII")),
        SanType::IpAddress([127, 0, 0, 1].into()),
        SanType::IpAddress(std::net::Ipv6Addr::LOCALHOST.into()),
    ];
    // No two are the same, also with the same key in the same second.
    let since = now.duration_since(SystemTime::UNIX_EPOCH);
    let serial = since.map_or(0, |since| since.as_micros());
    parameters.serial_number = Some(serial.to_be_bytes().to_vec().into());
    parameters.not_before = now.into();
    parameters.not_after = (now + TEN_YEARS).into();
    parameters.is_ca = IsCa::ExplicitNoCa;
    parameters.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    parameters
}

fn configuration(profile: Profile, credential: &Credential) -> ServerConfig {
    let version = match profile.speaks_tls_1_2() {
        true => &TLS12,
        false => &TLS13,
    };
    let key = PrivateKeyDer::from_pem_slice(credential.key_pem.as_bytes())
        .expect("a credential's key is PEM");
    let chain = vec![CertificateDer::from(credential.certificate_der.clone())];
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .expect("ring does both")
        .with_client_cert_verifier(Arc::new(Anybody))
        .with_single_cert(chain, key)
        .expect("a credential's key can sign")
}

/// Asks for a certificate, takes any and none. Only the signature has to be right, where the library
/// knows the kind of key.
#[derive(Debug)]
struct Anybody;

fn has_a_weak_key(certificate: &[u8]) -> bool {
    Certificate::from_der(certificate).is_ok_and(|read| read.has_a_weak_key())
}

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[Issuer] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    signatures!(believed: has_a_weak_key);
}
