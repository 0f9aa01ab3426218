//! Certificates and keys that are kept as files, for key kinds and formats that are not made here.

use super::Credential;

macro_rules! fixture {
    ($(#[$doc:meta])* $name:ident, $certificate:literal, $key:literal) => {
        $(#[$doc])*
        pub fn $name() -> Credential {
            Credential::from_pem(
                include_str!(concat!("../../fixtures/", $certificate)),
                include_str!(concat!("../../fixtures/", $key)),
            )
        }
    };
}

fixture! {
    /// RSA with 1024 bits, which LXD refuses; the key as PKCS#8.
    rsa_1024, "rsa-1024.pem", "rsa-1024.key.pem"
}
fixture! {
    /// RSA with 2048 bits; the key as PKCS#8.
    rsa_2048, "rsa-2048.pem", "rsa-2048.key.pem"
}
fixture! {
    /// The certificate of [`rsa_2048`]; the key as PKCS#1, `RSA PRIVATE KEY`.
    rsa_2048_pkcs1, "rsa-2048.pem", "rsa-2048-pkcs1.key.pem"
}
fixture! {
    /// RSA with 4096 bits; the key as PKCS#8.
    rsa_4096, "rsa-4096.pem", "rsa-4096.key.pem"
}
fixture! {
    /// P-384; the key as SEC1, `EC PRIVATE KEY`, with `EC PARAMETERS` before it.
    ec_384_sec1, "ec-384.pem", "ec-384-sec1.key.pem"
}
fixture! {
    /// The certificate of [`ec_384_sec1`]; the key as encrypted PKCS#8, passphrase `secret`.
    ec_384_encrypted, "ec-384.pem", "ec-384-encrypted.key.pem"
}
fixture! {
    /// P-521, which the ring library does not do; the key as PKCS#8.
    ec_521, "ec-521.pem", "ec-521.key.pem"
}
