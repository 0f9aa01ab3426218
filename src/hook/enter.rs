//! How a hook gets into LXD, and which one it finds there.

use std::sync::Arc;

use super::{
    Here,
    problem::{self, Problem},
};
use crate::{
    credential::{Credential, CredentialError},
    decision::{known_lxd::KnownLxd, ledger::Ledger},
    lxd::{reach::Remembered, session::Session},
    names::Projects,
};

/// Opens a session. Where LXD does not trust the credential yet, it may be made to: only by who remembers what came of
/// that.
///
/// # Errors
/// What is wrong with the credential or with LXD.
pub fn session(
    here: &Here<'_>,
    credential: Result<Credential, CredentialError>,
    ledger: Option<&Ledger>,
    may_enrol: bool,
) -> Result<Session, Problem> {
    let mut credential = credential?;
    credential.enrolment = credential.enrolment.filter(|_| may_enrol);
    let own = credential.fingerprint();
    let known = ledger.and_then(|ledger| ledger.lxd.as_ref());
    let remembered = Remembered {
        names: here.owner.own_names(own),
        refused: ledger.and_then(|ledger| ledger.refused.as_ref()),
        others: known.map_or_else(Vec::new, |known| known.others(&credential.endpoint, own)),
    };
    let credential = Arc::new(credential);
    Session::open(&credential, &remembered, here.deadlines, here.now)
        .map_err(|error| problem::of_lxd(&error, &credential, here.now))
}

/// Which LXD it is that a session goes to.
pub(super) fn known_lxd(session: &Session, restricted_to: &Projects) -> KnownLxd {
    KnownLxd {
        endpoint: session.credential.endpoint.clone(),
        server: session.server.fingerprint(),
        client: session.credential.fingerprint(),
        nodes: session.nodes().endpoints().cloned().collect(),
        version: session.server.version.clone(),
        restricted_to: restricted_to.clone(),
        behind: false,
    }
}
