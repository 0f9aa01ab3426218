//! Values that cannot be read to their end withdraw nothing.

use lab::{Lab, UNIT};
use lxd_bed::Daemon;
use serde_json::json;

use super::{a, b, outcome, reasons};

on_both! {
    what_breaks_off_withdraws_nothing
}

fn what_breaks_off_withdraws_nothing(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (pem, other) = (a().certificate_pem, b().certificate_pem);
    let before = file!("00-before.json");
    let unreadable: &[(&str, String, &str, &str)] = &[
        ("08", file!("08-nan.json").into(), "a", ""),
        (
            "08b",
            file!("08b-nan-first.json").into(),
            "a",
            "at character 2;",
        ),
        ("12", file!("12-trailing-comma.json").into(), "a", ""),
        (
            "12b",
            file!("12b-comma-first.json").into(),
            "a",
            "at character 2;",
        ),
        (
            "12c",
            file!("12c-cut-off.json").into(),
            "a",
            "cut off in what begins at character 2;",
        ),
        (
            "12d",
            file!("12d-number.json").into(),
            "a",
            "neither a list nor a text",
        ),
        (
            "22h",
            file!("22h-python-repr.txt").into(),
            "a",
            "single quotes, as Python writes a list",
        ),
        (
            "another before a cut",
            format!("[{}, \"-----BEG", json!(other)),
            "ab",
            "cut off",
        ),
        (
            "a line end in a text",
            format!("[{}, \"x\ny\"]", json!(other)),
            "ab",
            "control character",
        ),
        (
            "words behind a list",
            format!("{} # mine", json!([other])),
            "ab",
            "something behind the end",
        ),
        (
            "an object",
            json!({"certificate": other}).to_string(),
            "a",
            "neither a list nor a text",
        ),
        (
            "prose",
            "see the other databag".into(),
            "a",
            "no PEM certificate in it",
        ),
        (
            "base64 of a list",
            "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t".into(),
            "a",
            "base64 of PEM",
        ),
    ];
    for (name, value, trusted, words) in unreadable {
        lab.write(&consumer, "my-charm/0", before);
        assert_eq!(
            outcome(&lab, &consumer),
            ("a".into(), true, Vec::new()),
            "{name}"
        );
        lab.write(&consumer, "my-charm/0", value);
        let expected = ((*trusted).to_owned(), true, vec!["unreadable".to_owned()]);
        assert_eq!(outcome(&lab, &consumer), expected, "{name}");
        assert!(
            reasons(&lab, &consumer).contains(words),
            "{name}: {}",
            reasons(&lab, &consumer)
        );
        // Nor does it where the memory is lost, nor what time brings.
        lab.model.exec(UNIT, &["state-set", "format=0"]).unwrap();
        for _ in 0..3 {
            lab.update_status(UNIT);
        }
        assert_eq!(outcome(&lab, &consumer), expected, "{name}, later");
        assert!(lab.store().contains_key(&a().fingerprint), "{name}");
    }
    lab.write(&consumer, "my-charm/0", before);
    for (name, value) in [
        ("09", file!("09-bignum.json").to_owned()),
        ("half a pair", format!("[{}, \"\\ud800\"]", json!(pem))),
        (
            "deep",
            format!("[{}, {}{}]", json!(pem), "[".repeat(200), "]".repeat(200)),
        ),
        ("a float", format!("[{}, 1.5]", json!(pem))),
    ] {
        lab.write(&consumer, "my-charm/0", &value);
        let expected = ("a".to_owned(), true, vec!["not-a-certificate".to_owned()]);
        assert_eq!(outcome(&lab, &consumer), expected, "{name}");
    }
    lab.write(&consumer, "my-charm/0", "[]");
    assert!(
        !lab.store().contains_key(&a().fingerprint),
        "what can be read withdraws"
    );
    lab.assert_no_hook_failed();
}
