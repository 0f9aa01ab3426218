//! Two laws about what people give, over random texts: a good certificate is never lost in silence, and a value never
//! takes away what is still asked for.

use std::collections::{BTreeMap, BTreeSet};

use lxd_bed::certificates;
use lxd_integrator::{
    decision::{
        demand::demand,
        ledger::{Ledger, Relation},
        observed::{Observed, ObservedRelation},
        scope::{Scope, Subject},
    },
    digest::TextDigest,
    names::{ApplicationName, BagName, RelationId},
    relation::{
        provider::REGISTERED,
        request::{Request, asked_for},
    },
    values::Settings,
    x509::certificate::Fingerprint,
};
use proptest::prelude::*;
use serde_json::json;

/// Pieces that PEM and JSON are made of, whole and broken, and anything else.
fn rubbish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        4 => r#"[-A-Za-z0-9+/=\\n\r\n\t ,;:"'\[\]{}]{0,24}"#,
        2 => prop::sample::select(vec![
            "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "-----BEGIN ", "-----END ", "-----", "--",
            "-----BEGIN EC PARAMETERS-----\n", "-----END EC PARAMETERS-----", "BEGIN", "\u{feff}", "\u{2014}",
            "-----BEGIN CERTIFCATE-----", "MIIB", "Proc-Type: 4,ENCRYPTED\n", "CERTIFICATE", "\\n", "\r", "\0",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// A certificate as it is, and as people paste it.
fn spelt(pem: &str, how: u8) -> String {
    match how {
        0 => pem.replace('\n', "\r\n"),
        1 => pem.replace('\n', " "),
        2 => pem.replace('\n', ""),
        3 => pem.replace('\n', "\\n"),
        4 => pem.replace('\n', "\n   "),
        5 => pem.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        6 => pem.trim_end().to_owned(),
        _ => pem.to_owned(),
    }
}

fn pool() -> &'static [String] {
    static POOL: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    POOL.get_or_init(|| certificates::many(6))
}

fn fingerprints(texts: &[&str]) -> BTreeSet<Fingerprint> {
    texts.iter().flat_map(|text| asked_for(text)).collect()
}

fn scope() -> Scope {
    Scope {
        subject: Subject::Nothing,
        wide: true,
        finds_unclaimed: true,
        removes_unclaimed: true,
        asks_goal_state: true,
        dry_run: false,
    }
}

/// What is asked for after this value, with or without a memory of `before`.
fn asked_after(value: &str, before: &[&str], remembered: bool) -> BTreeSet<Fingerprint> {
    let application: ApplicationName = "my-charm".parse().unwrap();
    let bag: BagName = "my-charm/0".parse().unwrap();
    let id = RelationId::new(7);
    let mut relation = Relation::new(application.clone());
    let items = before.iter().flat_map(|text| {
        let digest = TextDigest::of(text);
        asked_for(text)
            .into_iter()
            .map(move |fingerprint| ((digest.clone(), fingerprint), true))
    });
    relation.lines.insert(bag.clone(), items.collect());
    let ledger = Ledger {
        relations: BTreeMap::from([(id, relation)]),
        ..Ledger::default()
    };
    let seen = ObservedRelation {
        hidden: BTreeSet::new(),
        application,
        own: Settings::from([(REGISTERED.to_owned(), json!(before).to_string())]),
        requests: BTreeMap::from([(bag, Request::parse(Some(value)))]),
    };
    let observed = Observed {
        wide: true,
        relations: BTreeMap::from([(id, seen)]),
        ..Observed::default()
    };
    let demand = demand(remembered.then_some(&ledger), &observed, &scope());
    demand.ledger.askers().into_keys().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_good_certificate_is_registered_or_its_text_is_reported(
        pieces in prop::collection::vec((rubbish(), 0..6_usize, 0..8_u8), 1..4),
        last in rubbish(),
    ) {
        let mut text = String::new();
        let mut good = BTreeSet::new();
        for (rubbish, which, how) in &pieces {
            let pem = &pool()[*which];
            text += rubbish;
            text += &spelt(pem, *how);
            good.extend(asked_for(pem));
        }
        text += &last;
        let request = Request::parse(Some(&json!([text]).to_string()));
        let asked: BTreeSet<Fingerprint> = request
            .texts
            .iter()
            .flat_map(|text| text.certificates.iter().map(|one| one.fingerprint()))
            .collect();
        let listed = request.texts.iter().any(|text| text.complete);
        prop_assert!(good.is_subset(&asked) || (!listed && !request.faults.is_empty()), "{text}");
        prop_assert!(!listed || request.faults.is_empty());
        prop_assert!(!listed || asked_for(&text).into_iter().collect::<BTreeSet<_>>() == asked);
    }

    #[test]
    fn no_value_takes_away_what_is_still_asked_for(
        before in prop::collection::btree_set(0..6_usize, 0..4),
        after in prop::collection::vec(0..6_usize, 0..4),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..40_usize, rubbish()), 0..3),
        remembered in any::<bool>(),
    ) {
        let before: Vec<&str> = before.iter().map(|one| pool()[*one].as_str()).collect();
        let after: Vec<&str> = after.iter().map(|one| pool()[*one].as_str()).collect();
        let mut value = json!(after).to_string();
        for (place, cut, rubbish) in &edits {
            let start = value.floor_char_boundary(place.index(value.len() + 1));
            let end = value.ceil_char_boundary((start + cut).min(value.len()));
            value.replace_range(start..end, rubbish);
        }
        let asked = asked_after(&value, &before, remembered);
        // The judge is another reader of JSON's grammar than the charm's own.
        let blank = |letter: char| letter.is_whitespace() || letter == '\u{feff}';
        let trimmed = value.trim_matches(blank);
        let list = serde_json::from_str::<Vec<serde::de::IgnoredAny>>(trimmed);
        let is_read = list.is_ok() || serde_json::from_str::<String>(trimmed).is_ok();
        let texts: Vec<String> = match serde_json::from_str::<Vec<serde_json::Value>>(trimmed) {
            Ok(list) => list.iter().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
            Err(_) => Vec::new(),
        };
        // A marker that lost a hyphen begins a block as well, one that cannot be read.
        let bare = !trimmed.starts_with(['[', '"']) && trimmed.contains("-BEGIN");
        if !is_read && !trimmed.is_empty() && !bare && trimmed != "null" {
            prop_assert!(fingerprints(&before).is_subset(&asked), "withdrawn by {value}");
        }
        for text in &texts {
            let whole = pool().iter().find(|pem| *pem == text);
            prop_assert!(whole.is_none_or(|pem| asked_for(pem).iter().all(|fp| asked.contains(fp))), "{value}");
        }
        if edits.is_empty() {
            prop_assert_eq!(asked, fingerprints(&after));
        }
    }
}
