//! How wide a hook looks.

use super::*;

/// Whether a hook about relation 1 looks wide that remembers this, and sees this of Juju and LXD.
fn wide(memory: Option<&Ledger>, observed: &Observed, lxd: &KnownLxd) -> bool {
    let subject = Subject::Databag(ONE, None);
    ask(subject, Leaving::No, memory, |situation| {
        must_look_wide(situation, observed, lxd)
    })
}

/// Relation 1, whose databag of ours holds what is published.
fn published() -> Observed {
    let mut relation = shown([]);
    let version = (provider::PUBLISHED.to_owned(), "1.0".to_owned());
    relation.own.extend([version]);
    observed(relation)
}

#[test]
fn a_memory_that_tells_enough_is_not_looked_beyond() {
    assert!(!wide(Some(&memory()), &published(), &lxd()));
    for untold in [
        Ledger {
            lxd: None,
            ..memory()
        },
        Ledger {
            partial: true,
            ..memory()
        },
    ] {
        assert!(wide(Some(&untold), &published(), &lxd()));
    }
    let other = KnownLxd {
        version: "7.0".to_owned(),
        ..lxd()
    };
    assert!(wide(Some(&memory()), &published(), &other));
    assert!(wide(None, &published(), &lxd()));
}

#[test]
fn what_was_published_and_is_gone_is_made_again() {
    let gone = observed(shown([]));
    assert!(wide(Some(&memory()), &gone, &lxd()));
    let mut untrusted = memory();
    let relation = remembered([("my-charm", line(&["a"]))]);
    untrusted.relations = [(ONE, relation)].into();
    assert!(!wide(Some(&untrusted), &gone, &lxd()));
    untrusted.relations.clear();
    assert!(!wide(Some(&untrusted), &gone, &lxd()));
}

#[test]
fn nobody_looks_wide_twice_nor_at_the_end() {
    let all = Observed {
        wide: true,
        ..Observed::default()
    };
    assert!(!wide(None, &all, &lxd()));
    let stops = ask(Subject::Stop, Leaving::AsLast, None, |situation| {
        must_look_wide(situation, &Observed::default(), &lxd())
    });
    assert!(!stops);
}
