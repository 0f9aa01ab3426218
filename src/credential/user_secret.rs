//! The operator's secret that holds a credential (`juju add-secret`, Juju 3.3 and later).

use std::{fmt, str::FromStr};

use super::CredentialError;

/// The option that names it.
pub(super) const OPTION: &str = "lxd_credentials_secret";

/// What a secret's URI begins with.
const SCHEME: &str = "secret:";

/// A URI that names a secret, as `juju add-secret` prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUri(String);

/// Why Juju does not show a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretRefusal {
    /// We were not granted it.
    NotGranted,
    /// There is none of that name.
    NotFound,
    /// This Juju has no such secrets.
    Unknown,
}

/// Why a secret cannot be used, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// It is no URI.
    #[error("not a secret URI; give the secret:… that juju add-secret printed, or its id")]
    NotAUri,
    /// We were not granted it. A grant runs no hook.
    #[error(
        "not granted; do: juju grant-secret {uri} {application}; \
         seen at the next update-status or: juju run {application}/leader sync"
    )]
    NotGranted {
        /// Its id.
        uri: String,
        /// Our own application.
        application: String,
    },
    /// There is no such secret.
    #[error("{uri} is not found; give what juju add-secret printed")]
    NotFound {
        /// Its id.
        uri: String,
    },
    /// This Juju has no such secrets.
    #[error("user secrets need Juju 3.3 or later; set the other lxd_ options")]
    Unknown,
}

impl SecretUri {
    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the model, as short as `juju grant-secret` takes it.
    fn short(&self) -> String {
        let id = self.0.rsplit(['/', ':']).next().unwrap_or_default();
        format!("{SCHEME}{id}")
    }

    /// What the operator is told when Juju does not show this secret to our application.
    #[must_use]
    pub fn refused(
        &self,
        refusal: SecretRefusal,
        application: impl fmt::Display,
    ) -> CredentialError {
        CredentialError::Secret(match refusal {
            SecretRefusal::NotGranted => SecretProblem::NotGranted {
                uri: self.short(),
                application: application.to_string(),
            },
            SecretRefusal::NotFound => SecretProblem::NotFound { uri: self.short() },
            SecretRefusal::Unknown => SecretProblem::Unknown,
        })
    }
}

/// Reads a URI, or the bare id that `juju secrets` prints.
impl FromStr for SecretUri {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, CredentialError> {
        if is_id(text) {
            return Ok(Self(format!("{SCHEME}{text}")));
        }
        let in_model = |c: char| c.is_ascii_hexdigit() || c == '-' || c == '/';
        let in_id = |c: char| c.is_ascii_alphanumeric();
        let rest = text.strip_prefix(SCHEME).unwrap_or_default();
        let (model, id) = rest.rsplit_once('/').unwrap_or(("", rest));
        if model.chars().all(in_model) && !id.is_empty() && id.chars().all(in_id) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CredentialError::Secret(SecretProblem::NotAUri))
        }
    }
}

/// Juju's ids are 20 digits in base 32.
fn is_id(text: &str) -> bool {
    let digit = |c: char| c.is_ascii_digit() || ('a'..='v').contains(&c);
    text.len() == 20 && text.chars().all(digit)
}

/// Whether a Juju of this version (`JUJU_VERSION`) has secrets that operators make.
#[must_use]
pub fn has_user_secrets(version: &str) -> bool {
    let mut numbers = version
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= (3, 3),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_told_from_other_texts() {
        for uri in [
            "secret:9m4e2mr0ui3e8a215n4g",
            "secret://d3b0a2c4-0000-4000-8000-000000000001/9m4e2mr0ui3e8a215n4g",
            "9m4e2mr0ui3e8a215n4g",
        ] {
            let uri: SecretUri = uri.parse().unwrap();
            assert_eq!(uri.short(), "secret:9m4e2mr0ui3e8a215n4g");
        }
        for text in [
            "mine",
            "9m4e2mr0ui3e8a215n4",
            "a-secret-of-20-chars",
            "secret:",
            "secret:a b",
            "secret:a/",
            "secret:--label",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(text.parse::<SecretUri>().is_err(), "{text}");
        }
    }

    #[test]
    fn messages_fit_into_a_status() {
        let longest = format!("secret://{}/{}", "0".repeat(36), "9".repeat(20));
        let uri: SecretUri = longest.parse().unwrap();
        for refusal in [
            SecretRefusal::NotGranted,
            SecretRefusal::NotFound,
            SecretRefusal::Unknown,
        ] {
            let text = uri.refused(refusal, "lxd-integrator").to_string();
            assert!(text.chars().count() < 200, "{text}");
        }
    }

    #[test]
    fn versions_are_read_as_juju_writes_them() {
        for (version, expected) in [
            ("2.9.52", false),
            ("3.1.9", false),
            ("3.2-beta1", false),
            ("3.3.0", true),
            ("3.6.28", true),
            ("4.0-beta5", true),
            ("4.0.15", true),
            ("", true),
        ] {
            assert_eq!(has_user_secrets(version), expected, "{version}");
        }
    }
}
