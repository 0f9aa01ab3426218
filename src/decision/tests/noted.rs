//! What the memory tells.

use super::*;
use crate::{credential::endpoint::Endpoint, decision::left_behind::left_behind};

/// The memory of a unit whose relation 1 asks for these.
fn asking(names: &[&str]) -> Ledger {
    of_relations([(1, remembered([("my-charm", line(names))]))])
}

#[test]
fn whose_name_an_entry_has_is_noted() {
    let mut ledger = asking(&["lowest", "other", "foreign", "operator", "unseen"]);
    // What nobody asks for is not kept.
    ledger.not_ours = fingerprints(&["lowest", "unseen", "unasked"]);
    ledger.named_otherwise = marks(3, &["foreign", "lowest", "unasked", "unseen"]);
    let store = whole([
        entry_for(1, "lowest"),
        entry_for(2, "other"),
        entry_for(2, "nobody's"),
        named("foreign", "somebody".to_owned()),
        named("operator", owner().operators("alice")),
    ]);
    ledger.note_names(&owner(), &store, &[]);
    assert_eq!(
        ledger.not_ours,
        fingerprints(&["foreign", "operator", "unseen"])
    );
    let mut otherwise = marks(2, &["other"]);
    otherwise.extend(marks(3, &["unseen"]));
    assert_eq!(ledger.named_otherwise, otherwise);
}

#[test]
fn the_name_that_was_just_given_counts() {
    let mut ledger = asking(&["made", "renamed"]);
    ledger.not_ours = fingerprints(&["made"]);
    let done = [
        Change::Register {
            name: requirer(1),
            certificate: certificate("made"),
            confinement: Confinement::Nothing,
        },
        Change::Rename {
            fingerprint: fingerprint("renamed"),
            from: requirer(2),
            to: requirer(1),
        },
    ];
    ledger.note_names(&owner(), &whole([entry_for(2, "renamed")]), &done);
    assert!(ledger.not_ours.is_empty() && ledger.named_otherwise.is_empty());
}

#[test]
fn nothing_is_left_to_take_away_if_all_is_known_and_nobody_asks() {
    let accounted = || Ledger {
        accounted: true,
        ..Ledger::default()
    };
    for (ledger, settled, about_others) in [
        (accounted(), true, true),
        (Ledger::default(), false, false),
        (
            Ledger {
                partial: true,
                ..accounted()
            },
            false,
            false,
        ),
        (
            Ledger {
                owed: marks(1, &["a"]),
                ..accounted()
            },
            false,
            false,
        ),
        (
            Ledger {
                unclaimed: marks(1, &["a"]),
                ..accounted()
            },
            false,
            false,
        ),
        (memory(), false, true),
    ] {
        assert_eq!(ledger.is_settled(None), settled, "{ledger:?}");
        assert_eq!(ledger.is_settled(Some(ONE)), settled, "{ledger:?}");
        let other = RelationId::new(2);
        assert_eq!(ledger.is_settled(Some(other)), about_others, "{ledger:?}");
    }
    let met = Ledger {
        accounted: true,
        ..of_relations([(1, remembered([]))])
    };
    assert!(met.is_settled(Some(ONE)));
}

#[test]
fn what_is_left_behind_is_told_by_the_name_that_it_has() {
    let mut ledger = asking(&["+a", "+b", "+foreign", "waits"]);
    ledger.owed = marks(2, &["owed", "a"]);
    ledger.unclaimed = marks(3, &["unclaimed"]);
    ledger.named_otherwise = marks(4, &["b"]);
    ledger.not_ours = fingerprints(&["foreign"]);
    let wanted: [(u32, &[&str]); 4] = [
        (1, &["a"]),
        (2, &["owed"]),
        (3, &["unclaimed"]),
        (4, &["b"]),
    ];
    let wanted: BTreeMap<Requirer, _> = wanted
        .into_iter()
        .map(|(relation, names)| (requirer(relation), fingerprints(names)))
        .collect();
    assert_eq!(left_behind(&ledger), wanted);
}

#[test]
fn another_lxd_is_noticed() {
    let elsewhere: Endpoint = "127.0.0.2".parse().unwrap();
    let anew = Fingerprint::of(b"anew");
    let with = |change: &dyn Fn(&mut KnownLxd)| {
        let mut lxd = lxd();
        change(&mut lxd);
        lxd
    };
    let others = [
        with(&|lxd| lxd.endpoint = elsewhere.clone()),
        with(&|lxd| lxd.server = anew),
        with(&|lxd| lxd.client = anew),
        with(&|lxd| lxd.version = "7.0".to_owned()),
        with(&|lxd| lxd.restricted_to = ["a".to_owned()].into()),
        with(&|lxd| lxd.behind = true),
    ];
    for other in others {
        assert!(!lxd().is_the_same(&other), "{other:?}");
        assert!(lxd().is_the_same_lxd(&other), "{other:?}");
    }
    let more = with(&|lxd| lxd.nodes = [elsewhere.clone()].into());
    assert!(lxd().is_the_same(&lxd()) && lxd().is_the_same(&more));
    let another = with(&|lxd| {
        lxd.endpoint = elsewhere.clone();
        lxd.server = anew;
    });
    assert!(!lxd().is_the_same_lxd(&another));
}

#[test]
fn only_who_asks_as_before_is_told_of_other_nodes() {
    let (own, other) = (lxd().endpoint, "127.0.0.2".parse::<Endpoint>().unwrap());
    let lxd = KnownLxd {
        nodes: [own.clone(), other.clone()].into(),
        ..lxd()
    };
    let known = vec![(other.clone(), lxd.server)];
    assert_eq!(lxd.others(&own, lxd.client), known);
    assert_eq!(lxd.others(&other, lxd.client), []);
    assert_eq!(lxd.others(&own, Fingerprint::of(b"anew")), []);
}
