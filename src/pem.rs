//! PEM as people paste it: CRLF, indentation, text around the blocks, `EC PARAMETERS` first, no last newline.

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};

/// Why a text is not the PEM that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// There is no block of the wanted kind.
    #[error("no PEM {0} in it")]
    Absent(&'static str),
    /// A block is cut off or is no base64.
    #[error("damaged PEM")]
    Damaged,
    /// The key needs a passphrase, and nobody could type it.
    #[error("encrypted key; remove its passphrase")]
    Encrypted,
}

/// Whether the text holds a private key of any kind, damaged and encrypted ones included.
#[must_use]
pub fn holds_private_key(text: &str) -> bool {
    text.contains("PRIVATE KEY-----")
}

/// All certificates in the text, in order; a damaged block is an error in its place.
pub fn certificates(
    text: &str,
) -> impl Iterator<Item = Result<CertificateDer<'static>, PemError>> + use<> {
    let text = without_indentation(text);
    let blocks: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .map(|block| block.map_err(|_| PemError::Damaged))
        .collect();
    blocks.into_iter()
}

/// The certificates of a text that must hold nothing damaged and at least one.
///
/// # Errors
/// When a block is damaged or there is none.
pub fn certificate_chain(text: &str) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let chain = certificates(text).collect::<Result<Vec<_>, _>>()?;
    if chain.is_empty() {
        return Err(PemError::Absent("certificate"));
    }
    Ok(chain)
}

/// The first private key in the text: PKCS#8, SEC1 or PKCS#1.
///
/// # Errors
/// When there is none, it is damaged, or it is encrypted.
pub fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, PemError> {
    if text.contains("ENCRYPTED") {
        return Err(PemError::Encrypted);
    }
    match PrivateKeyDer::from_pem_slice(without_indentation(text).as_bytes()) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(PemError::Absent("private key")),
        Err(_) => Err(PemError::Damaged),
    }
}

/// One PEM block with the label `CERTIFICATE` and a last newline, 64 characters a line (RFC 7468).
#[must_use]
pub fn encode_certificate(der: &[u8]) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for (place, letter) in text.chars().enumerate() {
        if place > 0 && place % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END CERTIFICATE-----\n");
    pem
}

fn without_indentation(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("\n") + "\n"
}
