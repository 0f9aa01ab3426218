//! The options about credentials, and what a secret fills in.

use serde::Deserialize;

use super::{
    Attributes, Credential, CredentialError, Part, SecretUri, Source, assemble, is_empty,
    user_secret,
};
use crate::{
    names::{self, Projects},
    secret::Secret,
};

/// The options about credentials.
pub const OPTIONS: &[&str] = &[
    Part::Endpoint.option(),
    Part::ClientCert.option(),
    Part::ClientKey.option(),
    Part::ServerCert.option(),
    user_secret::OPTION,
];

/// The option that confines entries of ours.
pub const RESTRICT_TO_PROJECTS: &str = "restrict_to_projects";

/// The charm's configuration, as `config-get` prints it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Options {
    lxd_endpoint: String,
    lxd_client_cert: String,
    lxd_client_key: Secret<String>,
    lxd_server_cert: String,
    lxd_credentials_secret: String,
    restrict_to_projects: String,
}

impl Options {
    /// Whether any of them is set: then they are the source, and the cloud is not asked.
    #[must_use]
    pub fn any(&self) -> bool {
        let parts = [
            Part::Endpoint,
            Part::ClientCert,
            Part::ClientKey,
            Part::ServerCert,
        ];
        let secret = &self.lxd_credentials_secret;
        !is_empty(secret) || parts.iter().any(|part| !is_empty(self.get(*part)))
    }

    /// Whether nothing but a secret is given.
    #[must_use]
    pub fn only_secret(&self) -> bool {
        let secret = Self {
            lxd_credentials_secret: String::new(),
            ..self.clone()
        };
        self.any() && !secret.any()
    }

    /// The secret that is to be read, if one is named.
    ///
    /// # Errors
    /// When something else is named.
    pub fn secret(&self) -> Result<Option<SecretUri>, CredentialError> {
        let text = self.lxd_credentials_secret.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some)
    }

    /// The credential that the options describe; what they leave empty, the secret fills.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn credential(&self, secret: Option<&Attributes>) -> Result<Credential, CredentialError> {
        let find = |part| match (self.get(part), secret) {
            (option, Some(secret)) if is_empty(option) => match secret.get(part) {
                // What is set nowhere is missed where an operator would look first.
                key if is_empty(key) && part == Part::ServerCert => (key, Source::Options),
                key => (key, Source::Secret),
            },
            (option, _) => (option, Source::Options),
        };
        let mut missing = vec![Part::Endpoint, Part::ClientCert, Part::ClientKey];
        missing.retain(|part| is_empty(find(*part).0));
        match (missing.is_empty(), secret) {
            (true, _) => assemble(find, secret.and_then(Attributes::enrolment)),
            (false, None) => Err(CredentialError::Missing(missing)),
            (false, Some(_)) => Err(CredentialError::MissingInSecret(missing)),
        }
    }

    /// The projects that the certificates of others are to be confined to.
    #[must_use]
    pub fn projects(&self) -> Projects {
        names::projects(&self.restrict_to_projects)
    }

    fn get(&self, part: Part) -> &str {
        match part {
            Part::Endpoint => &self.lxd_endpoint,
            Part::ClientCert => &self.lxd_client_cert,
            Part::ClientKey => self.lxd_client_key.reveal(),
            Part::ServerCert => &self.lxd_server_cert,
        }
    }
}
