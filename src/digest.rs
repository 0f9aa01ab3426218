//! A text that is remembered without its words.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

/// The first 8 bytes of a text's SHA-256 in base64: tells the texts of one relation apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TextDigest(String);

impl TextDigest {
    /// Digests a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let digest = Sha256::digest(text);
        let short: Vec<u8> = digest.iter().copied().take(8).collect();
        Self(URL_SAFE_NO_PAD.encode(short))
    }

    /// Takes up a digest that was remembered.
    #[must_use]
    pub fn remembered(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Eleven characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
