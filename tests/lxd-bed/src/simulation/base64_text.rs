//! Base64 as Go reads it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Line breaks are skipped. The error is Go's text with the place it stumbled at.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let stranger = text.find(|character: char| {
        !character.is_ascii_alphanumeric() && !"+/=\r\n".contains(character)
    });
    if let Some(place) = stranger {
        return Err(illegal(place));
    }
    let joined: String = text.chars().filter(|c| !"\r\n".contains(*c)).collect();
    STANDARD
        .decode(&joined)
        .map_err(|_| illegal(joined.len() / 4 * 4))
}

fn illegal(place: usize) -> String {
    format!("illegal base64 data at input byte {place}")
}
