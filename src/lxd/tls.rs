//! TLS: who we are to LXD, and which certificate LXD must present.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    sign::CertifiedKey,
};

use crate::{certificate::Fingerprint, secret::Secret};

/// The one place that names the cryptography.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// What the server presented in its last handshake, accepted or not.
#[derive(Clone, Debug, Default)]
pub(super) struct Presented(Arc<OnceLock<CertificateDer<'static>>>);

impl Presented {
    pub(super) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.0.get()
    }
}

/// Our certificate, what was issued along with it, and its key.
#[derive(Debug)]
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: Secret<PrivateKeyDer<'static>>,
}

impl Identity {
    /// Takes a key only if it can be used and belongs to the first certificate.
    ///
    /// # Errors
    /// What is wrong with the key, in words for the operator.
    pub(crate) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, &'static str> {
        match CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider()) {
            Ok(_) => Ok(Self {
                chain,
                key: Secret::new(key),
            }),
            Err(rustls::Error::InconsistentKeys(_)) => Err("it is the key of another certificate"),
            Err(_) => Err("not a usable key; P-256, P-384, Ed25519 and RSA are"),
        }
    }
}

/// TLS 1.2 and 1.3 (LXD 3.0 and 4.0 speak 1.2), our certificate, and only a pinned server; with `known`, only the one
/// that presents this certificate.
pub(super) fn client_config(
    identity: &Identity,
    pins: &[CertificateDer<'static>],
    known: Option<Fingerprint>,
) -> Result<(ClientConfig, Presented), rustls::Error> {
    let provider = provider();
    let presented = Presented::default();
    let verifier = Pinned {
        pins: pins.to_vec(),
        known,
        presented: presented.clone(),
        provider: Arc::clone(&provider),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(identity.chain.clone(), identity.key.reveal().clone_key())?;
    Ok((config, presented))
}

/// Accepts a server whose certificate is one of the pins, to the byte. Name and dates do not count: LXD's own
/// certificate is self-signed, for ten years, and names the host alone. That the server holds the key is verified.
#[derive(Debug)]
struct Pinned {
    pins: Vec<CertificateDer<'static>>,
    known: Option<Fingerprint>,
    presented: Presented,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.presented
            .0
            .get_or_init(|| end_entity.clone().into_owned());
        let known = self
            .known
            .is_none_or(|known| known == Fingerprint::of(end_entity));
        if known && self.pins.contains(end_entity) {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
