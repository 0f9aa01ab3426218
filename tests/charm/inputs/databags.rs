//! Databags that can be understood, at least in part; and keys with which LXD lets nobody in.

use lab::Lab;
use lxd_bed::{Daemon, certificates};
use serde_json::json;

use super::{a, b, outcome, reasons};

on_both! {
    databags
    keys_that_let_nobody_in
    chains
}

fn databags(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (pem, other) = (a().certificate_pem, b().certificate_pem);
    let both = format!("{pem}{other}");
    let list = |text: &str| json!([text]).to_string();
    let good: &[(&str, String, &str)] = &[
        ("01", file!("01-glued.json").into(), "ab"),
        ("02", file!("02-bom-then-two.json").into(), "ab"),
        ("03a", file!("03a-x509-label-beside-good.json").into(), "ab"),
        (
            "03b",
            file!("03b-trusted-label-beside-good.json").into(),
            "ab",
        ),
        ("03c", file!("03c-prefix-beside-good.json").into(), "ab"),
        ("03d", file!("03d-commas.txt").into(), "ab"),
        ("11", file!("11-bom.json").into(), "a"),
        ("22a", file!("22a-x509-label.json").into(), "a"),
        ("22b", file!("22b-trusted-label.json").into(), "a"),
        ("22c", file!("22c-folded.json").into(), "a"),
        ("22d", file!("22d-one-line.json").into(), "a"),
        ("22e", file!("22e-literal-backslash-n.json").into(), "a"),
        ("22g", file!("22g-bom.json").into(), "a"),
        (
            "quoted by a mail",
            list(&both.replace("-----\n-----", "-----\n> -----")),
            "ab",
        ),
        (
            "everything on one line",
            list(&both.replace('\n', "")),
            "ab",
        ),
        ("old Mac line ends", list(&both.replace('\n', "\r")), "ab"),
        (
            "YAML's escapes twice",
            list(&both.replace('\n', "\\\\n")),
            "ab",
        ),
        (
            "hyphens of a word processor",
            list(&both.replace("-----", "\u{2014}-")),
            "ab",
        ),
        (
            "zero-width spaces",
            list(&both.replace('\n', "\u{200b}\n")),
            "ab",
        ),
        (
            "parameters between",
            list(&format!(
                "{pem}-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{other}"
            )),
            "ab",
        ),
        (
            "bare, and glued",
            both.replace("-----\n-----", "----------"),
            "ab",
        ),
        (
            "blanks around a list",
            format!("\u{feff} \n{}\r\n", json!([pem, other])),
            "ab",
        ),
    ];
    for (name, value, trusted) in good {
        lab.write(&consumer, "my-charm/0", value);
        let expected = ((*trusted).to_owned(), true, Vec::<String>::new());
        assert_eq!(outcome(&lab, &consumer), expected, "{name}");
    }
    let cut_off = &pem[..400];
    let bad: &[(&str, String, &str, &str)] = &[
        (
            "21",
            file!("21-cut-off-then-good.json").into(),
            "b",
            "not-a-certificate",
        ),
        (
            "22f",
            file!("22f-base64-of-pem.json").into(),
            "",
            "not-a-certificate",
        ),
        (
            "good, then cut off",
            list(&format!("{pem}{cut_off}")),
            "a",
            "not-a-certificate",
        ),
        (
            "a label misspelt",
            list(&format!("{pem}{}", other.replace("CERT", "CRET"))),
            "a",
            "not-a-certificate",
        ),
        (
            "an asterisk",
            list(&format!("{pem}{}", other.replacen("MII", "MI*", 1))),
            "a",
            "not-a-certificate",
        ),
        (
            "without its BEGIN line",
            list(&format!("{}{other}", &pem[28..])),
            "b",
            "not-a-certificate",
        ),
        (
            "a request",
            list("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----"),
            "",
            "not-a-certificate",
        ),
        (
            "base64 alone",
            list(
                &pem.lines()
                    .filter(|line| !line.contains("--"))
                    .collect::<String>(),
            ),
            "",
            "not-a-certificate",
        ),
    ];
    for (name, value, trusted, code) in bad {
        lab.write(&consumer, "my-charm/0", value);
        let expected = ((*trusted).to_owned(), false, vec![(*code).to_owned()]);
        assert_eq!(outcome(&lab, &consumer), expected, "{name}");
    }
    lab.write(&consumer, "my-charm/0", file!("22f-base64-of-pem.json"));
    assert!(reasons(&lab, &consumer).contains("base64 of PEM; give the PEM itself"));
    lab.assert_no_hook_failed();
}

fn keys_that_let_nobody_in(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let before = lab.store();
    for (certificate, kind) in [
        (file!("14-dsa.crt"), "DSA"),
        (file!("14-ed448.crt"), "Ed448"),
        (file!("14-p224.crt"), "P-224"),
        (file!("14-rsa9216.crt"), "RSA of 9216 bits"),
    ] {
        lab.ask(
            &consumer,
            "my-charm/0",
            &[certificate, &a().certificate_pem],
        );
        let expected = ("a".to_owned(), true, vec!["unusable-key".to_owned()]);
        assert_eq!(outcome(&lab, &consumer), expected, "{kind}");
        assert!(reasons(&lab, &consumer).contains(&format!("unusable-key: {kind}, ")));
    }
    lab.ask(&consumer, "my-charm/0", &[]);
    assert_eq!(lab.store(), before);
}

fn chains(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let authority = certificates::Authority::new("authority");
    let leaf = authority.issue("leaf");
    let top = authority.certificate_pem();
    let stranger = certificates::Authority::new("authority");
    let store = |lab: &Lab| lab.store().len();
    let before = store(&lab);
    for (name, texts, more, listed, codes) in [
        (
            "leaf and authority",
            vec![leaf.certificate_pem.clone() + top],
            1,
            1,
            0,
        ),
        (
            "authority first",
            vec![top.to_owned() + &leaf.certificate_pem],
            1,
            1,
            0,
        ),
        (
            "alone elsewhere",
            vec![leaf.certificate_pem.clone() + top, top.to_owned()],
            2,
            2,
            0,
        ),
        (
            "of the same name, with another key",
            vec![leaf.certificate_pem.clone() + stranger.certificate_pem()],
            2,
            1,
            0,
        ),
        (
            "twice the same",
            vec![leaf.certificate_pem.repeat(2)],
            1,
            1,
            0,
        ),
    ] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        lab.ask(&consumer, "my-charm/0", &texts);
        assert_eq!(store(&lab) - before, more, "{name}");
        let list = lab.published(&consumer, "registered_certificates");
        assert_eq!(list.as_array().unwrap().len(), listed, "{name}");
        assert_eq!(outcome(&lab, &consumer).2.len(), codes, "{name}");
        // What was published is understood in the same way when another databag changes.
        lab.ask(&consumer, "my-charm", &[&a().certificate_pem]);
        lab.ask(&consumer, "my-charm", &[]);
        assert_eq!(
            lab.published(&consumer, "registered_certificates"),
            list,
            "{name}"
        );
    }
}
