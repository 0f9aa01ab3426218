//! Why there is no credential to work with, as `juju status` shows it.

use super::{Part, user_secret::SecretProblem};

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
    #[error("Missing options: {}", list(.0, Part::option))]
    Missing(Vec<Part>),
    /// The same, and the secret does not have them either.
    #[error("Missing options: {}; the secret has no {} either", list(.0, Part::option), list(.0, Part::key))]
    MissingInSecret(Vec<Part>),
    /// An option holds something else.
    #[error("Bad option {option}: {problem}")]
    BadOption {
        /// Its name.
        option: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The secret cannot be read.
    #[error("Bad option lxd_credentials_secret: {0}")]
    Secret(SecretProblem),
    /// The cloud's credential lacks something, or holds something else.
    #[error("Bad cloud credential: {0}")]
    BadCloudCredential(String),
    /// The model is on another cloud.
    #[error("Cloud is {0}, not lxd; set the lxd_ options")]
    OtherCloud(String),
}

fn list(parts: &[Part], name: impl Fn(Part) -> &'static str) -> String {
    let names: Vec<_> = parts.iter().map(|part| name(*part)).collect();
    names.join(", ")
}
