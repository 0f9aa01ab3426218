//! Which certificates of a relation get a place.

use super::*;
use crate::{decision::admission::admit, relation::rejection::Rejection};

/// The longest `registered_certificates`, in bytes.
const TWO_MEBIBYTES: usize = 2_097_152;

/// A text of so many bytes as an element of a JSON list, comma and all, that asks for this certificate.
fn padded(name: &str, bytes: usize) -> Request {
    let pem = pem(name);
    let room = bytes - json(&pem).len() - 1;
    Request::of_text(&format!("{pem}{}", " ".repeat(room)))
}

/// The codes of the rejections.
fn codes(rejections: &[Rejection]) -> String {
    let codes = rejections
        .iter()
        .map(|rejection| rejection.reason.split(':').next().unwrap());
    codes.collect::<Vec<_>>().join(" ")
}

/// The certificates to be registered, and the codes of the rejections.
fn admitted(
    relation: &Relation,
    seen: &ObservedRelation,
    store: &TrustStore,
) -> (Vec<Certificate>, String) {
    let admission = admit(relation, seen, store, NOW);
    (admission.new, codes(&admission.rejections))
}

#[test]
fn what_lxd_holds_as_something_else_is_rejected() {
    let seen = shown([("my-charm", request(&["a"]))]);
    let mut server = entry("a");
    server.kind = "server".to_owned();
    let relation = Relation::new(consumer());
    assert_eq!(
        admitted(&relation, &seen, &whole([server])),
        (vec![], "other-type".to_owned())
    );
    let there = admitted(&relation, &seen, &whole([entry("a")]));
    assert_eq!(there, (vec![], String::new()));
}

#[test]
fn a_certificate_whose_time_is_over_stays_where_it_is_and_is_not_made() {
    let seen = shown([("my-charm", request(&["a"]))]);
    let relation = remembered([("my-charm", line(&["+a"]))]);
    let later = NOW + 600_000_000;
    let codes_of = |relation, store| {
        let admission = admit(relation, &seen, &store, later);
        assert!(admission.new.is_empty());
        codes(&admission.rejections)
    };
    let unmet = Relation::new(consumer());
    assert_eq!(codes_of(&unmet, whole([])), "expired");
    assert_eq!(codes_of(&unmet, whole([entry("a")])), "");
    // It was removed behind our back.
    assert_eq!(codes_of(&relation, whole([])), "expired");
    // It was not looked for.
    assert_eq!(codes_of(&relation, part(&[], [])), "");
}

#[test]
fn what_was_read_takes_no_place_of_before() {
    let seen = shown([("my-charm", request(&["new"]))]);
    let relation = remembered([("my-charm", many(1000, true))]);
    let new = vec![certificate("new")];
    assert_eq!(
        admitted(&relation, &seen, &whole([])),
        (new.clone(), String::new())
    );
    let elsewhere = remembered([("my-charm/1", many(999, true))]);
    assert_eq!(
        admitted(&elsewhere, &seen, &whole([])),
        (new, String::new())
    );
    let elsewhere = remembered([("my-charm/1", many(1000, true))]);
    let full = (vec![], "too-many".to_owned());
    assert_eq!(admitted(&elsewhere, &seen, &whole([])), full);
    // What waits has no place.
    let waiting = remembered([("my-charm/1", many(1000, false))]);
    assert_eq!(admitted(&waiting, &seen, &whole([])).1, String::new());
}

#[test]
fn where_a_databag_breaks_off_only_what_was_read_gives_its_place_back() {
    let mut before = many(998, true);
    before.extend(line(&["+a"]));
    let relation = remembered([("my-charm", before)]);
    let seen = shown([("my-charm", broken_off(&["a", "new", "newer"]))]);
    assert_eq!(
        admitted(&relation, &seen, &part(&["new", "newer"], [])),
        (vec![certificate("new")], "too-many".to_owned())
    );
}

#[test]
fn what_is_there_and_has_no_place_is_remembered_and_not_listed() {
    let relation = remembered([("my-charm/1", many(1000, true))]);
    let seen = shown([("my-charm", request(&["a"]))]);
    let admission = admit(&relation, &seen, &whole([entry("a")]), NOW);
    assert_eq!(codes(&admission.rejections), "too-many");
    assert!(admission.rejected.is_empty());
    let unlisted: Vec<_> = admission.unlisted.iter().map(|(_, _, of)| *of).collect();
    assert_eq!(unlisted, [fingerprint("a")]);
}

#[test]
fn the_list_is_two_mebibytes_long_and_no_longer() {
    let relation = Relation::new(consumer());
    let half = TWO_MEBIBYTES / 2;
    let admitted = |second| {
        let requests = [("my-charm/0", padded("a", half)), ("my-charm/1", second)];
        admitted(&relation, &shown(requests), &whole([])).0.len()
    };
    assert_eq!(admitted(padded("b", half)), 2);
    assert_eq!(admitted(padded("b", half + 1)), 1);
}

#[test]
fn one_text_and_one_certificate_take_their_place_once() {
    let half = TWO_MEBIBYTES / 2;
    let twice = || padded("a", half + 1);
    let requests = [("my-charm/0", twice()), ("my-charm/1", twice())];
    let relation = Relation::new(consumer());
    let admission = admit(&relation, &shown(requests), &whole([]), NOW);
    assert!(admission.rejections.is_empty());

    let relation = remembered([("my-charm/2", many(999, true))]);
    let requests = [
        ("my-charm/0", request(&["a"])),
        ("my-charm/1", request(&["a"])),
    ];
    let admission = admit(&relation, &shown(requests), &whole([]), NOW);
    assert!(admission.rejections.is_empty());
}

#[test]
fn what_other_databags_have_published_counts() {
    let half = TWO_MEBIBYTES / 2;
    let text = padded("a", half).texts.remove(0).text;
    let line = [((TextDigest::of(&text), fingerprint("a")), true)].into();
    let relation = remembered([("my-charm/1", line)]);
    let admitted = |bytes| {
        let seen = listing(&[&text], shown([("my-charm/0", padded("b", bytes))]));
        admitted(&relation, &seen, &part(&["b"], [])).0.len()
    };
    assert_eq!(admitted(half), 1);
    assert_eq!(admitted(half + 1), 0);
}
