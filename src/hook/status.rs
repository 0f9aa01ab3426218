//! What `juju status` shows: every message that the charm can say. Pure.

use std::collections::BTreeSet;

use crate::{
    credential::{Credential, CredentialError, RESTRICT_TO_PROJECTS, pins::Pins},
    decision::ledger::Ledger,
    error::Class,
    lxd::{ErrorKind, Mismatch},
    names::{Projects, list},
    values::Status,
    visible::visible,
    x509::certificate::{Unfit, moment},
};

/// The longest message, in characters.
const LONGEST: usize = 199;

/// A person must act; the message says how.
fn blocked(message: &str) -> Status {
    status("blocked", message)
}

/// The charm tries again by itself.
fn waiting(message: &str) -> Status {
    status("waiting", message)
}

fn status(state: &str, message: &str) -> Status {
    let message = visible(message);
    let message = if message.chars().count() > LONGEST {
        message.chars().take(LONGEST - 1).chain(['…']).collect()
    } else {
        message
    };
    Status {
        state: state.to_owned(),
        message,
    }
}

/// There is no credential to work with.
#[must_use]
pub fn no_credential(error: &CredentialError) -> Status {
    blocked(&error.to_string())
}

/// `restrict_to_projects` names projects that do not exist.
#[must_use]
pub fn unknown_projects(missing: &Projects) -> Status {
    blocked(&format!(
        "Unknown projects: {} ({})",
        list(missing),
        RESTRICT_TO_PROJECTS
    ))
}

/// `restrict_to_projects` asks for what this LXD cannot do.
#[must_use]
pub fn cannot_restrict(version: &str) -> Status {
    blocked(&format!(
        "LXD {version} cannot restrict certificates; upgrade it to 5.0 or later, or reset {RESTRICT_TO_PROJECTS}"
    ))
}

/// No member of the cluster can be published.
#[must_use]
pub fn no_usable_address(address: &str) -> Status {
    blocked(&format!("LXD at {address}: no member has a usable address"))
}

/// LXD did not do what was asked of it.
#[must_use]
pub fn lxd_problem(kind: &ErrorKind, credential: &Credential, now: i64) -> Status {
    let address = credential.endpoint.address();
    match kind.class() {
        Class::Operator => blocked(&remedy(kind, credential, &address, now)),
        Class::Transient => waiting(&format!("LXD at {address}: {}; retrying", complaint(kind))),
    }
}

/// What a person has to do.
fn remedy(kind: &ErrorKind, credential: &Credential, address: &str, now: i64) -> String {
    match kind {
        ErrorKind::OtherCertificate {
            mismatch: Mismatch::Key(kind),
            ..
        } => format!(
            "LXD at {address}: its certificate's key is {kind}, which the charm's TLS cannot verify; \
             give it one of P-384, P-256, Ed25519 or RSA"
        ),
        ErrorKind::OtherCertificate { mismatch, .. } => format!(
            "LXD at {address} presents another certificate than configured; {}",
            mismatch_remedy(*mismatch, credential)
        ),
        ErrorKind::Untrusted | ErrorKind::NotEnrolled { .. } => format!(
            "LXD at {address} does not trust our certificate; {}",
            trust_remedy(kind, credential, now)
        ),
        ErrorKind::Forbidden(_) => {
            "Our certificate is restricted; trust management needs an unrestricted one".to_owned()
        }
        ErrorKind::Lacking(rights) => format!("Our identity lacks: {}", rights.join(", ")),
        ErrorKind::NoProject => {
            format!("LXD at {address} lacks a project of {RESTRICT_TO_PROJECTS}")
        }
        other => format!("LXD at {address}: {other}; see the log"),
    }
}

fn mismatch_remedy(mismatch: Mismatch, credential: &Credential) -> String {
    let option = credential.server_source.server_certificate_name();
    match mismatch {
        Mismatch::Name => {
            format!("it was issued for another name than the endpoint's; see {option}")
        }
        Mismatch::Time => "it has expired or is not valid yet; renew it there".to_owned(),
        _ if credential.pins == Pins::System => {
            format!("no authority of the system issued it; set {option}")
        }
        _ => format!("if that is right, update {option}"),
    }
}

fn trust_remedy(kind: &ErrorKind, credential: &Credential, now: i64) -> String {
    match (credential.own.unfit(now), kind) {
        (Some(Unfit::Expired(at)), _) => format!("it expired on {}, renew it", moment(at)),
        (Some(Unfit::NotYetValid(at)), _) => format!("it is not valid before {}", moment(at)),
        (_, ErrorKind::NotEnrolled { what, why, .. }) => format!("it refused the {what}: {why}"),
        _ => "add it there with: lxc config trust add".to_owned(),
    }
}

/// What LXD is doing, in a few words.
fn complaint(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::NoAnswer { words, .. }
        | ErrorKind::Busy { words, .. }
        | ErrorKind::Refused { words, .. } => words.chars().take(100).collect(),
        ErrorKind::OutOfTime(_) => "too slow for one hook".to_owned(),
        _ => "what answers there is not LXD".to_owned(),
    }
}

/// All is well.
#[must_use]
pub fn active(nodes: usize, ledger: &Ledger) -> Status {
    let certificates: BTreeSet<_> = ledger
        .relations
        .values()
        .flat_map(crate::decision::ledger::Relation::trusted)
        .collect();
    let rejected: usize = ledger
        .relations
        .values()
        .map(|relation| relation.rejected)
        .sum();
    let mut message = format!(
        "{}, {} for {}",
        count(nodes, "node"),
        count(certificates.len(), "certificate"),
        count(ledger.relations.len(), "relation")
    );
    if rejected > 0 {
        message.push_str(&format!("; {} rejected", count(rejected, "certificate")));
    }
    status("active", &message)
}

/// As in "1 node", "2 nodes".
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
