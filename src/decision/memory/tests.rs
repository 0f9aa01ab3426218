//! What is written is read back.

use super::*;
use crate::credential::WhyRefused;

fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Fingerprint> {
    numbers.map(|number| Fingerprint::of(&number.to_be_bytes()))
}

fn ledger(units: u32, certificates: u32) -> Ledger {
    let application: ApplicationName = "my-charm".parse().unwrap();
    let mut relation = Relation::new(application.clone());
    relation.rejected = 3;
    relation.hidden.insert("my-charm/9".parse().unwrap());
    for unit in 0..units {
        let line = numbered(unit * certificates..(unit + 1) * certificates)
            .map(|fp| ((TextDigest::of(&fp.to_string()), fp), unit % 2 == 0))
            .collect();
        relation
            .lines
            .insert(format!("my-charm/{unit}").parse().unwrap(), line);
    }
    let name = Requirer {
        relation: RelationId::new(7),
        application,
    };
    let marks = ByRequirer::from([(name, numbered(0..3000).collect::<BTreeSet<_>>())]);
    Ledger {
        lxd: Some(KnownLxd {
            endpoint: "10.0.0.1".parse().unwrap(),
            server: Fingerprint::of(b"server"),
            client: Fingerprint::of(b"client"),
            nodes: ["10.0.0.1", "[fd00::1]:9443"]
                .map(|node| node.parse().unwrap())
                .into(),
            version: "5.0.2".to_owned(),
            restricted_to: Projects::from(["a project".to_owned()]),
            behind: true,
        }),
        refused: Some(RefusedEnrolment {
            attempt: TextDigest::of("token"),
            why: WhyRefused::Spent,
        }),
        said: Some(Status {
            state: "active".to_owned(),
            message: "1 node".to_owned(),
        }),
        relations: BTreeMap::from([(RelationId::new(7), relation)]),
        accounted: true,
        partial: false,
        gone: [8, 11].map(RelationId::new).into(),
        together: [7, 9].map(RelationId::new).into(),
        left_by_python_charm: numbered(7..9).collect(),
        named_otherwise: marks.clone(),
        not_ours: numbered(9..12).collect(),
        differs: true,
        owed: marks.clone(),
        unclaimed: marks,
    }
}

#[test]
fn what_is_written_is_read_back() {
    for ledger in [
        Ledger::default(),
        ledger(2, 3),
        ledger(1, 1500),
        ledger(2000, 1),
    ] {
        let state = write(&ledger);
        assert!(state.values().all(|value| value.len() < 65_536));
        assert_eq!(read(&state), Some(ledger));
    }
}

#[test]
fn an_emptied_key_is_not_there() {
    let old = write(&ledger(2, 1));
    let new = write(&ledger(1, 1));
    let mut merged = old.clone();
    merged.extend(changes(&old, &new));
    assert_eq!(read(&merged), read(&new));
    let left: Vec<_> = leftovers(&merged, &new).collect();
    assert_eq!(left, ["asks/7/my-charm/1"]);
}

#[test]
fn what_cannot_be_understood_is_no_ledger() {
    assert_eq!(read(&Settings::new()), None);
    let mut state = write(&ledger(1, 1));
    state.insert("asks/7/my-charm/0".to_owned(), "garbage".to_owned());
    assert_eq!(read(&state), None);
    let mut state = write(&ledger(1, 1));
    state.insert("format".to_owned(), "0".to_owned());
    assert_eq!(read(&state), None);
}

#[test]
fn of_a_memory_beyond_jujus_limit_the_relations_are_left_out() {
    let whole = ledger(60, 1000);
    let kept = read(&write(&whole)).unwrap();
    assert!(kept.partial && kept.relations.is_empty() && !kept.is_settled(None));
    assert_eq!((kept.lxd, kept.said), (whole.lxd, whole.said));
    assert_eq!((kept.owed, kept.unclaimed), (whole.owed, whole.unclaimed));
}
