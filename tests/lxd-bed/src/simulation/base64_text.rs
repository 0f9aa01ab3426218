//! Base64 as Go reads it: line breaks are skipped, bits that are left over do not matter, and the
//! complaint names the byte it stumbled at.

/// What a text stands for.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::new();
    let (mut quantum, mut filled) = (0_u32, 0);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'\r' | b'\n' => {}
            b'=' => {
                padding(bytes, at, filled)?;
                quantum <<= 6 * (4 - filled);
                decoded.extend_from_slice(&quantum.to_be_bytes()[1..filled]);
                return Ok(decoded);
            }
            _ => {
                let digit = digit(byte).ok_or_else(|| illegal(at - 1))?;
                quantum = quantum << 6 | digit;
                filled += 1;
                if filled == 4 {
                    decoded.extend_from_slice(&quantum.to_be_bytes()[1..]);
                    (quantum, filled) = (0, 0);
                }
            }
        }
    }
    match filled {
        0 => Ok(decoded),
        _ => Err(illegal(bytes.len() - filled)),
    }
}

/// Whether a text may end here, behind the first `=`.
fn padding(bytes: &[u8], mut at: usize, filled: usize) -> Result<(), String> {
    let skip_breaks = |mut at: usize| {
        while let Some(b'\r' | b'\n') = bytes.get(at) {
            at += 1;
        }
        at
    };
    match filled {
        0 | 1 => return Err(illegal(at - 1)),
        2 => {
            at = skip_breaks(at);
            match bytes.get(at) {
                None => return Err(illegal(bytes.len())),
                Some(b'=') => at += 1,
                Some(_) => return Err(illegal(at - 1)),
            }
        }
        _ => {}
    }
    at = skip_breaks(at);
    match at < bytes.len() {
        true => Err(illegal(at)),
        false => Ok(()),
    }
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

fn illegal(place: usize) -> String {
    format!("illegal base64 data at input byte {place}")
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn stumbles_where_go_does() {
        for (text, wanted) in [
            ("", Ok("")),
            ("YQ==", Ok("a")),
            ("YR==", Ok("a")),
            ("YW\r\nI=\n", Ok("ab")),
            ("YWJj", Ok("abc")),
            ("YWJjYQ==", Ok("abca")),
            ("!", Err(0)),
            ("Y", Err(0)),
            ("YWJjY", Err(4)),
            ("Y===", Err(1)),
            ("YQ=", Err(3)),
            ("YQ=a", Err(2)),
            ("YQ==a", Err(4)),
            (" YQ==", Err(0)),
        ] {
            let wanted = wanted
                .map(|text| text.as_bytes().to_vec())
                .map_err(|place| format!("illegal base64 data at input byte {place}"));
            assert_eq!(decode(text), wanted, "{text:?}");
        }
    }
}
