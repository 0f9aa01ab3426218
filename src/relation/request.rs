//! What a consumer asks for: the `client_certificates` of one databag (docs/reference/interface.md, "The requirer").

use std::collections::{BTreeMap, BTreeSet};

use rustls::pki_types::CertificateDer;

use super::{
    json_list::{self, Broken, Element},
    rejection::Reason,
};
use crate::{
    digest::TextDigest,
    x509::{
        certificate::{Certificate, Fingerprint},
        pem::{self, PemError},
    },
};

/// The key in the consumer's databag.
pub const KEY: &str = "client_certificates";

/// The most faults that are reported of one databag; nobody reads more, and Juju's limits hold.
const MOST_FAULTS: usize = 100;

/// Of more authorities with one name in one text, no signature is computed: it takes time.
const MOST_NAMESAKES: usize = 3;

/// What the value should be.
const WANTED: &str = "give a JSON list of certificates in PEM";

/// A databag's wish, as far as it can be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The texts that hold certificates, in order.
    pub texts: Vec<Text>,
    /// What cannot be understood: the index, and why.
    pub faults: Vec<(usize, Reason)>,
    /// The value cannot be read to its end: then it withdraws nothing.
    pub breaks_off: bool,
}

/// One text with at least one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its place in the list.
    pub index: usize,
    /// Exactly as the consumer wrote it.
    pub text: String,
    /// A short digest of it.
    pub digest: TextDigest,
    /// The certificates that it asks for, each once, in order: all but the authorities of others in it.
    pub certificates: Vec<Certificate>,
    /// How many authorities of others are in it.
    pub authorities: usize,
    /// Everything in it could be read.
    pub complete: bool,
}

impl Request {
    /// Understands a JSON list of PEM texts, one JSON string, or one bare PEM text. Absent or empty means nothing. What
    /// begins as JSON is JSON.
    #[must_use]
    pub fn parse(value: Option<&str>) -> Self {
        let mut request = Self::default();
        let blank = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
        let whole = value.unwrap_or_default();
        let value = whole.trim_matches(blank);
        if value.is_empty() {
            return request;
        }
        if !json_list::is_json(value) {
            // It is published as it was written.
            request.bare(whole);
            return request;
        }
        let json = json_list::read(value);
        for (index, element) in json.elements.into_iter().enumerate() {
            request.element(index, element);
        }
        if let Some(Broken { index, rest, words }) = json.error {
            request.broken(index, rest, words);
        }
        request
    }

    /// Understands one text in PEM, as an operator gives it.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let mut request = Self::default();
        request.text(0, text.to_owned());
        request
    }

    fn bare(&mut self, value: &str) {
        if pem::holds_a_block(value) {
            self.text(0, value.to_owned());
        } else {
            let words = format!("{}; {WANTED}", no_certificate(value));
            self.broken(0, value, words);
        }
    }

    fn broken(&mut self, index: usize, rest: &str, words: String) {
        self.breaks_off = true;
        if pem::holds_private_key(rest) {
            self.fault(index, Reason::PrivateKey);
        }
        // However much else there is, this is told.
        self.faults.push((index, Reason::Unreadable(words)));
    }

    fn element(&mut self, index: usize, element: Element<'_>) {
        match element {
            Element::Text(text) => self.text(index, text),
            Element::Other(raw) if pem::holds_private_key(raw) => {
                self.fault(index, Reason::PrivateKey);
            }
            Element::Other(_) => {
                let words = "no text; give each certificate as a text in PEM";
                self.fault(index, Reason::NotACertificate(words.to_owned()));
            }
        }
    }

    fn text(&mut self, index: usize, text: String) {
        if pem::holds_private_key(&text) {
            return self.fault(index, Reason::PrivateKey);
        }
        let mut faults = Vec::new();
        let mut certificates: Vec<Certificate> = Vec::new();
        for block in pem::certificates(&text) {
            let read =
                |der: CertificateDer<'_>| Certificate::from_der(&der).ok_or(PemError::NotX509);
            match block.and_then(read) {
                Ok(certificate) if certificates.contains(&certificate) => {}
                Ok(certificate) => certificates.push(certificate),
                Err(error) => faults.push(error.to_string()),
            }
        }
        if certificates.is_empty() && faults.is_empty() {
            faults.push(no_certificate(&text).to_owned());
        }
        let complete = faults.is_empty();
        let all = certificates.len();
        let certificates = without_authorities(certificates);
        if certificates.is_empty() && all > 0 {
            let words =
                "nothing but authorities of each other in it; give the client's certificate";
            faults.push(words.to_owned());
        }
        for words in faults {
            self.fault(index, Reason::NotACertificate(words));
        }
        if !certificates.is_empty() {
            self.texts.push(Text {
                index,
                digest: TextDigest::of(&text),
                text,
                authorities: all - certificates.len(),
                certificates,
                complete,
            });
        }
    }

    fn fault(&mut self, index: usize, reason: Reason) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push((index, reason));
        }
    }
}

/// The fingerprints of what a text asks for that was published before, in order.
#[must_use]
pub fn asked_for(text: &str) -> Vec<Fingerprint> {
    let mut blocks = pem::certificates(text);
    blocks.retain(Result::is_ok);
    match blocks.as_slice() {
        // The usual one costs a digest.
        [Ok(der)] => vec![Fingerprint::of(der)],
        _ => {
            let ders = blocks.iter().filter_map(|block| block.as_ref().ok());
            let certificates = ders.filter_map(|der| Certificate::from_der(der));
            let asked = without_authorities(certificates.collect());
            asked.iter().map(Certificate::fingerprint).collect()
        }
    }
}

/// The certificates without those that issued another one among them (docs/reference/interface.md, "The requirer"): by name, and
/// by signature where that can be computed.
fn without_authorities(certificates: Vec<Certificate>) -> Vec<Certificate> {
    let mut by_name: BTreeMap<Fingerprint, Vec<&Certificate>> = BTreeMap::new();
    for certificate in &certificates {
        by_name
            .entry(certificate.named())
            .or_default()
            .push(certificate);
    }
    let mut authorities = BTreeSet::new();
    for certificate in &certificates {
        let issuers = certificate.issuer().and_then(|name| by_name.get(&name));
        for issuer in issuers.into_iter().flatten() {
            let few = issuers.is_some_and(|issuers| issuers.len() <= MOST_NAMESAKES);
            if !few || issuer.signed(certificate) != Some(false) {
                authorities.insert(issuer.fingerprint());
            }
        }
    }
    let mut asked = certificates;
    asked.retain(|certificate| !authorities.contains(&certificate.fingerprint()));
    asked
}

/// What a text is in which there is no PEM certificate, and what to give instead.
fn no_certificate(text: &str) -> &'static str {
    let start = text.trim_start();
    if start.starts_with("LS0tL") {
        "base64 of PEM; give the PEM itself"
    } else if start.starts_with("MII") {
        "base64 without BEGIN and END lines; give PEM"
    } else if text.contains("CERTIFICATE REQUEST") {
        "a certificate request; give the certificate that was made from it"
    } else if text.contains("PUBLIC KEY") {
        "a public key; give a certificate"
    } else {
        "no PEM certificate in it"
    }
}
