//! Where LXD is and who we are there: from the options and a secret, or from the cloud's credential (`juju trust`).

mod cloud;
pub mod endpoint;
mod enrolment;
mod error;
mod options;
pub mod pins;
mod user_secret;

pub use cloud::Cloud;
pub use enrolment::{Enrolment, RefusedEnrolment, TokenKind, WhyRefused};
pub use error::CredentialError;
pub use options::{OPTIONS, Options, RESTRICT_TO_PROJECTS};
pub use user_secret::{SecretRefusal, SecretUri, has_user_secrets};

use std::fmt;

use serde::{Deserialize, Deserializer};

use crate::{
    credential::{
        endpoint::{BadEndpoint, Endpoint},
        pins::{BadPins, Configured, Pins},
    },
    digest::TextDigest,
    secret::Secret,
    x509::{
        certificate::{Certificate, Fingerprint},
        key_pair::{KeyPair, NoPair},
        pem::{self, PemError},
    },
};

/// Everything needed to talk to LXD, checked as far as that goes without asking it.
#[derive(Debug)]
pub struct Credential {
    /// Where LXD listens.
    pub endpoint: Endpoint,
    /// Who we are there.
    pub key_pair: KeyPair,
    /// Which certificates LXD may present.
    pub pins: Pins,
    /// Our certificate once more, parsed.
    pub own: Certificate,
    /// What makes LXD trust our certificate, if there is such a thing.
    pub enrolment: Option<Enrolment>,
    /// Where the server's certificate is configured, for messages.
    pub server_source: Source,
    /// What was given beside it and cannot be used, for the log.
    pub remarks: Vec<String>,
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
    let mut remarks = Vec::new();
    let (text, certificate_source) = find(Part::ClientCert);
    let (certificates, damaged) = apart(pem::certificates(text));
    if certificates.is_empty() {
        let absent = PemError::Absent("certificate");
        let error = damaged.first().copied().unwrap_or(absent);
        return Err(certificate_source.bad(Part::ClientCert, error));
    }
    remarks.extend(passed_over(certificate_source, Part::ClientCert, &damaged));
    let (text, key_source) = find(Part::ClientKey);
    let (keys, damaged) = apart(pem::private_keys(text));
    if keys.is_empty() {
        let absent = PemError::Absent("private key");
        let error = damaged.first().copied().unwrap_or(absent);
        return Err(key_source.bad(Part::ClientKey, error));
    }
    remarks.extend(passed_over(key_source, Part::ClientKey, &damaged));
    let key_pair = KeyPair::of(&certificates, &keys).map_err(|problem| match problem {
        NoPair::Certificate(_) => certificate_source.bad(Part::ClientCert, problem),
        NoPair::Key | NoPair::OtherKey => key_source.bad(Part::ClientKey, problem),
    })?;
    let own = Certificate::from_der(key_pair.certificate());
    let own = own.ok_or_else(|| certificate_source.bad(Part::ClientCert, PemError::NotX509))?;
    let (endpoint, source) = find(Part::Endpoint);
    let endpoint = endpoint
        .parse()
        .map_err(|e: BadEndpoint| source.bad(Part::Endpoint, e))?;
    let (server, server_source) = find(Part::ServerCert);
    let server: Configured = server
        .parse()
        .map_err(|e: BadPins| server_source.bad(Part::ServerCert, e))?;
    remarks.extend(passed_over(
        server_source,
        Part::ServerCert,
        &server.damaged,
    ));
    Ok(Credential {
        endpoint,
        key_pair,
        pins: server.pins,
        own,
        enrolment,
        server_source,
        remarks,
    })
}

/// What can be read, and why the rest cannot.
fn apart<T>(blocks: Vec<Result<T, PemError>>) -> (Vec<T>, Vec<PemError>) {
    let mut good = Vec::new();
    let mut damaged = Vec::new();
    for block in blocks {
        match block {
            Ok(block) => good.push(block),
            Err(error) => damaged.push(error),
        }
    }
    (good, damaged)
}

/// What stands beside something that can be used, and cannot be used itself: for the log.
fn passed_over(source: Source, part: Part, damaged: &[PemError]) -> Vec<String> {
    let tell = |error: &PemError| format!("{}; passed over", source.bad(part, error));
    damaged.iter().map(tell).collect()
}

fn is_empty(text: &str) -> bool {
    text.trim().is_empty()
}
