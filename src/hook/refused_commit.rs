//! Relations that must not be touched together, found out by trying.
//!
//! After a removal by force an old number may answer for a new relation (see [`presence`](crate::relation::presence)). A
//! hook that touches our own databag through both ends well, and Juju refuses its commit, each time. Where the relations'
//! units do not tell the old one from others, a file in the charm's folder tells the next run what was tried, and the
//! memory, which commits along with the databags, whether it was taken. After two refusals one relation after the other is
//! left out, until Juju takes the rest.

use std::{collections::BTreeSet, fs, io, path::Path};

use crate::{
    decision::{ledger::Ledger, observed::Observed},
    names::RelationId,
};

/// The file, in the charm's folder. It can be lost without harm.
const FILE: &str = ".touched-together";

/// Who was killed after its last tool looks as if it was refused; nobody is so twice.
const CHANCES: usize = 2;

/// What was tried, and how often it was not taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Attempt {
    times: usize,
    relations: BTreeSet<RelationId>,
}

/// The relations to be left out of this hook, which may be others' aliases.
pub(super) fn left_out(folder: &Path, ledger: Option<&Ledger>) -> BTreeSet<RelationId> {
    read(folder).left_out(ledger)
}

/// Notes what this hook touched together, as its last act: the next one sees whether it was taken.
pub(super) fn note(folder: &Path, ledger: Option<&Ledger>, observed: &Observed) {
    if !observed.wide {
        return;
    }
    let touched = observed.together();
    let known = ledger.is_some_and(|ledger| touched.is_subset(&ledger.together));
    let before = read(folder);
    if known && before == Attempt::default() {
        return;
    }
    let file = folder.join(FILE);
    let written = if known {
        fs::remove_file(&file)
    } else {
        let left_out = before.left_out(ledger);
        fs::write(&file, before.again(&touched, &left_out).text())
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!("cannot write {}: {error}", file.display());
        }
        _ => {}
    }
}

fn read(folder: &Path) -> Attempt {
    let text = fs::read_to_string(folder.join(FILE)).unwrap_or_default();
    let mut words = text.split_whitespace();
    let times = words.next().and_then(|word| word.parse().ok());
    let relations = words.map(str::parse).collect::<Result<_, _>>();
    match (times, relations) {
        (Some(times), Ok(relations)) => Attempt { times, relations },
        _ => Attempt::default(),
    }
}

impl Attempt {
    /// What the next attempt leaves out: nothing, if the memory says that this one was taken.
    fn left_out(&self, ledger: Option<&Ledger>) -> BTreeSet<RelationId> {
        let taken = ledger.is_some_and(|ledger| self.relations.is_subset(&ledger.together));
        match self.times.checked_sub(CHANCES) {
            Some(refused) if !taken => self.after(refused),
            _ => BTreeSet::new(),
        }
    }

    /// What is left out after so many refusals: one after the other, the lowest number first, and at last all but the
    /// newest relation.
    fn after(&self, refused: usize) -> BTreeSet<RelationId> {
        let mut older = self.relations.clone();
        older.pop_last();
        match older.iter().nth(refused) {
            Some(one) => BTreeSet::from([*one]),
            None => older,
        }
    }

    /// The next attempt, which touched these and left those out.
    fn again(&self, touched: &BTreeSet<RelationId>, left_out: &BTreeSet<RelationId>) -> Self {
        let relations: BTreeSet<RelationId> = touched.union(left_out).copied().collect();
        let same = relations == self.relations;
        Self {
            times: if same { self.times + 1 } else { 1 },
            relations,
        }
    }

    fn text(&self) -> String {
        let ids: Vec<String> = self.relations.iter().map(ToString::to_string).collect();
        format!("{} {}\n", self.times, ids.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[u32]) -> BTreeSet<RelationId> {
        ids.iter().map(|id| RelationId::new(*id)).collect()
    }

    #[test]
    fn each_is_left_out_once_and_then_all_but_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        let mut attempt = Attempt::default();
        let mut tried = Vec::new();
        for _ in 0..6 {
            let left_out = attempt.left_out(None);
            let touched = ids(&[0, 1, 5]).difference(&left_out).copied().collect();
            attempt = attempt.again(&touched, &left_out);
            fs::write(folder.path().join(FILE), attempt.text()).unwrap();
            assert_eq!(read(folder.path()), attempt);
            tried.push(left_out);
        }
        let none = ids(&[]);
        assert_eq!(
            tried,
            [
                none.clone(),
                none,
                ids(&[0]),
                ids(&[1]),
                ids(&[0, 1]),
                ids(&[0, 1])
            ]
        );
    }

    #[test]
    fn what_was_taken_is_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "2 1 5").unwrap();
        assert_eq!(left_out(folder.path(), None), ids(&[1]));
        let ledger = Ledger {
            together: ids(&[1, 5]),
            ..Ledger::default()
        };
        assert_eq!(left_out(folder.path(), Some(&ledger)), ids(&[]));
        let observed = Observed {
            wide: true,
            ..Observed::default()
        };
        note(folder.path(), Some(&ledger), &observed);
        assert!(!folder.path().join(FILE).exists());
    }
}
