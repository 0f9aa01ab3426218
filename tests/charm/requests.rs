//! What consumers write, well or badly: bad data never stops good data.

use lab::{Consumer, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Key, Validity},
};
use serde_json::{Value, json};

on_both! {
    beside_a_good_certificate_bad_ones_are_named
    the_spellings_of_a_request_mean_the_same
    a_text_with_several_certificates_needs_all_of_them
    every_kind_of_key_is_registered
    rejections_stay_until_they_are_mended
}

fn reasons(lab: &Lab, consumer: &Consumer) -> Vec<(String, u64, String)> {
    let list = lab.published(consumer, "rejected_certificates");
    let list = list.as_array().cloned().unwrap_or_default();
    let code = |reason: &Value| {
        reason
            .as_str()
            .unwrap()
            .split(':')
            .next()
            .unwrap()
            .to_owned()
    };
    list.iter()
        .map(|rejection| {
            let unit = rejection["unit"].as_str().unwrap().to_owned();
            (
                unit,
                rejection["index"].as_u64().unwrap(),
                code(&rejection["reason"]),
            )
        })
        .collect()
}

fn beside_a_good_certificate_bad_ones_are_named(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store().len();
    let consumer = lab.relate("my-charm", 1);
    let good = certificates::make("good");
    let expired = certificates::make_with(Key::P256, "old", Validity::Expired);
    let early = certificates::make_with(Key::P256, "early", Validity::NotYet);
    let weak = certificates::rsa_1024();
    let list = json!([
        "garbage",
        good.certificate_pem,
        certificates::make("leaked").key_pem,
        expired.certificate_pem,
        early.certificate_pem,
        weak.certificate_pem,
        7,
        "",
    ]);
    lab.write(&consumer, "my-charm/0", &list.to_string());
    let unit = |index, code: &str| ("my-charm/0".to_owned(), index, code.to_owned());
    assert_eq!(
        reasons(&lab, &consumer),
        [
            unit(0, "not-a-certificate"),
            unit(2, "private-key"),
            unit(3, "expired"),
            unit(4, "not-yet-valid"),
            unit(5, "weak-key"),
            unit(6, "not-a-certificate"),
            unit(7, "not-a-certificate"),
        ]
    );
    let rejected = lab.published(&consumer, "rejected_certificates");
    assert_eq!(rejected[2]["fingerprint"], json!(expired.fingerprint));
    assert_eq!(rejected[0].get("fingerprint"), None);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [good.fingerprint.as_str()]
    );
    assert_eq!(lab.store().len(), before + 1);
    assert_eq!(
        lab.status(),
        "active: 1 node, 1 certificate for 1 relation; 7 certificates rejected"
    );
    let warnings = lab
        .log()
        .iter()
        .filter(|line| line.starts_with("WARNING"))
        .count();
    assert_eq!(warnings, 7);
    assert!(!lab.log().join("\n").contains("PRIVATE KEY"));
}

fn the_spellings_of_a_request_mean_the_same(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    let pem = &client.certificate_pem;
    let crlf = pem.replace('\n', "\r\n");
    let indented = pem
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect::<String>();
    let wrapped = format!("Bag Attributes\n  friendlyName: x\n{pem}trailing words");
    for text in [
        json!(pem).to_string(),
        pem.clone(),
        crlf.clone(),
        json!([crlf]).to_string(),
        indented,
        wrapped,
    ] {
        lab.write(&consumer, "my-charm/0", &text);
        assert_eq!(
            lab.trusted_fingerprints(&consumer),
            [client.fingerprint.as_str()],
            "{text}"
        );
        let exact = serde_json::from_str::<Value>(&text).unwrap_or_else(|_| json!(text));
        let exact = if exact.is_array() {
            exact
        } else {
            json!([exact])
        };
        assert_eq!(lab.published(&consumer, "registered_certificates"), exact);
        assert_eq!(reasons(&lab, &consumer), []);
    }
    for nothing in ["", "[]", "null", " \n"] {
        lab.write(&consumer, "my-charm/0", nothing);
        assert!(
            lab.trusted_fingerprints(&consumer).is_empty(),
            "{nothing:?}"
        );
        assert_eq!(reasons(&lab, &consumer), [], "{nothing:?}");
        lab.write(&consumer, "my-charm/0", pem);
    }
}

fn a_text_with_several_certificates_needs_all_of_them(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    let expired = certificates::make_with(Key::P384, "old", Validity::Expired);
    let both = one.certificate_pem.clone() + &two.certificate_pem;
    let with_expired = one.certificate_pem.clone() + &expired.certificate_pem;
    lab.ask(&consumer, "my-charm/0", &[&both, &with_expired]);
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([both])
    );
    assert!(lab.opens(&one) && lab.opens(&two));
    assert_eq!(
        reasons(&lab, &consumer),
        [("my-charm/0".to_owned(), 1, "expired".to_owned())]
    );
    lab.ask(&consumer, "my-charm/0", &[&with_expired]);
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([])
    );
    assert!(lab.opens(&one) && !lab.opens(&two));
}

fn every_kind_of_key_is_registered(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let clients = [
        certificates::make_with(Key::P256, "p256", Validity::Now),
        certificates::make_with(Key::Ed25519, "ed25519", Validity::Now),
        certificates::rsa_2048(),
        certificates::rsa_4096(),
        certificates::make_issued("issued"),
        certificates::ec_521(),
    ];
    let texts: Vec<&str> = clients
        .iter()
        .map(|client| client.certificate_pem.as_str())
        .collect();
    lab.ask(&consumer, "my-charm/0", &texts);
    assert_eq!(reasons(&lab, &consumer), []);
    assert_eq!(lab.trusted_fingerprints(&consumer).len(), clients.len());
    assert!(clients.iter().take(5).all(|client| lab.opens(client)));
}

fn rejections_stay_until_they_are_mended(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 2);
    let good = certificates::make("good");
    lab.ask(&consumer, "my-charm/1", &["garbage"]);
    lab.ask(&consumer, "my-charm/0", &[&good.certificate_pem]);
    assert_eq!(
        reasons(&lab, &consumer),
        [("my-charm/1".to_owned(), 0, "not-a-certificate".to_owned())]
    );
    let databag = lab.databag(&consumer);
    lab.update_status(UNIT);
    assert_eq!(lab.databag(&consumer), databag);
    lab.ask(&consumer, "my-charm/1", &[]);
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        Value::Null
    );
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
}
