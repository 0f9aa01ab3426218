//! What can go wrong between LXD and us, told apart by what has to be done about it.

use std::error::Error as StdError;

use super::Mismatch;
use crate::{
    credential::WhyRefused, deadline::OutOfTime, error::Class, x509::certificate::Fingerprint,
};

/// A request that did not do what it should.
#[derive(Debug, thiserror::Error)]
#[error("{request}")]
pub struct Error {
    /// Method and path.
    request: String,
    /// What is the matter.
    #[source]
    kind: ErrorKind,
}

impl Error {
    pub(crate) fn new(method: &str, path: &str, kind: ErrorKind) -> Self {
        Self {
            request: format!("{method} {path}"),
            kind,
        }
    }

    /// The same request, and what its failure means there.
    pub(crate) fn with(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// What is the matter.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// LXD's own words, where it said any.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.kind {
            ErrorKind::Forbidden(words)
            | ErrorKind::Refused { words, .. }
            | ErrorKind::Busy { words, .. } => words.clone(),
            kind => kind.to_string(),
        }
    }
}

/// The kinds of failure.
#[derive(Debug, thiserror::Error)]
pub enum ErrorKind {
    /// No answer: nobody listens, the name does not resolve, a deadline passed, the connection broke.
    /// Whether a write took effect is unknown.
    #[error("{words}")]
    NoAnswer {
        /// The short reason, for a status.
        words: String,
        /// The whole of it.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The hook's time is used up; nothing was sent.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// The server is not the one that was configured; nothing was sent.
    #[error("the server presents {presented}, configured is {}: {mismatch}", list(.configured))]
    OtherCertificate {
        /// What it presented.
        presented: Fingerprint,
        /// What would have been accepted; nothing if the system's authorities are asked.
        configured: Vec<Fingerprint>,
        /// Why it is not right.
        mismatch: Mismatch,
    },
    /// LXD does not know our certificate.
    #[error("our certificate is not trusted")]
    Untrusted,
    /// LXD does not know our certificate, nor does it take what should make it trust it.
    #[error("our certificate is not trusted, and LXD refused the {what}: {words}")]
    NotEnrolled {
        /// Trust token or password.
        what: String,
        /// Why, as far as it can be told.
        why: WhyRefused,
        /// LXD's words.
        words: String,
    },
    /// LXD knows us and does not let us do it (403).
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// Our certificate is that of an identity whose groups do not let it do what it must.
    #[error("our identity lacks: {}", .0.join(", "))]
    Lacking(Vec<&'static str>),
    /// A project that the certificate is to be restricted to does not exist.
    #[error("a project does not exist")]
    NoProject,
    /// LXD will not do it as asked (other 4xx).
    #[error("refused with {status}: {words}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// LXD's words.
        words: String,
    },
    /// LXD cannot do it now (5xx).
    #[error("answered {status}: {words}")]
    Busy {
        /// The HTTP status.
        status: u16,
        /// LXD's words.
        words: String,
    },
    /// The answer is none of LXD's.
    #[error("not an answer of LXD: {0}")]
    NotLxd(String),
    /// The TLS library does not take our configuration.
    #[error("TLS cannot be set up")]
    Setup(#[source] Box<dyn StdError + Send + Sync>),
}

fn list(fingerprints: &[Fingerprint]) -> String {
    if fingerprints.is_empty() {
        return "nothing but the system's authorities".to_owned();
    }
    let texts: Vec<String> = fingerprints.iter().map(ToString::to_string).collect();
    texts.join(" or ")
}

impl ErrorKind {
    /// Nobody answered, for the deepest of the reasons given.
    pub(super) fn no_answer(error: impl StdError + Send + Sync + 'static, timed_out: bool) -> Self {
        let words = if timed_out {
            "no answer in time".to_owned()
        } else {
            reason(&error)
        };
        Self::NoAnswer {
            words,
            source: Some(Box::new(error)),
        }
    }

    /// Who has to do something about it.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::OtherCertificate { .. }
            | Self::Untrusted
            | Self::NotEnrolled { .. }
            | Self::Forbidden(_)
            | Self::Lacking(_)
            | Self::NoProject
            | Self::Setup(_) => Class::Operator,
            Self::NoAnswer { .. }
            | Self::OutOfTime(_)
            | Self::Refused { .. }
            | Self::Busy { .. }
            | Self::NotLxd(_) => Class::Transient,
        }
    }

    /// Whether the request may have taken effect although it failed.
    #[must_use]
    pub const fn may_have_happened(&self) -> bool {
        matches!(
            self,
            Self::NoAnswer { .. } | Self::Busy { .. } | Self::NotLxd(_)
        )
    }
}

/// The deepest cause in a few words, as far as the operating system has a name for it.
fn reason(error: &(dyn StdError + 'static)) -> String {
    let mut deepest = error;
    loop {
        if let Some(io) = deepest.downcast_ref::<std::io::Error>() {
            match io.kind() {
                std::io::ErrorKind::ConnectionRefused => return "connection refused".to_owned(),
                std::io::ErrorKind::ConnectionReset => return "connection reset".to_owned(),
                std::io::ErrorKind::HostUnreachable => return "no route to host".to_owned(),
                std::io::ErrorKind::NetworkUnreachable => return "no route to network".to_owned(),
                _ => {}
            }
        }
        match deepest.source() {
            Some(source) => deepest = source,
            None => break,
        }
    }
    let text = deepest.to_string();
    if text.contains("failed to lookup address") {
        "its name does not resolve".to_owned()
    } else {
        text.chars().take(80).collect()
    }
}
