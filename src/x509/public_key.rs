//! Kinds of public keys, and what LXD and our own TLS can do with them. Pure.

use std::fmt;

use x509_parser::{
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_DSA, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384,
        OID_NIST_EC_P521, OID_PKCS1_RSAENCRYPTION, OID_PKCS1_RSASSAPSS, OID_SIG_ED448,
        OID_SIG_ED25519,
    },
    prelude::FromDer as _,
    public_key::PublicKey,
    x509::SubjectPublicKeyInfo,
};

/// P-224; the registry does not know it.
const OID_P224: &str = "1.3.132.0.33";

/// A kind of public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA: the bits of the modulus, and the exponent, if that is no giant.
    Rsa(usize, Option<u64>),
    /// NIST P-224, of the elliptic curves.
    P224,
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// Another elliptic curve.
    OtherCurve,
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA.
    Dsa,
    /// RSA for PSS signatures alone.
    RsaPss,
    /// Anything else.
    Other,
}

impl KeyKind {
    /// The kind of a `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        let Ok((_, key)) = SubjectPublicKeyInfo::from_der(key) else {
            return Self::Other;
        };
        let algorithm = &key.algorithm.algorithm;
        if *algorithm == OID_PKCS1_RSAENCRYPTION {
            return match key.parsed() {
                Ok(PublicKey::RSA(key)) => Self::Rsa(bits(key.modulus), number(key.exponent)),
                _ => Self::Other,
            };
        }
        if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY {
            let curve = key.algorithm.parameters.as_ref();
            return match curve.and_then(|curve| curve.as_oid().ok()) {
                Some(curve) if curve == OID_EC_P256 => Self::P256,
                Some(curve) if curve == OID_NIST_EC_P384 => Self::P384,
                Some(curve) if curve == OID_NIST_EC_P521 => Self::P521,
                Some(curve) if curve.to_id_string() == OID_P224 => Self::P224,
                _ => Self::OtherCurve,
            };
        }
        [
            (OID_SIG_ED25519, Self::Ed25519),
            (OID_SIG_ED448, Self::Ed448),
            (OID_KEY_TYPE_DSA, Self::Dsa),
            (OID_PKCS1_RSASSAPSS, Self::RsaPss),
        ]
        .into_iter()
        .find_map(|(known, kind)| (*algorithm == known).then_some(kind))
        .unwrap_or(Self::Other)
    }

    /// LXD lets a client in that has such a key (Go's crypto/tls; shorter RSA keys LXD itself refuses).
    #[must_use]
    pub const fn is_let_in(self) -> bool {
        match self {
            Self::Rsa(bits, _) => bits <= 8192,
            Self::P256 | Self::P384 | Self::P521 | Self::Ed25519 => true,
            _ => false,
        }
    }

    /// Our own TLS can sign with such a key: what ring takes.
    #[must_use]
    pub const fn can_sign(self) -> bool {
        match self {
            Self::Rsa(bits, Some(exponent)) => {
                matches!(bits, 2048 | 3072 | 4096) && exponent >= 65537 && exponent < 1 << 33
            }
            Self::P256 | Self::P384 | Self::Ed25519 => true,
            _ => false,
        }
    }

    /// Our own TLS can verify what a server signed with such a key: what ring takes.
    #[must_use]
    pub const fn can_be_verified(self) -> bool {
        match self {
            Self::Rsa(bits, Some(exponent)) => {
                bits >= 2048 && bits <= 8192 && exponent >= 3 && exponent < 1 << 33
            }
            Self::P256 | Self::P384 | Self::Ed25519 => true,
            _ => false,
        }
    }
}

/// As people call it: `P-521`, `RSA of 8192 bits`.
impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa(bits, Some(exponent @ 0..65537)) => {
                return write!(f, "RSA of {bits} bits with exponent {exponent}");
            }
            Self::Rsa(bits, _) => return write!(f, "RSA of {bits} bits"),
            Self::P224 => "P-224",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::OtherCurve => "another elliptic curve",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::Dsa => "DSA",
            Self::RsaPss => "RSA-PSS",
            Self::Other => "an unknown algorithm",
        })
    }
}

/// The length of a big-endian number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |first| first.leading_zeros());
    (number.len() - zeros) * 8 - first as usize
}

fn number(digits: &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for digit in digits {
        number = number.checked_mul(256)? + u64::from(*digit);
    }
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_do_not_make_a_key_longer() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[1, 0]), 9);
        assert_eq!((bits(&[0]), bits(&[])), (0, 0));
        assert_eq!(number(&[0, 1, 0, 1]), Some(65537));
    }
}
