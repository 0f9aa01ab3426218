//! The names of entries.

use lxd_bed::certificates::{Key, Validity, make, make_with};
use serde_json::json;

use crate::side::{Side, encoded};

cases!("names":
    are_free_text for without_identities,
    may_be_long,
    need_not_be_unique,
    empty_becomes_the_common_name for since_5_0,
    empty_without_common_name_becomes_the_address for since_5_0,
);

#[track_caller]
fn assert_kept(side: &Side, name: &str) {
    let new = make("new");
    assert_eq!(side.add(&new, name).status, 201);
    assert_eq!(side.entry(&new).metadata["name"], name);
}

fn are_free_text(side: &Side) {
    for name in ["app/0", "-x", "two words", "é <&>\n\t\"", " ", "ключ"] {
        assert_kept(side, name);
    }
}

fn may_be_long(side: &Side) {
    assert_kept(side, &"n".repeat(100_000));
}

fn need_not_be_unique(side: &Side) {
    assert_kept(side, "the same");
    assert_kept(side, "the same");
}

fn empty_becomes_the_common_name(side: &Side) {
    let new = make("its common name");
    assert_eq!(side.add(&new, "").status, 201);
    assert_eq!(side.entry(&new).metadata["name"], "its common name");
}

fn empty_without_common_name_becomes_the_address(side: &Side) {
    let new = make_with(Key::P256, "", Validity::Now);
    let nameless = json!({"type": "client", "certificate": encoded(&new)});
    assert_eq!(side.post(&nameless).status, 201);
    assert_eq!(side.entry(&new).metadata["name"], "127.0.0.1");
}
