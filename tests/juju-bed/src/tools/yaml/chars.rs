//! From bytes to characters: the encodings that are accepted, and the characters that are not.

/// Decodes UTF-8, or UTF-16 with a byte order mark.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<char>, String> {
    let chars = if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf16(rest, u16::from_be_bytes)
    } else {
        utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
    };
    chars.map_err(Into::into)
}

type Decoded = Result<Vec<char>, &'static str>;

fn utf8(bytes: &[u8]) -> Decoded {
    let mut chars = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let (width, bits) = match first {
            0x00..=0x7f => (1, first & 0x7f),
            0xc0..=0xdf => (2, first & 0x1f),
            0xe0..=0xef => (3, first & 0x0f),
            0xf0..=0xf7 => (4, first & 0x07),
            _ => return Err("invalid leading UTF-8 octet"),
        };
        let Some((octets, after)) = rest.split_at_checked(width) else {
            return Err("incomplete UTF-8 octet sequence");
        };
        let mut value = u32::from(bits);
        for octet in &octets[1..] {
            if octet & 0xc0 != 0x80 {
                return Err("invalid trailing UTF-8 octet");
            }
            value = value << 6 | u32::from(octet & 0x3f);
        }
        let least = [0, 0, 0x80, 0x800, 0x10000][width];
        if value < least {
            return Err("invalid length of a UTF-8 sequence");
        }
        chars.push(allowed(value)?);
        rest = after;
    }
    Ok(chars)
}

fn utf16(bytes: &[u8], order: fn([u8; 2]) -> u16) -> Decoded {
    let mut units = bytes.chunks(2).map(|pair| match pair {
        [a, b] => Ok(u32::from(order([*a, *b]))),
        _ => Err("incomplete UTF-16 character"),
    });
    let mut chars = Vec::with_capacity(bytes.len() / 2);
    while let Some(unit) = units.next() {
        let value = match unit? {
            0xdc00..=0xdfff => return Err("unexpected low surrogate area"),
            high @ 0xd800..=0xdbff => match units.next() {
                Some(Ok(low @ 0xdc00..=0xdfff)) => 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff),
                Some(Ok(_)) => return Err("expected low surrogate area"),
                _ => return Err("incomplete UTF-16 surrogate pair"),
            },
            other => other,
        };
        chars.push(allowed(value)?);
    }
    Ok(chars)
}

fn allowed(value: u32) -> Result<char, &'static str> {
    let c = char::from_u32(value).ok_or("invalid Unicode character")?;
    let printable = matches!(c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}'
        | '\u{10000}'..='\u{10ffff}');
    if printable {
        Ok(c)
    } else {
        Err("control characters are not allowed")
    }
}
