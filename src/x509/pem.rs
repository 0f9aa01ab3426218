//! PEM as people paste it: the one place that reads it, for options, secrets, clouds, databags and actions.
//!
//! Taken are CRLF, indentation, text around the blocks and on their lines, a BOM, blocks glued together, line ends that
//! became blanks, `\n` in two characters, or nothing, the labels `X509 CERTIFICATE` and `TRUSTED CERTIFICATE`, and a
//! missing last newline. A block that begins and cannot be read is an error in its place, and takes no other along.

mod markers;
mod private;

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::der;
use crate::visible;
use markers::{Kind, Marker, markers};
pub use private::holds_private_key;

/// Base64 whose padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why a text is not the PEM that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// There is no block of the wanted kind.
    #[error("no PEM {0} in it")]
    Absent(&'static str),
    /// It begins and does not end.
    #[error("damaged PEM: a block is cut off; give it whole, with its BEGIN and END lines")]
    CutOff,
    /// It ends and did not begin.
    #[error("damaged PEM: an END line without its BEGIN line; give the block whole")]
    NoBegin,
    /// It ends as another kind of block.
    #[error("damaged PEM: the END line is of another kind than the BEGIN line")]
    OtherEnd,
    /// What stands in it is no base64.
    #[error("damaged PEM: a block is no base64; copy it anew")]
    NotBase64,
    /// What stands in it is no certificate.
    #[error("damaged PEM: a block holds no X.509 certificate; copy it anew")]
    NotX509,
    /// A block of a kind that nobody asked for, and that may be a misspelt one.
    #[error("a PEM block that is neither a certificate nor a private key")]
    OtherKind,
    /// The key needs a passphrase, and nobody could type it.
    #[error("encrypted key; remove its passphrase")]
    Encrypted,
    /// The key is in a form that only SSH uses.
    #[error("a key in OpenSSH's form; convert it, with: ssh-keygen -p -m PKCS8 -f FILE")]
    OpenSsh,
    /// What stands in a block is no private key.
    #[error("damaged PEM: a block holds no private key in PKCS#8, SEC1 or PKCS#1")]
    NotAKey,
}

/// One block: what it says it is, and the DER in it.
struct Block {
    kind: Kind,
    content: Result<Vec<u8>, PemError>,
}

/// Whether a block begins in the text.
#[must_use]
pub fn holds_a_block(text: &str) -> bool {
    markers(text).iter().any(|marker| marker.begins)
}

/// All certificates in the text, in order; a block that cannot be read, whatever it should be, is an error in its place.
/// Private keys and what is known to stand beside certificates are passed over.
#[must_use]
pub fn certificates(text: &str) -> Vec<Result<CertificateDer<'static>, PemError>> {
    let blocks = blocks(text).into_iter();
    blocks
        .filter_map(|block| match block.kind {
            Kind::Certificate => Some(block.content.map(CertificateDer::from)),
            Kind::Unknown => Some(Err(block.content.err().unwrap_or(PemError::OtherKind))),
            Kind::Key | Kind::Beside => None,
        })
        .collect()
}

/// All private keys in the text, in order: PKCS#8, SEC1 or PKCS#1, whatever the label says.
#[must_use]
pub fn private_keys(text: &str) -> Vec<Result<PrivateKeyDer<'static>, PemError>> {
    let blocks = blocks(text).into_iter();
    blocks
        .filter_map(|block| match block.kind {
            Kind::Key => Some(block.content.and_then(private_key)),
            Kind::Unknown => Some(Err(block.content.err().unwrap_or(PemError::OtherKind))),
            Kind::Certificate | Kind::Beside => None,
        })
        .collect()
}

/// One PEM block with the label `CERTIFICATE` and a last newline, 64 characters a line (RFC 7468).
#[must_use]
pub fn encode_certificate(der: &[u8]) -> String {
    let text = BASE64.encode(der);
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

fn blocks(text: &str) -> Vec<Block> {
    let markers = markers(text);
    let mut rest = markers.as_slice();
    let mut blocks = Vec::new();
    while let Some((marker, after)) = rest.split_first() {
        let end = after.first().filter(|next| marker.begins && !next.begins);
        let content = match end {
            _ if !marker.begins => Err(PemError::NoBegin),
            None => Err(PemError::CutOff),
            Some(end) if end.kind != marker.kind => Err(PemError::OtherEnd),
            Some(end) => content(marker, end, text),
        };
        rest = match end {
            Some(_) => after.get(1..).unwrap_or_default(),
            None => after,
        };
        // What is passed over is passed over whole: cut off, it may have taken a certificate's BEGIN line along.
        let kind = match marker.kind {
            Kind::Beside if content.is_err() => Kind::Unknown,
            kind => kind,
        };
        blocks.push(Block { kind, content });
    }
    blocks
}

fn content(marker: &Marker, end: &Marker, text: &str) -> Result<Vec<u8>, PemError> {
    let body = text.get(marker.end..end.start).unwrap_or_default();
    match marker.kind {
        Kind::Beside | Kind::Unknown => Ok(Vec::new()),
        Kind::Certificate if marker.label.contains("TRUSTED") => without_notes(&decode(body)?),
        Kind::Certificate => decode(body),
        Kind::Key if marker.label.contains("OPENSSH") => Err(PemError::OpenSsh),
        Kind::Key if marker.label.contains("ENCRYPTED") || has_encryption_header(body) => {
            Err(PemError::Encrypted)
        }
        Kind::Key => decode(body),
    }
}

/// `Proc-Type: 4,ENCRYPTED` (RFC 1421).
fn has_encryption_header(body: &str) -> bool {
    body.contains(':') && body.to_ascii_uppercase().contains("ENCRYPTED")
}

/// The bytes of a body in base64; headers, blanks and written-out line ends are left out.
fn decode(body: &str) -> Result<Vec<u8>, PemError> {
    let lines = without_escapes(body);
    let lines = lines.lines().filter(|line| !line.contains(": "));
    let text: String = lines
        .flat_map(str::chars)
        .filter(|letter| !letter.is_whitespace() && !visible::is_hidden(*letter))
        .collect();
    BASE64.decode(text).map_err(|_| PemError::NotBase64)
}

/// `\n`, `\r` and `\t` in two characters become line ends, also where the backslash was escaped once more.
fn without_escapes(text: &str) -> String {
    let mut pieces = text.split('\\');
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        whole.push('\n');
        whole.push_str(piece.strip_prefix(['n', 'r', 't']).unwrap_or(piece));
    }
    whole
}

/// OpenSSL writes its own notes behind a certificate that it calls trusted.
fn without_notes(der: &[u8]) -> Result<Vec<u8>, PemError> {
    let (certificate, _notes) = der::first(der).ok_or(PemError::NotX509)?;
    Ok(certificate.whole.to_vec())
}

fn private_key(der: Vec<u8>) -> Result<PrivateKeyDer<'static>, PemError> {
    if private::is_encrypted_key(&der) {
        return Err(PemError::Encrypted);
    }
    PrivateKeyDer::try_from(der).map_err(|_| PemError::NotAKey)
}

#[cfg(test)]
mod tests;
