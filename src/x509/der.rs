//! The outline of DER, for what has to be known of a certificate that a parser does not read, or need not. Pure.

use x509_parser::asn1_rs::{Any, FromDer as _, Tag};

/// One element of DER: what it is, and what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// All of it.
    pub whole: &'a [u8],
    /// Its tag, whatever the class.
    pub tag: Tag,
    /// What is in it.
    pub content: &'a [u8],
}

/// The first element, and what follows it; `None` if there is none, or it is cut off.
#[must_use]
pub fn first(der: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (rest, any) = Any::from_der(der).ok()?;
    let whole = der.get(..der.len() - rest.len())?;
    let element = Element {
        whole,
        tag: any.header.tag(),
        content: any.data,
    };
    Some((element, rest))
}

/// The elements in this content, as far as they can be told apart.
pub fn elements(mut content: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let (element, rest) = first(content)?;
        content = rest;
        Some(element)
    })
}

/// The `SubjectPublicKeyInfo` of something that is built as a certificate and has nothing behind it (RFC 5280, 4.1).
#[must_use]
pub fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let (outer, rest) = first(certificate)?;
    let body = elements(outer.content).next()?;
    if !rest.is_empty() || outer.tag != Tag::Sequence || body.tag != Tag::Sequence {
        return None;
    }
    // A version stands first, except in version 1: then serial number, signature, issuer, validity, subject.
    let versioned = elements(body.content).next()?.whole.first() == Some(&0xa0);
    let key = elements(body.content).nth(5 + usize::from(versioned))?;
    (key.tag == Tag::Sequence).then_some(key.whole)
}

/// One element with this tag byte.
#[must_use]
pub fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match (length.len(), length.first()) {
        (0, _) => der.push(0),
        (1, Some(short @ 0..0x80)) => der.push(*short),
        (bytes, _) => {
            // At most the 8 bytes of a usize.
            der.push(0x80 | u8::try_from(bytes).unwrap_or(8));
            der.extend(&length);
        }
    }
    der.extend(content);
    der
}
