//! TLS: who we are to LXD.

use std::sync::Arc;

use rustls::{
    ClientConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::CertifiedKey,
};

use super::verify::{Presented, Verifier};
use crate::{certificate::Fingerprint, credential::Credential, secret::Secret};

/// The one place that names the cryptography.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Our certificate and its key. What was issued along with the certificate is not shown: LXD has no use for it, and where
/// it takes a certificate from the connection, it takes the last one.
#[derive(Debug)]
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: Secret<PrivateKeyDer<'static>>,
}

impl Identity {
    /// Takes a key only if it can be used and belongs to the certificate.
    ///
    /// # Errors
    /// What is wrong with the key, in words for the operator.
    pub(crate) fn new(
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, &'static str> {
        match CertifiedKey::from_der(vec![certificate.clone()], key.clone_key(), &provider()) {
            Ok(_) => Ok(Self {
                certificate,
                key: Secret::new(key),
            }),
            Err(rustls::Error::InconsistentKeys(_)) => Err("it is the key of another certificate"),
            Err(_) => Err("not a usable key; P-256, P-384, Ed25519 and RSA are"),
        }
    }
}

/// TLS 1.2 and 1.3 (LXD 3.0 and 4.0 speak 1.2), our certificate, and only a server that the credential allows; with
/// `known`, only the one that presents this certificate.
pub(super) fn client_config(
    credential: &Credential,
    known: Option<Fingerprint>,
) -> Result<(ClientConfig, Presented), rustls::Error> {
    let provider = provider();
    let presented = Presented::default();
    let verifier = Verifier::new(
        &credential.pins,
        &credential.endpoint,
        known,
        presented.clone(),
        Arc::clone(&provider),
    );
    let Identity { certificate, key } = &credential.identity;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_auth_cert(vec![certificate.clone()], key.reveal().clone_key())?;
    Ok((config, presented))
}
