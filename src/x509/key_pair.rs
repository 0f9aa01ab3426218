//! A certificate with its key, loaded so that TLS can sign with it.

use std::sync::Arc;

use rustls::{
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer},
    sign::{CertifiedKey, SigningKey},
};

use super::{der, public_key::KeyKind, sec1};
use crate::secret::Secret;

/// The one place that names the cryptography.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Our certificate and its key. What was issued along with the certificate is not shown: LXD has no use for it, and where
/// it takes a certificate from the connection, it takes the last one.
#[derive(Debug)]
pub struct KeyPair {
    certificate: CertificateDer<'static>,
    key: Secret<Arc<dyn SigningKey>>,
}

/// Why no certificate and key make a pair; the words stand behind the name of the option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPair {
    /// The certificate's key is of a kind that our TLS cannot use.
    #[error("its key is {0}, which the charm's TLS cannot use; {USABLE}")]
    Certificate(KeyKind),
    /// The key is of a kind that our TLS cannot use, or is damaged.
    #[error("not a key that the charm's TLS can use; {USABLE}")]
    Key,
    /// The key can be used, and is none of the certificates'.
    #[error("it is the key of another certificate")]
    OtherKey,
}

/// The keys that our TLS can sign with.
const USABLE: &str =
    "give one of P-256, P-384, Ed25519, or RSA (2048, 3072 or 4096 bits, exponent 65537)";

impl KeyPair {
    /// The first of these keys that belongs to one of these certificates. Whatever else a certificate says is of no
    /// matter: LXD knows it by its bytes.
    ///
    /// # Errors
    /// When there is no such pair.
    pub fn of(
        certificates: &[CertificateDer<'static>],
        keys: &[PrivateKeyDer<'static>],
    ) -> Result<Self, NoPair> {
        let mut usable = false;
        for key in keys {
            let loaded = load(key.clone_key());
            usable |= loaded.is_some();
            for certificate in certificates {
                let completed = || load(sec1::completed(key, certificate)?);
                let key = loaded.clone().or_else(completed);
                if let Some(key) = key.filter(|key| belongs(key.as_ref(), certificate)) {
                    return Ok(Self {
                        certificate: certificate.clone(),
                        key: Secret::new(key),
                    });
                }
            }
        }
        let kinds = certificates
            .iter()
            .filter_map(|certificate| der::public_key(certificate))
            .map(KeyKind::of);
        Err(match kinds.into_iter().find(|kind| !kind.can_sign()) {
            _ if usable => NoPair::OtherKey,
            Some(kind) => NoPair::Certificate(kind),
            None => NoPair::Key,
        })
    }

    /// Our certificate.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What TLS shows and signs with.
    #[must_use]
    pub fn certified(&self) -> CertifiedKey {
        CertifiedKey::new(
            vec![self.certificate.clone()],
            Arc::clone(self.key.reveal()),
        )
    }
}

fn load(key: PrivateKeyDer<'static>) -> Option<Arc<dyn SigningKey>> {
    provider().key_provider.load_private_key(key).ok()
}

/// Whether it is the key of the certificate. Only the key itself is compared: some write its algorithm in another way.
fn belongs(key: &dyn SigningKey, certificate: &CertificateDer<'_>) -> bool {
    let bits = |info: &[u8]| {
        let (info, _) = der::first(info)?;
        let key = der::elements(info.content).nth(1)?;
        Some(key.content.to_vec())
    };
    let own = key.public_key().and_then(|info| bits(&info));
    own.is_some() && own == der::public_key(certificate).and_then(bits)
}
