//! Where LXD is and who we are there: from the options, or from the cloud's credential (`juju trust`).

use rustls::pki_types::CertificateDer;
use serde::Deserialize;

use crate::{
    certificate::{Certificate, Fingerprint},
    confinement::{self, Projects},
    endpoint::Endpoint,
    lxd::Identity,
    pem,
    secret::Secret,
};

/// The options about credentials, in the order in which missing ones are named.
pub const OPTIONS: &[&str] = &[
    "lxd_endpoint",
    "lxd_client_cert",
    "lxd_client_key",
    "lxd_server_cert",
];

/// The charm's configuration, as `config-get` prints it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    lxd_endpoint: String,
    lxd_client_cert: String,
    lxd_client_key: Secret<String>,
    lxd_server_cert: String,
    restrict_to_projects: String,
}

/// The cloud as `credential-get --format=json` prints it; only what is used.
#[derive(Clone, Debug, Deserialize)]
pub struct Cloud {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoint: String,
    credential: Option<CloudCredential>,
}

#[derive(Clone, Debug, Deserialize)]
struct CloudCredential {
    #[serde(default)]
    attrs: Attributes,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Attributes {
    client_cert: String,
    client_key: Secret<String>,
    server_cert: String,
}

impl Default for Secret<String> {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl<'de> Deserialize<'de> for Secret<String> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Everything needed to talk to LXD, checked as far as that goes without asking it.
#[derive(Debug)]
pub struct Credential {
    /// Where LXD listens.
    pub endpoint: Endpoint,
    /// Who we are there.
    pub(crate) identity: Identity,
    /// The certificates that LXD may present.
    pub(crate) pins: Vec<CertificateDer<'static>>,
    /// Our certificate once more, parsed.
    pub own: Certificate,
    /// Where the parts came from, for messages.
    pub source: Source,
}

impl Credential {
    /// Our own certificate's fingerprint.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.own.fingerprint()
    }
}

/// Where a credential came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The `lxd_` options.
    Options,
    /// `juju trust` and the cloud's credential.
    Cloud,
}

/// Why there is no credential to work with. Each needs a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Neither options nor trust.
    #[error("Missing credentials access; grant with: juju trust {application}")]
    NoAccess {
        /// Our own application.
        application: String,
    },
    /// Some options are set, and these are not.
    #[error("Missing options: {}", .0.join(", "))]
    Missing(Vec<&'static str>),
    /// An option holds something else.
    #[error("Bad option {option}: {problem}")]
    BadOption {
        /// Its name.
        option: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The cloud's credential lacks something, or holds something else.
    #[error("Bad cloud credential: {0}")]
    BadCloudCredential(String),
    /// The model is on another cloud.
    #[error("Cloud is {0}, not lxd; set the lxd_ options")]
    OtherCloud(String),
}

/// One part of a credential, by both its names.
#[derive(Clone, Copy)]
struct Part {
    option: &'static str,
    attribute: &'static str,
}

const ENDPOINT: Part = Part {
    option: "lxd_endpoint",
    attribute: "endpoint",
};
const CLIENT_CERT: Part = Part {
    option: "lxd_client_cert",
    attribute: "client-cert",
};
const CLIENT_KEY: Part = Part {
    option: "lxd_client_key",
    attribute: "client-key",
};
const SERVER_CERT: Part = Part {
    option: "lxd_server_cert",
    attribute: "server-cert",
};

impl Source {
    fn bad(self, part: Part, problem: impl std::fmt::Display) -> CredentialError {
        match self {
            Self::Options => CredentialError::BadOption {
                option: part.option,
                problem: problem.to_string(),
            },
            Self::Cloud => {
                CredentialError::BadCloudCredential(format!("{}: {problem}", part.attribute))
            }
        }
    }

    /// What the operator calls the server's certificate there.
    #[must_use]
    pub const fn server_certificate_name(self) -> &'static str {
        match self {
            Self::Options => SERVER_CERT.option,
            Self::Cloud => "the cloud credential's server-cert",
        }
    }
}

impl Options {
    /// Whether any of them is set: then they are the source, and the cloud is not asked.
    #[must_use]
    pub fn any(&self) -> bool {
        self.parts().iter().any(|(_, text)| !text.trim().is_empty())
    }

    /// The credential that the options describe.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn credential(&self) -> Result<Credential, CredentialError> {
        let missing: Vec<_> = self
            .parts()
            .iter()
            .filter(|(_, text)| text.trim().is_empty())
            .map(|(part, _)| part.option)
            .collect();
        if missing.is_empty() {
            assemble(Source::Options, self.parts())
        } else {
            Err(CredentialError::Missing(missing))
        }
    }

    /// The projects that the certificates of others are to be confined to.
    #[must_use]
    pub fn projects(&self) -> Projects {
        confinement::projects(&self.restrict_to_projects)
    }

    fn parts(&self) -> Parts<'_> {
        [
            (ENDPOINT, &self.lxd_endpoint),
            (CLIENT_CERT, &self.lxd_client_cert),
            (CLIENT_KEY, self.lxd_client_key.reveal()),
            (SERVER_CERT, &self.lxd_server_cert),
        ]
    }
}

impl Cloud {
    /// The credential that the cloud gives us.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn credential(&self) -> Result<Credential, CredentialError> {
        if self.kind != "lxd" {
            return Err(CredentialError::OtherCloud(self.kind.clone()));
        }
        let Some(CloudCredential { attrs }) = &self.credential else {
            return Err(CredentialError::BadCloudCredential("there is none".into()));
        };
        let parts = [
            (ENDPOINT, &self.endpoint),
            (CLIENT_CERT, &attrs.client_cert),
            (CLIENT_KEY, attrs.client_key.reveal()),
            (SERVER_CERT, &attrs.server_cert),
        ];
        if let Some((part, _)) = parts.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(Source::Cloud.bad(*part, "it is empty"));
        }
        assemble(Source::Cloud, parts)
    }
}

/// Endpoint, client certificate, client key and server certificate, with their names.
type Parts<'a> = [(Part, &'a String); 4];

fn assemble(source: Source, parts: Parts<'_>) -> Result<Credential, CredentialError> {
    let [(_, endpoint), (_, certificate), (_, key), (_, server)] = parts;
    let chain = pem::certificate_chain(certificate).map_err(|e| source.bad(CLIENT_CERT, e))?;
    let own = chain
        .first()
        .and_then(|leaf| Certificate::from_der(leaf))
        .ok_or_else(|| source.bad(CLIENT_CERT, "not an X.509 certificate"))?;
    let key = pem::private_key(key).map_err(|e| source.bad(CLIENT_KEY, e))?;
    Ok(Credential {
        endpoint: endpoint.parse().map_err(|e| source.bad(ENDPOINT, e))?,
        identity: Identity::new(chain, key).map_err(|e| source.bad(CLIENT_KEY, e))?,
        pins: pem::certificate_chain(server).map_err(|e| source.bad(SERVER_CERT, e))?,
        own,
        source,
    })
}
