//! Which server we talk to: decided in the handshake, before a byte of a request is sent.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustls::{
    CertificateError, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::{asn1_rs::Tag, prelude::FromDer as _, x509::SubjectPublicKeyInfo};

use crate::{
    credential::{endpoint::Endpoint, pins::Pins},
    x509::{certificate::Fingerprint, der, public_key::KeyKind},
};

/// Why a server's certificate is not the right one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is not configured, nor issued by an authority that is.
    Stranger,
    /// An authority issued it, for another name.
    Name,
    /// An authority issued it, but its time is over or has not come.
    Time,
    /// It is not the one that this LXD presented before.
    NotRemembered,
    /// It is the right one, and its key is of a kind that our TLS cannot verify.
    Key(KeyKind),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(kind) => {
                return write!(f, "its key is {kind}, which cannot be verified here");
            }
            Self::Stranger => "nobody who is trusted issued it",
            Self::Name => "a trusted authority issued it for another name",
            Self::Time => "a trusted authority issued it, but it has expired or is not valid yet",
            Self::NotRemembered => "the cluster presented another one before",
        })
    }
}

/// What the server presented in its last handshake, and whether it was accepted.
#[derive(Clone, Debug, Default)]
pub(super) struct Presented(Arc<Mutex<Option<Handshake>>>);

#[derive(Debug)]
struct Handshake {
    leaf: CertificateDer<'static>,
    verdict: Result<(), Mismatch>,
}

impl Presented {
    pub(super) fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.last().as_ref().map(|last| last.leaf.clone())
    }

    /// What was presented and refused.
    pub(super) fn mismatch(&self) -> Option<(Fingerprint, Mismatch)> {
        let last = self.last();
        let last = last.as_ref()?;
        Some((Fingerprint::of(&last.leaf), last.verdict.err()?))
    }

    fn last(&self) -> MutexGuard<'_, Option<Handshake>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Accepts a server whose certificate is pinned, to the byte: its name and dates do not count, since LXD's own
/// certificate is self-signed, for ten years, and names the host alone. Or one that a trusted authority issued, for a
/// time that includes now and for the right name. That the server holds the key is verified in both cases.
#[derive(Debug)]
pub(super) struct Verifier {
    pins: Pins,
    known: Option<Fingerprint>,
    authorities: RootCertStore,
    names: Vec<ServerName<'static>>,
    presented: Presented,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// `endpoint` is the credential's, whichever member of a cluster answers. With `known`, only the server that presents
    /// this certificate is accepted.
    pub(super) fn new(
        pins: &Pins,
        endpoint: &Endpoint,
        known: Option<Fingerprint>,
        presented: Presented,
        provider: Arc<CryptoProvider>,
    ) -> Self {
        let mut authorities = RootCertStore::empty();
        let mut names: Vec<_> = endpoint.server_name().into_iter().collect();
        match pins {
            Pins::Fingerprint(_) => {}
            Pins::Bundle(pins) => {
                let issuers = pins.iter().filter(|pin| pin.is_authority);
                authorities.add_parsable_certificates(issuers.map(|pin| pin.der.clone()));
                names.extend(pins.iter().filter_map(|pin| pin.name.clone()));
            }
            Pins::System => {
                let system = rustls_native_certs::load_native_certs();
                authorities.add_parsable_certificates(system.certs);
            }
        }
        Self {
            pins: pins.clone(),
            known,
            authorities,
            names,
            presented,
            provider,
        }
    }

    fn judge(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Mismatch> {
        let fingerprint = Fingerprint::of(leaf);
        if self.known.is_some_and(|known| known != fingerprint) {
            return Err(Mismatch::NotRemembered);
        }
        match &self.pins {
            Pins::Fingerprint(pin) if *pin == fingerprint => judge_key(leaf),
            Pins::Fingerprint(_) => Err(Mismatch::Stranger),
            Pins::Bundle(pins) if pins.iter().any(|pin| pin.der == *leaf) => judge_key(leaf),
            Pins::Bundle(_) | Pins::System => self.judge_issued(leaf, intermediates, now),
        }
    }

    fn judge_issued(
        &self,
        der: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Mismatch> {
        let leaf = ParsedCertificate::try_from(der).map_err(|_| Mismatch::Stranger)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(
            &leaf,
            &self.authorities,
            intermediates,
            now,
            algorithms,
        )
        .map_err(|error| reason(&error))?;
        let fits = |name| verify_server_name(&leaf, name).is_ok();
        if self.names.iter().any(fits) {
            judge_key(der)
        } else {
            Err(Mismatch::Name)
        }
    }
}

fn judge_key(leaf: &CertificateDer<'_>) -> Result<(), Mismatch> {
    let kind = der::public_key(leaf).map_or(KeyKind::Other, KeyKind::of);
    if kind.can_be_verified() {
        Ok(())
    } else {
        Err(Mismatch::Key(kind))
    }
}

/// Whether the key in a certificate made this signature. The library's own function would parse the certificate, and not
/// take every one that LXD can have.
fn verify_signature(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Result<HandshakeSignatureValid, rustls::Error> {
    let bad = |error: CertificateError| rustls::Error::from(error);
    let key = der::public_key(certificate).ok_or_else(|| bad(CertificateError::BadEncoding))?;
    let (_, key) =
        SubjectPublicKeyInfo::from_der(key).map_err(|_| bad(CertificateError::BadEncoding))?;
    let identifier = key.algorithm.algorithm.as_bytes();
    let curve = key.algorithm.parameters.as_ref();
    let mut of_scheme = algorithms
        .mapping
        .iter()
        .filter(|(scheme, _)| *scheme == signed.scheme);
    let candidates = of_scheme
        .next()
        .map_or(&[][..], |(_, algorithms)| algorithms);
    let valid = candidates.iter().any(|algorithm| {
        let wanted = algorithm.public_key_alg_id();
        let mut wanted = der::elements(&wanted);
        let same = wanted
            .next()
            .is_some_and(|wanted| wanted.content == identifier);
        let on_curve = wanted.next().is_none_or(|wanted| {
            wanted.tag != Tag::Oid || curve.is_some_and(|curve| curve.data == wanted.content)
        });
        let signature = signed.signature();
        let bits = &key.subject_public_key.data;
        same && on_curve && algorithm.verify_signature(bits, message, signature).is_ok()
    });
    if valid {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(bad(CertificateError::BadSignature))
    }
}

fn reason(error: &rustls::Error) -> Mismatch {
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Mismatch::Time,
        _ => Mismatch::Stranger,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self.judge(end_entity, intermediates, now);
        *self.presented.last() = Some(Handshake {
            leaf: end_entity.clone().into_owned(),
            verdict,
        });
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let key = der::public_key(cert).ok_or(CertificateError::BadEncoding)?;
        verify_tls13_signature_with_raw_key(message, &key.into(), dss, algorithms)
    }

    /// Also what cannot be verified: a server with such a key then shows its certificate, and the reason can be told
    /// before anything is believed. Without it the server would only say that the handshake failed.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let mut schemes = algorithms.supported_schemes();
        schemes.push(SignatureScheme::ECDSA_NISTP521_SHA512);
        schemes
    }
}
