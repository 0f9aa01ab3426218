//! Why LXD could not be worked with, in words for people.

use super::status;
use crate::{
    credential::{Credential, CredentialError, RefusedEnrolment},
    decision::Seen,
    error::{Class, chain, with_detail},
    lxd::{Error, ErrorKind, session::Session},
    trust::confinement::Restriction,
    values::Status,
};

/// Why LXD could not be worked with.
#[derive(Debug)]
pub struct Problem {
    /// What `juju status` shows.
    pub status: Status,
    /// The whole of it, for the log.
    pub detail: String,
    /// Who has to do something about it.
    pub class: Class,
    /// It is no surprise: nobody has given a credential yet.
    pub expected: bool,
    /// The trust token or password that LXD refused.
    pub refused: Option<RefusedEnrolment>,
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        Self {
            status: status::no_credential(&error),
            detail: chain(&error),
            class: Class::Operator,
            expected: matches!(error, CredentialError::NoAccess { .. }),
            refused: None,
        }
    }
}

impl Problem {
    /// The status with its whole cause, for the log.
    #[must_use]
    pub fn line(&self) -> String {
        let Status { state, message } = &self.status;
        format!("{state}: {}", with_detail(message, &self.detail))
    }

    /// A person must act; this is why.
    const fn blocked(status: Status, detail: String) -> Self {
        Self {
            status,
            detail,
            class: Class::Operator,
            expected: false,
            refused: None,
        }
    }
}

/// A request failed in a session.
#[must_use]
pub fn of(error: &Error, session: &Session) -> Problem {
    of_lxd(error, &session.credential, session.now)
}

/// A request with this credential failed, at `now` in seconds after 1970.
#[must_use]
pub fn of_lxd(error: &Error, credential: &Credential, now: i64) -> Problem {
    Problem {
        status: status::lxd_problem(error.kind(), credential, now),
        detail: format!("LXD at {}: {}", credential.endpoint.address(), chain(error)),
        class: error.kind().class(),
        expected: false,
        refused: match error.kind() {
            ErrorKind::NotEnrolled { why, .. } => credential
                .attempt()
                .map(|attempt| RefusedEnrolment { attempt, why: *why }),
            _ => None,
        },
    }
}

/// A restriction cannot be made as asked for.
#[must_use]
pub fn of_restriction(restriction: &Restriction, session: &Session) -> Option<Problem> {
    let status = match restriction {
        Restriction::Open | Restriction::To(_) => return None,
        Restriction::Missing { missing, .. } => status::unknown_projects(missing),
        Restriction::Impossible => status::cannot_restrict(&session.server.version),
    };
    let detail = status.message.clone();
    Some(Problem::blocked(status, detail))
}

/// None of a cluster's members can be published.
fn of_addresses(session: &Session) -> Option<Problem> {
    let status = status::no_usable_address(&session.credential.endpoint.address());
    let urls: Vec<&str> = session
        .members
        .iter()
        .map(|member| member.url.as_str())
        .collect();
    let detail = format!("{}: {}", status.message, urls.join(", "));
    (session.nodes().count() == 0).then(|| Problem::blocked(status, detail))
}

/// What keeps LXD from being as it should be, after the changes.
pub(super) fn after(failure: Option<&Error>, seen: &Seen, session: &Session) -> Option<Problem> {
    let Some(error) = failure else {
        return of_restriction(&seen.restriction, session).or_else(|| of_addresses(session));
    };
    // A look at the subject alone believed that the projects exist.
    let missing = matches!(error.kind(), ErrorKind::NoProject)
        .then(|| session.restriction(&seen.lxd.restricted_to, true).ok())
        .flatten()
        .and_then(|restriction| of_restriction(&restriction, session));
    missing.or_else(|| Some(of(error, session)))
}
