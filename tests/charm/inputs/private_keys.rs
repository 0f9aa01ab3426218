//! Private keys in any armour are seen, and shown to nobody.

use lab::Lab;
use lxd_bed::Daemon;
use serde_json::json;

use super::{a, b, outcome};

on_both! {
    private_keys_in_any_armour
}

fn private_keys_in_any_armour(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let key = file!("15-p256-no-public-part.key");
    let bare: String = key.lines().filter(|line| !line.contains("--")).collect();
    let beside = |text: String| json!([format!("{}{text}", b().certificate_pem)]).to_string();
    for (name, value, trusted) in [
        ("23a", file!("23a-key-in-object.json").to_owned(), "a"),
        ("23b", file!("23b-key-without-armour.json").to_owned(), ""),
        ("23c", file!("23c-two-blanks.json").to_owned(), ""),
        ("23d", file!("23d-pgp.json").to_owned(), ""),
        (
            "in a name",
            json!([a().certificate_pem, {key: 1}]).to_string(),
            "a",
        ),
        (
            "deep in objects",
            json!([a().certificate_pem, {"x": [[{"y": key}]]}]).to_string(),
            "a",
        ),
        ("folded", beside(key.replace('\n', " ")), ""),
        (
            "base64 of PEM",
            beside(key.len().to_string() + ": LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1FRQ=="),
            "",
        ),
        (
            "as a certificate",
            beside(format!(
                "-----BEGIN CERTIFICATE-----\n{bare}\n-----END CERTIFICATE-----"
            )),
            "",
        ),
        (
            "in one word",
            json!([a().certificate_pem, bare]).to_string(),
            "a",
        ),
        (
            "OpenSSH",
            beside("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA".to_owned()),
            "",
        ),
    ] {
        lab.write(&consumer, "my-charm/0", &value);
        let (found, _, codes) = outcome(&lab, &consumer);
        assert_eq!(
            (found.as_str(), codes),
            (trusted, vec!["private-key".to_owned()]),
            "{name}"
        );
        let told = format!("{:?} {:?}", lab.databag(&consumer), lab.log());
        for secret in [&bare[20..60], "BBCDOoPcE", "PRIVATE", "LS0tLS1CRUdJTiBQ"] {
            assert!(!told.contains(secret), "{name}: {secret}");
        }
    }
    // Cut off in the middle of a key, it is both.
    lab.write(
        &consumer,
        "my-charm/0",
        &format!("[\"{}", &json!(key).to_string()[1..60]),
    );
    assert_eq!(outcome(&lab, &consumer).2, ["private-key", "unreadable"]);
}
