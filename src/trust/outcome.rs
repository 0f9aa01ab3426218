//! What came of changes.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use crate::{relation::rejection::Reason, x509::certificate::Fingerprint};

/// What came of a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Certificates that LXD confirmed as trusted.
    pub trusted: BTreeSet<Fingerprint>,
    /// Certificates that LXD will not take.
    pub refused: BTreeMap<Fingerprint, Reason>,
    /// Changes that were made.
    pub done: Vec<Change>,
    /// Changes that are still to be made.
    pub undone: Vec<Change>,
}
