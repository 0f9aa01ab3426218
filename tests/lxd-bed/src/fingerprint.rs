//! Fingerprints as LXD writes them: the SHA-256 of the DER in lower-case hex.

use sha2::{Digest, Sha256};

/// The fingerprint of a certificate's DER.
pub(crate) fn of(der: &[u8]) -> String {
    Sha256::digest(der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The fingerprint of the first certificate in a PEM text.
pub(crate) fn of_pem(pem: &str) -> Option<String> {
    let (_, parsed) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).ok()?;
    Some(of(&parsed.contents))
}
