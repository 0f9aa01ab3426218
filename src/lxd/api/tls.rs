//! TLS towards LXD.

use std::sync::Arc;

use rustls::{ClientConfig, sign::SingleCertAndKey};

use super::verify::{Presented, Verifier};
use crate::{
    credential::Credential,
    x509::{certificate::Fingerprint, key_pair},
};

/// TLS 1.2 and 1.3 (LXD 3.0 and 4.0 speak 1.2), our certificate, and only a server that the credential allows; with
/// `known`, only the one that presents this certificate.
pub(super) fn client_config(
    credential: &Credential,
    known: Option<Fingerprint>,
) -> Result<(ClientConfig, Presented), rustls::Error> {
    let provider = key_pair::provider();
    let presented = Presented::default();
    let verifier = Verifier::new(
        &credential.pins,
        &credential.endpoint,
        known,
        presented.clone(),
        Arc::clone(&provider),
    );
    let certified = credential.key_pair.certified();
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    Ok((config, presented))
}
