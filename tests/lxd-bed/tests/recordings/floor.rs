//! How many answers must agree, version by version: as counted, no more and no less.

use std::{collections::BTreeMap, fmt};

/// Of the recordings in `recordings/`, in which there is nothing that is not done.
const AGREE: &[(&str, usize)] = &[
    ("5.0.2", 1865),
    ("5.0.9", 1865),
    ("5.21.7", 2593),
    ("6.9", 2443),
    ("incus-7.0.2", 1700),
];

/// What was counted.
#[derive(Default)]
pub(crate) struct Tally {
    /// By version.
    pub(crate) agree: BTreeMap<String, usize>,
    /// By kind.
    pub(crate) not_done: BTreeMap<&'static str, usize>,
    pub(crate) differ: usize,
}

impl Tally {
    /// What is wrong with it; how many have to agree is known of all of our own recordings.
    pub(crate) fn faults(&self, all_of_ours: bool) -> Vec<String> {
        let mut faults = Vec::new();
        if self.differ > 0 {
            faults.push(format!("{} differ", self.differ));
        }
        if self.agree.is_empty() {
            faults.push("nothing agrees".to_owned());
        }
        if all_of_ours {
            let agree = AGREE
                .iter()
                .map(|(version, count)| (version.to_string(), *count));
            if self.agree != agree.collect() {
                let now = &self.agree;
                faults.push(format!("{now:?} agree, where floor.rs has {AGREE:?}"));
            }
            let not_done = self.not_done.keys();
            faults
                .extend(not_done.map(|kind| format!("{kind}: not done, and ours has none of it")));
        }
        faults
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, count) in &self.not_done {
            writeln!(f, "not done: {kind}: {count}")?;
        }
        for (version, count) in &self.agree {
            writeln!(f, "recordings {version}: {count} agree")?;
        }
        let agree: usize = self.agree.values().sum();
        let not_done: usize = self.not_done.values().sum();
        let differ = self.differ;
        write!(
            f,
            "recordings: {agree} agree, {differ} differ, {not_done} not done"
        )
    }
}
