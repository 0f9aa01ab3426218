//! Where LXD is and who we are there: from the options and a secret, or from the cloud's credential (`juju trust`).

mod cloud;
mod enrolment;
mod error;
mod options;
mod user_secret;

pub use cloud::Cloud;
pub use enrolment::{Enrolment, RefusedEnrolment, TokenKind, WhyRefused};
pub use error::CredentialError;
pub use options::{OPTIONS, Options};
pub use user_secret::{SecretRefusal, SecretUri, has_user_secrets};

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::{
    certificate::{Certificate, Fingerprint},
    endpoint::Endpoint,
    lxd::Identity,
    pem,
    pins::Pins,
    request::TextDigest,
    secret::Secret,
};

/// Everything needed to talk to LXD, checked as far as that goes without asking it.
#[derive(Debug)]
pub struct Credential {
    /// Where LXD listens.
    pub endpoint: Endpoint,
    /// Who we are there.
    pub(crate) identity: Identity,
    /// Which certificates LXD may present.
    pub pins: Pins,
    /// Our certificate once more, parsed.
    pub own: Certificate,
    /// What makes LXD trust our certificate, if there is such a thing.
    pub enrolment: Option<Enrolment>,
    /// Where the server's certificate is configured, for messages.
    pub server_source: Source,
}

impl Credential {
    /// Our own certificate's fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.own.fingerprint()
    }

    /// What tells the enrolment of this certificate at this endpoint from others.
    #[must_use]
    pub fn attempt(&self) -> Option<TextDigest> {
        let enrolment = self.enrolment.as_ref()?;
        Some(enrolment.attempt(&self.endpoint, self.fingerprint()))
    }
}

/// Where a part of a credential came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The `lxd_` option of that name.
    Options,
    /// The secret that `lxd_credentials_secret` names.
    Secret,
    /// `juju trust` and the cloud's credential.
    Cloud,
}

/// The parts that a person gives, in the order in which missing ones are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Where LXD listens.
    Endpoint,
    /// Our certificate.
    ClientCert,
    /// Its key.
    ClientKey,
    /// What LXD may present; may be empty.
    ServerCert,
}

impl Part {
    /// The option of that name.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::Endpoint => "lxd_endpoint",
            Self::ClientCert => "lxd_client_cert",
            Self::ClientKey => "lxd_client_key",
            Self::ServerCert => "lxd_server_cert",
        }
    }

    /// The key in a secret, or the attribute of a cloud's credential.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::ClientCert => "client-cert",
            Self::ClientKey => "client-key",
            Self::ServerCert => "server-cert",
        }
    }
}

impl Source {
    fn bad(self, part: Part, problem: impl fmt::Display) -> CredentialError {
        match self {
            Self::Options => CredentialError::BadOption {
                option: part.option(),
                problem: problem.to_string(),
            },
            Self::Secret => CredentialError::BadOption {
                option: user_secret::OPTION,
                problem: format!("{}: {problem}", part.key()),
            },
            Self::Cloud => {
                CredentialError::BadCloudCredential(format!("{}: {problem}", part.key()))
            }
        }
    }

    /// What the operator calls the server's certificate there.
    #[must_use]
    pub const fn server_certificate_name(self) -> &'static str {
        match self {
            Self::Options => Part::ServerCert.option(),
            Self::Secret => "the secret's server-cert",
            Self::Cloud => "the cloud credential's server-cert",
        }
    }
}

/// What a secret holds, or the attributes of a cloud's credential; others are ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Attributes {
    endpoint: String,
    client_cert: String,
    client_key: Secret<String>,
    server_cert: String,
    trust_token: Secret<String>,
    trust_password: Secret<String>,
}

impl Attributes {
    fn get(&self, part: Part) -> &str {
        match part {
            Part::Endpoint => &self.endpoint,
            Part::ClientCert => &self.client_cert,
            Part::ClientKey => self.client_key.reveal(),
            Part::ServerCert => &self.server_cert,
        }
    }

    fn enrolment(&self) -> Option<Enrolment> {
        let given = |text: &Secret<String>| {
            let text = text.reveal().trim();
            (!text.is_empty()).then(|| Secret::new(text.to_owned()))
        };
        let token = given(&self.trust_token).map(Enrolment::Token);
        token.or_else(|| given(&self.trust_password).map(Enrolment::Password))
    }
}

impl Default for Secret<String> {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Puts a credential together; `find` tells each part's text, and where it came from.
fn assemble<'a>(
    find: impl Fn(Part) -> (&'a str, Source),
    enrolment: Option<Enrolment>,
) -> Result<Credential, CredentialError> {
    let (certificate, source) = find(Part::ClientCert);
    let bad = |problem: &dyn fmt::Display| source.bad(Part::ClientCert, problem);
    let chain = pem::certificate_chain(certificate).map_err(|e| bad(&e))?;
    let own = chain
        .into_iter()
        .next()
        .and_then(|leaf| Some((Certificate::from_der(&leaf)?, leaf)));
    let (own, leaf) = own.ok_or_else(|| bad(&"not an X.509 certificate"))?;
    let (key, source) = find(Part::ClientKey);
    let key = pem::private_key(key).map_err(|e| source.bad(Part::ClientKey, e))?;
    let identity = Identity::new(leaf, key).map_err(|e| source.bad(Part::ClientKey, e))?;
    let (endpoint, source) = find(Part::Endpoint);
    let endpoint = endpoint
        .parse()
        .map_err(|e| source.bad(Part::Endpoint, e))?;
    let (server, server_source) = find(Part::ServerCert);
    let pins = server
        .parse()
        .map_err(|e: crate::pins::BadPins| server_source.bad(Part::ServerCert, e))?;
    Ok(Credential {
        endpoint,
        identity,
        pins,
        own,
        enrolment,
        server_source,
    })
}

fn is_empty(text: &str) -> bool {
    text.trim().is_empty()
}
