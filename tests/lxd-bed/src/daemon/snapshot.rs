//! What a server held at one time.

use std::collections::BTreeSet;

use super::TrustEntry;
use crate::simulation::Content;

/// What a server held at one time: the trust store, the projects, the tokens that were not used
/// yet and the password, and of a simulated one whatever else it keeps, and whom each member
/// trusts.
#[derive(Clone, Debug)]
pub struct Snapshot(pub(crate) State);

/// As each kind of server keeps it.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Simulated(Content),
    Real {
        entries: Vec<TrustEntry>,
        projects: BTreeSet<String>,
        /// The operations that stand for tokens.
        tokens: BTreeSet<String>,
        password: Option<String>,
    },
}
