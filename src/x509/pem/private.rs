//! Private keys where there should be none, in whatever form: PEM, also damaged, other programs' own forms, and DER in
//! base64 or hexadecimal without anything around it.

use base64::Engine as _;

use super::{BASE64, Kind, markers, without_escapes};
use crate::visible;

/// What private keys are called in forms that are not PEM.
const SIGNS: &[&str] = &[
    "PuTTY-User-Key-File-",
    "Private-Lines:",
    "Private-Key: (",
    "privateExponent",
    "AGE-SECRET-KEY-1",
    "b3BlbnNzaC1rZXktdj", // openssh-key-v1
];

/// How many bytes of DER tell a private key from anything else.
const TELLING: usize = 40;

/// How often base64 may stand in base64.
const DEEPEST: usize = 3;

/// Whether the text holds a private key of any kind, damaged and encrypted ones included.
#[must_use]
pub fn holds_private_key(text: &str) -> bool {
    holds(text, DEEPEST)
}

fn holds(text: &str, depth: usize) -> bool {
    let text: String = without_escapes(text)
        .chars()
        .filter(|letter| letter.is_whitespace() || !visible::is_hidden(*letter))
        .collect();
    let in_pem = markers(&text).iter().any(|marker| marker.kind == Kind::Key);
    in_pem
        || names_one(&text)
        || SIGNS.iter().any(|sign| text.contains(sign))
        || holds_der(&text)
        || (depth > 0 && holds_encoded(&text, depth - 1))
}

/// `BEGIN … PRIVATE KEY` in capitals, whatever stands around and between the words.
fn names_one(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.windows(2).enumerate().any(|(place, pair)| {
        let before = words
            .get(place.saturating_sub(3)..place)
            .unwrap_or_default();
        let mut same_line = before
            .iter()
            .rev()
            .take_while(|word| **word != "CERTIFICATE");
        pair == ["PRIVATE", "KEY"] && same_line.any(|word| matches!(*word, "BEGIN" | "END"))
    })
}

/// Base64 or hexadecimal digits that begin as a private key's DER does, at the beginning of a word.
fn holds_der(text: &str) -> bool {
    let mut before = ' ';
    for (place, letter) in text.char_indices() {
        let begins = !before.is_alphanumeric();
        before = letter;
        let rest = text.get(place..).unwrap_or_default();
        let found = match letter {
            'M' if begins => is_private_key(&from_base64(rest)),
            '3' if begins && rest.starts_with("30") => is_private_key(&from_hexadecimal(rest)),
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

fn from_base64(text: &str) -> Vec<u8> {
    let digits = text.chars().filter(|letter| !letter.is_whitespace());
    let standard = digits.map(|digit| match digit {
        '-' => '+',
        '_' => '/',
        other => other,
    });
    let digits =
        standard.take_while(|digit| digit.is_ascii_alphanumeric() || "+/".contains(*digit));
    let mut digits: String = digits.take(TELLING.div_ceil(3) * 4).collect();
    digits.truncate(digits.len() / 4 * 4);
    BASE64.decode(digits).unwrap_or_default()
}

fn from_hexadecimal(text: &str) -> Vec<u8> {
    let digits = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != ':');
    let digits: Vec<u8> = digits
        .map_while(|digit| digit.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .take(TELLING * 2)
        .collect();
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect()
}

/// Long words of base64 that hold a text with a private key.
fn holds_encoded(text: &str, depth: usize) -> bool {
    let is_digit = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
    let words = text.split(|letter: char| !is_digit(letter) && !letter.is_whitespace());
    words.into_iter().any(|word| {
        // From the beginning, or from the first five hyphens on, as words of prose are base64 too.
        let hyphens = word.find("LS0tL").and_then(|start| word.get(start..));
        [Some(word), hyphens].into_iter().flatten().any(|word| {
            let mut digits: String = word.split_whitespace().collect();
            digits.truncate(digits.len() / 4 * 4);
            let decoded = BASE64.decode(digits).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded);
            ["---", "LS0tL"].iter().any(|sign| text.contains(sign)) && holds(&text, depth)
        })
    })
}

/// The content of a sequence, which may be cut off.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    content(der, 0x30)
}

fn content(der: &[u8], tag: u8) -> Option<&[u8]> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let longer = usize::from(length.saturating_sub(0x80));
    (*first == tag && longer <= 4).then(|| rest.get(longer..))?
}

/// `PrivateKeyInfo`, `ECPrivateKey`, `RSAPrivateKey` and DSA's like it, an encrypted `PrivateKeyInfo`, and PKCS#12, by
/// how they begin.
fn is_private_key(der: &[u8]) -> bool {
    let Some(body) = sequence(der) else {
        return false;
    };
    match body {
        [2, 1, 0 | 1, rest @ ..] if rest.first() == Some(&0x30) => {
            // Parameters of an elliptic curve begin so too, with a kind of field.
            let field = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x01, 0x01];
            sequence(rest).is_some_and(|algorithm| {
                algorithm.first() == Some(&0x06) && !algorithm.starts_with(&field)
            })
        }
        [2, 1, 1, 4, length, ..] => (16..=80).contains(length),
        [2, 1, 0, 2, length, ..] => *length > 0x20,
        [2, 1, 3, 0x30, ..] => true,
        _ => is_encrypted_key(der),
    }
}

/// An encrypted `PrivateKeyInfo`: its algorithm is one of PKCS#5 or PKCS#12 that need a password.
pub(super) fn is_encrypted_key(der: &[u8]) -> bool {
    let algorithm = sequence(der).and_then(sequence);
    let identifier = algorithm.and_then(|algorithm| content(algorithm, 0x06));
    identifier.is_some_and(|identifier| {
        let pkcs = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01];
        identifier
            .strip_prefix(&pkcs)
            .is_some_and(|rest| rest.starts_with(&[5]) || rest.starts_with(&[12, 1]))
    })
}
