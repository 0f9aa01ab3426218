//! Certificates that an authority issued.

use std::collections::BTreeSet;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType};

use super::{Credential, Key, Validity, generate, parameters, self_signed};

/// A certificate authority, for servers in PKI mode.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Authority {
    name: String,
    is_ca: IsCa,
    credential: Credential,
    /// The fingerprints of what it took back.
    revoked: BTreeSet<String>,
}

impl Authority {
    /// A new one of that name.
    pub fn new(name: &str) -> Self {
        Self::with(name, IsCa::Ca(BasicConstraints::Unconstrained))
    }

    /// One whose certificate does not say that it is an authority's.
    pub fn pretended(name: &str) -> Self {
        Self::with(name, IsCa::ExplicitNoCa)
    }

    fn with(name: &str, is_ca: IsCa) -> Self {
        Self {
            name: name.to_owned(),
            is_ca,
            credential: self_signed(&Self::parameters(name, is_ca), &generate(Key::P256)),
            revoked: BTreeSet::new(),
        }
    }

    /// Its own certificate as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.credential.certificate_pem
    }

    /// Its own certificate and key, which may be shown like any other.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// A client certificate issued by it.
    pub fn issue(&self, common_name: &str) -> Credential {
        self.sign(Key::P256, &parameters(common_name, Validity::Now))
    }

    /// The same with that key, valid then.
    pub fn issue_with(&self, key: Key, common_name: &str, validity: Validity) -> Credential {
        self.sign(key, &parameters(common_name, validity))
    }

    /// The same authority with that certificate on its list of revoked ones.
    #[must_use]
    pub fn revoking(mut self, credential: &Credential) -> Self {
        self.revoked.insert(credential.fingerprint.clone());
        self
    }

    pub(crate) fn has_revoked(&self, fingerprint: &str) -> bool {
        self.revoked.contains(fingerprint)
    }

    /// A server's certificate issued by it, for these host names and addresses.
    pub fn issue_server(&self, names: &[&str], validity: Validity) -> Credential {
        let mut server = parameters("server", validity);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.subject_alt_names = names.iter().map(|name| alternative_name(name)).collect();
        self.sign(Key::P256, &server)
    }

    fn sign(&self, key: Key, wanted: &CertificateParams) -> Credential {
        let own_key = KeyPair::from_pem(&self.credential.key_pem).expect("the key was made here");
        let issuer = rcgen::Issuer::new(Self::parameters(&self.name, self.is_ca), own_key);
        let key = generate(key);
        let certificate = wanted.signed_by(&key, &issuer);
        let certificate = certificate.expect("the parameters are complete");
        Credential::from_pem(&certificate.pem(), &key.serialize_pem())
    }

    fn parameters(name: &str, is_ca: IsCa) -> CertificateParams {
        let mut parameters = parameters(name, Validity::Now);
        parameters.is_ca = is_ca;
        parameters.extended_key_usages.clear();
        parameters
    }
}

fn alternative_name(name: &str) -> SanType {
    match name.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(name.try_into().expect("names are ASCII")),
    }
}
