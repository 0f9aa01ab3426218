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

use crate::{der, visible};
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
        Kind::Certificate if marker.label.contains("TRUSTED") => without_notes(decode(body)?),
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
fn without_notes(der: Vec<u8>) -> Result<Vec<u8>, PemError> {
    let (certificate, _notes) = der::first(&der).ok_or(PemError::NotX509)?;
    Ok(certificate.whole.to_vec())
}

fn private_key(der: Vec<u8>) -> Result<PrivateKeyDer<'static>, PemError> {
    if private::is_encrypted_key(&der) {
        return Err(PemError::Encrypted);
    }
    PrivateKeyDer::try_from(der).map_err(|_| PemError::NotAKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate's outline is enough here.
    const BODY: &str = "MAowCDAGBgQqAwQF";

    fn block(label: &str) -> String {
        format!("-----BEGIN {label}-----\n{BODY}\n-----END {label}-----\n")
    }

    fn read(text: &str) -> Vec<Result<usize, PemError>> {
        let blocks = certificates(text).into_iter();
        blocks.map(|block| block.map(|der| der.len())).collect()
    }

    #[test]
    fn every_spelling_of_a_block_is_the_block() {
        let plain = block("CERTIFICATE");
        for text in [
            plain.clone(),
            plain.trim_end().to_owned(),
            plain.replace('\n', "\r\n"),
            plain.replace('\n', "\r"),
            plain.replace('\n', " "),
            plain.replace('\n', ""),
            plain.replace('\n', "\\n"),
            plain.replace('\n', "\\\\r\\\\n"),
            plain.replace('\n', "\n\t  "),
            plain.replace("-----", "\u{2014}\u{2013}-"),
            format!("\u{feff}{plain}"),
            format!("cert: {plain} -- the end --"),
            format!("{}{plain}", block("EC PARAMETERS")),
            block("X509 CERTIFICATE"),
            block("TRUSTED CERTIFICATE").replace(BODY, "MAowCDAGBgQqAwQFMAA="),
        ] {
            assert_eq!(read(&text), [Ok(12)], "{text}");
            assert_eq!(read(&format!("{text}{text}")), [Ok(12), Ok(12)], "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_and_takes_nothing_along() {
        let good = block("CERTIFICATE");
        let begin = "-----BEGIN CERTIFICATE-----";
        for (bad, why) in [
            (begin.to_owned(), PemError::CutOff),
            (format!("{begin}\n{BODY}\n"), PemError::CutOff),
            ("-----BEGIN ".to_owned(), PemError::CutOff),
            ("-----BEGIN DH PARAMETERS-----".to_owned(), PemError::CutOff),
            ("-----END CERTIFICATE-----\n".to_owned(), PemError::NoBegin),
            (good.replace("END ", "END X"), PemError::OtherEnd),
            (good.replace(BODY, "MA*w"), PemError::NotBase64),
            (block("CERTIFCATE"), PemError::OtherKind),
            (block("PKCS7"), PemError::OtherKind),
        ] {
            assert_eq!(read(&format!("{bad}{good}")), [Err(why), Ok(12)], "{bad}");
            if why != PemError::CutOff {
                assert_eq!(read(&format!("{good}{bad}")), [Ok(12), Err(why)], "{bad}");
            }
        }
        assert_eq!(
            read(&format!("{good}{begin}")),
            [Ok(12), Err(PemError::CutOff)]
        );
        for beside in [
            "PUBLIC KEY",
            "X509 CRL",
            "CERTIFICATE REQUEST",
            "PRIVATE KEY",
        ] {
            assert_eq!(read(&block(beside)), [], "{beside}");
        }
    }

    #[test]
    fn a_key_that_nobody_could_open_is_named() {
        let why = |text: &str| private_keys(text).into_iter().find_map(Result::err);
        let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n";
        let with_header = block("RSA PRIVATE KEY").replace(BODY, &format!("{header}{BODY}"));
        for (text, error) in [
            (block("ENCRYPTED PRIVATE KEY"), PemError::Encrypted),
            (with_header, PemError::Encrypted),
            (block("OPENSSH PRIVATE KEY"), PemError::OpenSsh),
            (block("PRIVATE KEY"), PemError::NotAKey),
        ] {
            assert_eq!(why(&text), Some(error), "{text}");
        }
        assert!(private_keys(&block("CERTIFICATE")).is_empty());
    }

    #[test]
    fn private_keys_are_seen_in_any_form() {
        let key = "MEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCB00NU+GIt9pMZA+zmy";
        let sec1 = "MHcCAQEEIHTQ1T4Yi32kxkD7ObI8JFQNxfPltFkbQrWSuBSsWxr1oAoGCCqGSM49";
        let rsa = "MIIEpAIBAAKCAQEAxKiVUO6xBF3r7G4buv3NRHvktZBm3msWarf60HsOwWvtzeBo";
        let wrapped = BASE64.encode(block("PRIVATE KEY"));
        for text in [
            block("PRIVATE  KEY"),
            block("PGP PRIVATE KEY BLOCK"),
            block("OPENSSH PRIVATE KEY"),
            "-----BEGIN RSA PRIVATE KEY".to_owned(),
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----".to_owned(),
            "-----begin private key-----".to_owned(),
            "-----BEGIN PRI\u{200b}VATE KEY-----".to_owned(),
            "BEGIN_EC_PRIVATE_KEY".to_owned(),
            format!("the key: {key}"),
            format!("first\n{}", sec1.replace("kxk", "k\n xk")),
            rsa.to_owned(),
            format!("x\\n{key}"),
            block("CERTIFICATE").replace(BODY, key),
            "30 41 02 01 00 30 13 06 07 2a 86 48 ce 3d 02 01 06 08 2a 86 48 ce".to_owned(),
            format!("see {wrapped}"),
            BASE64.encode(&wrapped),
            "PuTTY-User-Key-File-3: ssh-ed25519".to_owned(),
        ] {
            assert!(holds_private_key(&text), "{text}");
        }
        for text in [
            block("CERTIFICATE"),
            block("PUBLIC KEY"),
            block("EC PARAMETERS"),
            "begin with your private key elsewhere, MIIB and 30".to_owned(),
            BASE64.encode(block("CERTIFICATE")),
            // Explicit parameters of a curve.
            "MIH3AgEBMCwGByqGSM49AQECIQD/////AAAAAQAAAAAAAAAAAAAAAP//////////".to_owned(),
        ] {
            assert!(!holds_private_key(&text), "{text}");
        }
    }
}
