//! Texts for people: fingerprints and certificates are cut to what tells them apart.

use sha2::{Digest as _, Sha256};
use x509_parser::pem::parse_x509_pem;

use super::screen::HARD_BLANK;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Hex digits that are left of a fingerprint, as `lxc config trust list` shows it.
const FINGERPRINT: usize = 12;

/// Hex digits that are left of a model's UUID.
const UUID: usize = 8;

/// A text as it stands somewhere, also in JSON, with each certificate as its name and fingerprint, and long hex numbers cut.
pub(crate) fn text(whole: &str) -> String {
    let mut short = String::new();
    let mut rest = whole;
    while let Some((before, pem, after)) = split_at_pem(rest) {
        short.push_str(&without_long_hex(before));
        short.push_str(&certificate(pem));
        rest = after.strip_prefix("\\n").unwrap_or(after);
    }
    short.push_str(&without_long_hex(rest));
    short.trim_end().to_owned()
}

/// What stands before the first PEM certificate, the certificate, and what follows.
fn split_at_pem(text: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = text.split_at(text.find(BEGIN)?);
    let (pem, after) = from.split_at(from.find(END)? + END.len());
    Some((before, pem, after))
}

/// `<certificate NAME FINGERPRINT…>`
fn certificate(pem: &str) -> String {
    // As it stands in JSON, with its line ends escaped, and as it is.
    let pem = pem.replace("\\n", "\n");
    let name = common_name(&pem).unwrap_or_else(|| "without a name".to_owned());
    match fingerprint_of(&pem) {
        Some(whole) => unbreakable(&format!("<certificate {name} {}>", fingerprint(&whole))),
        None => unbreakable("<damaged certificate>"),
    }
}

/// The text with blanks at which the screen does not break a line.
pub(crate) fn unbreakable(text: &str) -> String {
    text.replace(' ', HARD_BLANK)
}

fn without_long_hex(text: &str) -> String {
    let words = text.split_inclusive(|c| !is_hex_or_dash(c));
    words.map(cut).collect()
}

/// The first digits of a fingerprint.
pub(crate) fn fingerprint(whole: &str) -> String {
    format!("{}…", &whole[..FINGERPRINT.min(whole.len())])
}

/// The common name in a PEM certificate.
pub(crate) fn common_name(pem: &str) -> Option<String> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok().map(str::to_owned)
}

/// SHA-256 of the certificate in a PEM text, as LXD names it.
pub(crate) fn fingerprint_of(pem: &str) -> Option<String> {
    let (_, pem) = parse_x509_pem(pem.as_bytes()).ok()?;
    let digest = Sha256::digest(&pem.contents);
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn is_hex_or_dash(c: char) -> bool {
    c == '-' || c.is_ascii_hexdigit()
}

/// Shortens a word of hex digits, with what follows it.
fn cut(piece: &str) -> String {
    let word = piece.trim_end_matches(|c| !is_hex_or_dash(c));
    let rest = &piece[word.len()..];
    let is_uuid = word.len() == 36 && word.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    let kept = match word.len() {
        64 if !word.contains('-') => FINGERPRINT,
        _ if is_uuid => UUID,
        _ => return piece.to_owned(),
    };
    format!("{}…{rest}", &word[..kept])
}
