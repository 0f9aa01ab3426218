//! The signatures of a handshake, verified alike by clients and servers.

use rustls::crypto::{WebPkiSupportedAlgorithms, ring};

/// The methods about signatures of a verifier that is `ring`'s; those of certificates that are believed need not be right.
macro_rules! signatures {
    (believed: $believed:expr) => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            certificate: &rustls::pki_types::CertificateDer<'_>,
            signed: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            let algorithms = $crate::signatures::algorithms();
            rustls::crypto::verify_tls12_signature(message, certificate, signed, &algorithms)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            certificate: &rustls::pki_types::CertificateDer<'_>,
            signed: &rustls::DigitallySignedStruct,
        ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
            if $believed(certificate) {
                return Ok(rustls::client::danger::HandshakeSignatureValid::assertion());
            }
            let algorithms = $crate::signatures::algorithms();
            rustls::crypto::verify_tls13_signature(message, certificate, signed, &algorithms)
        }

        fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
            $crate::signatures::algorithms().supported_schemes()
        }
    };
}

pub(crate) use signatures;

pub(crate) fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}
