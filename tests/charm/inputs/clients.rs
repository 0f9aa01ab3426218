//! Operators' certificates, and characters that are not seen.

use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Key, Validity},
};
use serde_json::json;

use super::a;

on_both! {
    certificates_of_operators
    hidden_characters_are_never_shown
}

fn certificates_of_operators(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let list: Vec<String> = serde_json::from_str(file!("01-glued.json")).unwrap();
    let pem = a().certificate_pem;
    let key = file!("15-p256-no-public-part.key");
    for (name, cert, result) in [
        (
            "06",
            file!("06-action-cert-as-juju-hands-it.txt").to_owned(),
            Ok(()),
        ),
        ("indented", pem.replace('\n', "\n    "), Ok(())),
        ("one line", pem.replace('\n', ""), Ok(())),
        ("escapes", pem.replace('\n', "\\n"), Ok(())),
        (
            "01",
            list[0].clone(),
            Err("several certificates; give one at a time"),
        ),
        (
            "folded, two",
            list[0].replace('\n', " "),
            Err("several certificates; give one at a time"),
        ),
        (
            "a path",
            "/root/alice.crt".to_owned(),
            Err("not-a-certificate: no PEM certificate in it"),
        ),
        (
            "cut off",
            pem[..300].to_owned(),
            Err("not-a-certificate: damaged PEM: a block is cut off; give it whole"),
        ),
        (
            "a key",
            format!("{pem}{key}"),
            Err("private-key: a private key must never be on a relation; make a new one"),
        ),
        (
            "P-224",
            file!("14-p224.crt").to_owned(),
            Err("unusable-key: P-224, with which LXD lets nobody in;"),
        ),
    ] {
        let parameters = json!({"name": "alice", "cert": cert});
        let run = lab
            .model
            .run(UNIT, "add-trusted-client", &parameters)
            .unwrap();
        match result {
            Ok(()) => {
                assert_eq!(run.status, "completed", "{name}: {}", run.message);
                assert!(lab.store().contains_key(&a().fingerprint), "{name}");
                lab.lxd.distrust(&a().fingerprint);
            }
            Err(words) => assert!(run.message.starts_with(words), "{name}: {}", run.message),
        }
    }
}

fn hidden_characters_are_never_shown(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let bidi = file!("24-bidi-name.crt");
    let zero = certificates::make("zero\u{200b}width\u{2028}\u{e0041}\u{9b}");
    let shy = certificates::make_with(Key::P256, "so\u{ad}ft\u{2066}", Validity::Expired);
    let texts = [bidi, &zero.certificate_pem, &shy.certificate_pem];
    lab.ask(&consumer, "my-charm/0", &texts);
    lab.model
        .run(
            UNIT,
            "add-trusted-client",
            &json!({"name": "x\u{202e}y", "cert": bidi}),
        )
        .unwrap();
    lab.model
        .run(
            UNIT,
            "add-trusted-client",
            &json!({"name": "x", "cert": zero.certificate_pem}),
        )
        .unwrap();
    lab.config(&[("restrict_to_projects", "a\u{202e}b")]);
    let list = lab
        .model
        .run(UNIT, "list-certificates", &json!({}))
        .unwrap();
    let shown = format!("{}\n{}\n{}", lab.log().join(""), lab.status(), list.json());
    let is_seen = |letter: char| letter == '\n' || letter == '…' || (' '..='~').contains(&letter);
    let unseen: Vec<char> = shown.chars().filter(|letter| !is_seen(*letter)).collect();
    assert_eq!(unseen, []);
    assert!(
        shown.contains("\\u{202e}") || shown.contains("\\\\u{202e}"),
        "{shown}"
    );
}
