//! What can be done about each failure. Where `juju status` says it already, in the same words.

use crate::{
    credential::{Credential, CredentialError},
    error::Class,
    hook::status,
    lxd::ErrorKind,
};

/// LXD, or what listens in its place, does not do what it should.
pub(super) fn of_lxd(kind: &ErrorKind, credential: &Credential, now: i64) -> String {
    if let ErrorKind::Lacking(rights) = kind {
        return format!(
            "give them to a group of our identity: lxc auth group permission add <group> server <right>, for {}",
            rights.join(", ")
        );
    }
    if kind.class() == Class::Operator {
        let message = status::lxd_problem(kind, credential, now).message;
        let remedy = after_complaint(&message);
        return match &credential.enrolment {
            Some(enrolment) if matches!(kind, ErrorKind::Untrusted) => {
                format!("run sync, which shows it the {enrolment}; or {remedy}")
            }
            _ => remedy.to_owned(),
        };
    }
    let remedy = match kind {
        ErrorKind::NoAnswer { words, .. } => of_silence(words),
        ErrorKind::OutOfTime(_) => "LXD is too slow; see what keeps it busy, and try again",
        ErrorKind::Busy { status: 501, .. } | ErrorKind::Refused { .. } => {
            "this LXD does not take what the charm sends; please report it"
        }
        ErrorKind::Busy { .. } => {
            "LXD is starting or stopping, or its cluster has no quorum: see lxc cluster list; the charm tries again"
        }
        _ => "something else than LXD answers there, perhaps a proxy; correct the endpoint",
    };
    remedy.to_owned()
}

/// Nobody answers, for this reason.
fn of_silence(words: &str) -> &'static str {
    match words {
        "connection refused" => {
            "start LXD there, and let it listen: lxc config set core.https_address :8443; or correct the endpoint"
        }
        "its name does not resolve" => {
            "correct the name, or give an address; /etc/hosts and DNS are asked, nothing else"
        }
        "no route to host" | "no route to network" => {
            "mend the network between this machine and LXD, or correct the endpoint"
        }
        "no answer in time" => {
            "is the host up, does a firewall drop the connection, does LXD hang there?"
        }
        _ if words.contains("alert") => {
            "it speaks another TLS than LXD does (1.2 or 1.3); correct the endpoint, or upgrade LXD"
        }
        _ => "see the log of what listens there; LXD may be restarting",
    }
}

/// There is no credential to work with.
pub(super) fn of_credential(error: &CredentialError) -> String {
    let message = error.to_string();
    let remedy = match error {
        CredentialError::BadCloudCredential(_) => "correct it with: juju update-credential",
        _ if message.contains("; ") => after_complaint(&message),
        CredentialError::Missing(_) => "set them too with: juju config, or reset all of them",
        _ => "correct it with: juju config",
    };
    remedy.to_owned()
}

/// What a message asks for: all after the first `; `.
pub(super) fn after_complaint(message: &str) -> &str {
    message.split_once("; ").map_or(message, |(_, after)| after)
}
