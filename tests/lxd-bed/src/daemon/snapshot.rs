//! Keeping what a server holds, and bringing it back.

use std::collections::BTreeSet;

use super::{Daemon, TrustEntry};
use crate::simulation::Content;

/// What a server held at one time: the trust store, the projects, the tokens that were not used
/// yet and the password, and of a simulated one whatever else it keeps, and whom each member
/// trusts.
#[derive(Clone, Debug)]
pub struct Snapshot {
    state: State,
}

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

impl Daemon {
    /// What the server holds now. On a simulated one this costs next to nothing.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            state: self.server.snapshot(),
        }
    }

    /// Makes the server hold again what it held then. A real one is told what differs, as an
    /// administrator would do it; a token that was used meanwhile stays used there. Whether members live, what they are said to be, faults and the
    /// requests taken stay as they are.
    ///
    /// # Panics
    ///
    /// If it is the snapshot of the other kind of server, or a real one refuses.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.server.restore(&snapshot.state);
    }
}
