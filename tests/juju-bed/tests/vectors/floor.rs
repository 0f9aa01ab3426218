//! How many cases must agree, and what need not, with the reason: as counted, no more and no less.

use std::{collections::BTreeMap, fmt};

use crate::case::VERSIONS;

/// By version, in the order of [`VERSIONS`].
type Counts = [usize; VERSIONS.len()];

/// Of the recordings beside this test.
const AGREE: Counts = [1014, 940, 954];

/// Of the same recordings, what is not done: the kind, how many cases, and why.
const NOT_DONE: &[(&str, Counts, &str)] = &[
    ("close-port", [6, 6, 6], PORTS),
    ("juju-reboot", [6, 6, 6], "the bed has no machines"),
    ("leader-get", [8, 8, 0], LEADER_SETTINGS),
    ("leader-set", [6, 6, 0], LEADER_SETTINGS),
    ("open-port", [21, 21, 21], PORTS),
    ("opened-ports", [4, 4, 4], PORTS),
    ("resource-get", [5, 5, 5], "the bed has no resources"),
    ("secret-add", [0, 23, 23], SECRETS),
    ("secret-grant", [0, 10, 10], SECRETS),
    ("secret-remove", [0, 7, 7], SECRETS),
    ("secret-revoke", [0, 8, 8], SECRETS),
    ("secret-set", [0, 8, 8], SECRETS),
    (
        "YAML answers as JSON",
        [124, 142, 142],
        "the same value for every reader; charms that compare bytes ask for JSON",
    ),
    (
        "YAML refused in other words",
        [20, 20, 20],
        "refused by both; the words are the library's",
    ),
    (
        "YAML answers that lose something",
        [4, 4, 4],
        "Juju cuts empty lines off at the end of a text, and writes bytes in base64",
    ),
    ("YAML that only Juju reads", [2, 2, 2], OTHER_YAML),
    ("YAML that only Juju refuses", [2, 2, 2], OTHER_YAML),
    ("yaml: !!binary", [1, 1, 1], "the library leaves it out"),
];

const PORTS: &str = "the bed has no firewall";
const LEADER_SETTINGS: &str = "older than application databags, and gone in 4.0";
const SECRETS: &str = "the secrets of charms: the bed has those of users";
const OTHER_YAML: &str = "YAML 1.2 as a library reads it, where Juju has 1.1 and habits of its own";

/// What was counted.
#[derive(Default)]
pub(crate) struct Tally {
    /// The cases of each version that agree.
    pub(crate) agree: Counts,
    not_done: BTreeMap<String, Counts>,
}

impl Tally {
    /// The counts of a kind.
    pub(crate) fn not_done(&mut self, kind: &str) -> &mut Counts {
        self.not_done.entry(kind.to_owned()).or_default()
    }

    /// What is against the list. Of other recordings than ours the counts are not known, but the kinds are.
    pub(crate) fn faults(&self, ours: bool) -> Vec<String> {
        let mut faults = Vec::new();
        for kind in self.not_done.keys() {
            if !NOT_DONE.iter().any(|(known, ..)| known == kind) {
                faults.push(format!("{kind} is not done, and not listed"));
            }
        }
        if self.agree.iter().sum::<usize>() == 0 {
            faults.push("nothing agrees".into());
        }
        if !ours {
            return faults;
        }
        if self.agree != AGREE {
            let now = &self.agree;
            faults.push(format!("{now:?} agree where {AGREE:?} are to"));
        }
        for (kind, counts, _) in NOT_DONE {
            let now = self.not_done.get(*kind).copied().unwrap_or_default();
            if now != *counts {
                faults.push(format!("{kind}: {now:?} not done, {counts:?} are listed"));
            }
        }
        faults
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = VERSIONS.map(|(name, _)| name);
        write!(f, "{:45} {versions:?}\n{:45} {:?}", "", "agree", self.agree)?;
        for (kind, counts) in &self.not_done {
            let known = NOT_DONE.iter().find(|(known, ..)| known == kind);
            let reason = known.map_or("?", |(.., reason)| reason);
            write!(f, "\nnot done: {kind:35} {counts:?} {reason}")?;
        }
        Ok(())
    }
}
