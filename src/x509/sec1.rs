//! Keys of elliptic curves that were written without their public part (RFC 5915 lets it be left out; ring does not).

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::{
    der::{self, Element},
    public_key::KeyKind,
};

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const CONTEXT_1: u8 = 0xa1;

/// The key with the certificate's public part, if it is one of an elliptic curve. Whether the two belong together is for
/// the cryptography to say.
pub(super) fn completed(
    key: &PrivateKeyDer<'_>,
    certificate: &CertificateDer<'_>,
) -> Option<PrivateKeyDer<'static>> {
    let info = der::public_key(certificate)?;
    let length = match KeyKind::of(info) {
        KeyKind::P256 => 32,
        KeyKind::P384 => 48,
        _ => return None,
    };
    let info: Vec<Element<'_>> = der::elements(der::first(info)?.0.content).collect();
    let [algorithm, public] = info.as_slice() else {
        return None;
    };
    let scalar = scalar(key)?;
    // Some leave leading zeros out.
    let mut padded = vec![0; length - scalar.len().min(length)];
    padded.extend(scalar);
    let public = der::encode(CONTEXT_1, &der::encode(BIT_STRING, public.content));
    let number = |number| der::encode(INTEGER, &[number]);
    let key = [number(1), der::encode(OCTET_STRING, &padded), public].concat();
    let key = der::encode(OCTET_STRING, &der::encode(SEQUENCE, &key));
    let whole = [number(0), algorithm.whole.to_vec(), key].concat();
    Some(PrivatePkcs8KeyDer::from(der::encode(SEQUENCE, &whole)).into())
}

/// The number in an `ECPrivateKey`, which stands alone or in PKCS#8.
fn scalar<'a>(key: &'a PrivateKeyDer<'_>) -> Option<&'a [u8]> {
    let key = match key {
        PrivateKeyDer::Sec1(key) => key.secret_sec1_der(),
        PrivateKeyDer::Pkcs8(key) => {
            let (key, _) = der::first(key.secret_pkcs8_der())?;
            der::elements(key.content).nth(2)?.content
        }
        _ => return None,
    };
    let (key, _) = der::first(key)?;
    Some(der::elements(key.content).nth(1)?.content)
}
