//! TLS of the independent client: exactly one server certificate is right.

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, Error, SignatureAlgorithm, SignatureScheme, SupportedProtocolVersion};

use crate::certificates::Credential;
use crate::signatures::signatures;

/// TLS 1.2 and 1.3, no application protocol offered, the server's certificate pinned.
///
/// # Panics
///
/// If the PEM texts cannot be read.
pub fn configuration(
    server_certificate_pem: &str,
    credential: Option<&Credential>,
) -> ClientConfig {
    configuration_of(server_certificate_pem, credential, &[&TLS13, &TLS12])
}

/// The same with these versions of TLS only.
///
/// # Panics
///
/// If the PEM texts cannot be read.
pub fn configuration_of(
    server_certificate_pem: &str,
    credential: Option<&Credential>,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let pin = Pin(certificate(server_certificate_pem));
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .expect("ring does TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(pin));
    match credential {
        None => builder.with_no_client_auth(),
        Some(credential) => {
            let key = PrivateKeyDer::from_pem_slice(credential.key_pem.as_bytes())
                .expect("the credential's key is PEM");
            let chain = vec![certificate(&credential.certificate_pem)];
            match ring::sign::any_supported_type(&key) {
                Ok(_) => builder
                    .with_client_auth_cert(chain, key)
                    .expect("the credential's key can sign"),
                Err(_) => builder.with_client_cert_resolver(Arc::new(Pretender::with(chain))),
            }
        }
    }
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("the certificate is PEM")
}

/// Takes this certificate and no other.
#[derive(Debug)]
struct Pin(CertificateDer<'static>);

impl ServerCertVerifier for Pin {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match *leaf == self.0 {
            true => Ok(ServerCertVerified::assertion()),
            false => Err(Error::General("another server certificate".to_owned())),
        }
    }

    signatures!(believed: |_| false);
}

/// Shows a certificate whose key the library here cannot sign with, an RSA key under 2048 bits, and
/// signs with nothing. LXD would verify a signature; the simulation believes it.
#[derive(Debug)]
struct Pretender {
    shown: Arc<CertifiedKey>,
}

/// Signs with nothing.
#[derive(Debug)]
struct Nothing;

impl Pretender {
    fn with(chain: Vec<CertificateDer<'static>>) -> Self {
        Self {
            shown: Arc::new(CertifiedKey::new(chain, Arc::new(Nothing))),
        }
    }
}

impl ResolvesClientCert for Pretender {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.shown))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl SigningKey for Nothing {
    fn choose_scheme(&self, _offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(Self))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Nothing {
    fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(vec![0; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}
