//! What people really have, a file of `inputs/` each, and more of each kind: what can be understood is, the rest is named,
//! and the one never takes the other along.

use lxd_bed::{
    Daemon, Fault, Matching, Options, Times,
    certificates::{self, Credential, Key, Validity},
};
use serde_json::{Value, json};

use crate::support::{
    lab::{APP, Consumer, Lab, UNIT, simulated},
    servers::Start,
};

on_both! {
    databags
    what_breaks_off_withdraws_nothing
    keys_that_let_nobody_in
    private_keys_in_any_armour
    credentials
    certificates_of_operators
    hidden_characters_are_never_shown
    chains
}

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("inputs/", $name))
    };
}

/// The two certificates that most files hold.
fn a() -> Credential {
    let list: Vec<String> = serde_json::from_str(file!("00-before.json")).unwrap();
    Credential::from_pem(&list[0], "")
}

fn b() -> Credential {
    let text = file!("03d-commas.txt");
    let (_, second) = text.split_once("-----,").unwrap();
    Credential::from_pem(second, "")
}

/// What became of a value: the certificates that are trusted, whether the text is listed, and the codes of what is not.
fn outcome(lab: &Lab, consumer: &Consumer) -> (String, bool, Vec<String>) {
    let trusted = lab.trusted_fingerprints(consumer);
    let is_trusted = |one: &Credential| trusted.contains(&one.fingerprint);
    let names = [("a", a()), ("b", b())];
    let names = names.iter().filter(|(_, one)| is_trusted(one));
    let listed = lab.published(consumer, "registered_certificates") != json!([]);
    let rejected = lab.published(consumer, "rejected_certificates");
    let codes = rejected.as_array().cloned().unwrap_or_default();
    let codes = codes.iter().map(|one| one["reason"].as_str().unwrap());
    (
        names.map(|(name, _)| *name).collect(),
        listed,
        codes
            .map(|code| code.split(':').next().unwrap().to_owned())
            .collect(),
    )
}

/// Reasons as they are published.
fn reasons(lab: &Lab, consumer: &Consumer) -> String {
    lab.published(consumer, "rejected_certificates").to_string()
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
            beside(
                json!(key.as_bytes().len()).to_string()
                    + ": LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1FRQ==",
            ),
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

fn credentials(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, server) = (lab.lxd.endpoint(), lab.lxd.server_certificate_pem());
    let p256 = file!("15-p256.crt");
    let pairs: &[(&str, &str, String)] = &[
        (p256, "19", file!("19-not-encrypted.key").into()),
        (
            p256,
            "no public part",
            file!("15-p256-no-public-part.key").into(),
        ),
        (
            p256,
            "one line",
            file!("19-not-encrypted.key").replace('\n', "\\n"),
        ),
        (
            p256,
            "after others",
            format!("{}{}", file!("20-key.key"), file!("19-not-encrypted.key")),
        ),
        (
            p256,
            "cut off before",
            format!(
                "-----BEGIN PRIVATE KEY-----\n{}",
                file!("19-not-encrypted.key")
            ),
        ),
        (
            file!("20-chain-authority-first.crt"),
            "20",
            file!("20-key.key").into(),
        ),
        (file!("15-v1.crt"), "version 1", file!("15-v1.key").into()),
        (
            file!("15-unkcrit.crt"),
            "critical",
            file!("15-unkcrit.key").into(),
        ),
    ];
    for (certificate, _, _) in pairs {
        let own = certificate.replace("-----\n-----", "-----\n\n-----");
        for block in own.split("\n\n") {
            lab.lxd.trust(block, "own");
        }
    }
    for (certificate, name, key) in pairs {
        let credential = Credential {
            key_pem: key.clone(),
            certificate_pem: (*certificate).into(),
            ..a()
        };
        lab.configure(&endpoint, &credential, &server);
        assert_eq!(
            lab.status(),
            "active: 1 node, 0 certificates for 0 relations",
            "{name}"
        );
    }
    let log = lab.log().join("\n");
    assert!(
        log.contains("WARNING Bad option lxd_client_key: damaged PEM: a block is cut off"),
        "{log}"
    );
    let bad = |lab: &Lab, part: &str, words: &str, name: &str| {
        let status = lab.status();
        let start = format!("blocked: Bad option lxd_{part}: {words}");
        assert!(
            status.starts_with(&start) && status.chars().count() < 210,
            "{name}: {status}"
        );
    };
    for (part, certificate, key, words) in [
        (
            "client_cert",
            file!("15-rsa8192.crt"),
            file!("15-rsa8192.key"),
            "its key is RSA of 8192 bits, which",
        ),
        (
            "client_cert",
            file!("15-rsae3.crt"),
            file!("15-rsae3.key"),
            "its key is RSA of 2048 bits with exponent 3, which",
        ),
        (
            "client_cert",
            file!("16-server-p521.crt"),
            file!("16-server-p521.key"),
            "its key is P-521, which",
        ),
        (
            "client_cert",
            file!("14-ed448.crt"),
            file!("14-ed448.key"),
            "its key is Ed448, which",
        ),
        (
            "client_key",
            p256,
            file!("20-key.key"),
            "it is the key of another certificate",
        ),
        (
            "client_key",
            p256,
            file!("14-ed448.key"),
            "not a key that the charm's TLS can use; give one of P-256,",
        ),
        ("client_key", p256, p256, "no PEM private key in it"),
        (
            "client_cert",
            "-----BEGIN CERTIFICATE-----",
            file!("20-key.key"),
            "damaged PEM: a block is cut off",
        ),
        (
            "client_key",
            p256,
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----",
            "encrypted key; remove its passphrase",
        ),
        (
            "client_key",
            p256,
            "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----",
            "a key in OpenSSH's form; convert it",
        ),
    ] {
        let credential = Credential {
            key_pem: key.into(),
            certificate_pem: certificate.into(),
            ..a()
        };
        lab.configure(&endpoint, &credential, &server);
        bad(&lab, part, words, words);
    }
    // Pins: glued, beside what cannot be read, and nothing but that.
    let admin = lab.lxd.admin().clone();
    let other = file!("05-other.crt").trim_end();
    for (name, pins) in [
        ("05", format!("{other}{server}")),
        ("one line", format!("{other}{server}").replace('\n', " ")),
        ("cut off before", format!("{}{server}", &other[..200])),
        (
            "no X.509",
            format!(
                "{server}{}",
                "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
            ),
        ),
    ] {
        lab.configure(&endpoint, &admin, &pins);
        assert_eq!(
            lab.status(),
            "active: 1 node, 0 certificates for 0 relations",
            "{name}"
        );
    }
    lab.configure(&endpoint, &admin, &other[..200]);
    bad(
        &lab,
        "server_cert",
        "damaged PEM: a block is cut off",
        "cut off",
    );
    assert!(!lab.log().join("\n").contains("MIG"));
    lab.assert_no_hook_failed();
}

#[test]
fn endpoints() {
    let mut lab = Lab::new(simulated());
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let own: &[&str] = &[
        "https:///",
        "a\u{202e}b:8443",
        "10.0.0.1:8443/1.0",
        "ssh://host",
        "127.1",
        "::1",
    ];
    let lines = file!("17-endpoints.txt").lines().chain(own.iter().copied());
    for (line, words) in lines.zip([
        "give one; the other members are found by themselves",
        "a user or password has no place in it; give host:port alone",
        "https:// stands once, before the host, with two slashes",
        "https:// stands once, before the host, with two slashes",
        "",
        "give it without quotes",
        "the host is no name: ",
        "a wildcard is no address to connect to; give one that LXD has",
        "the host is no name: ",
        "the host is no name: ",
        "a number is no host; give host:port",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "percent signs have no place in it; write the host out",
        "a wildcard is no address to connect to; give one that LXD has",
        "a wildcard is no address to connect to; give one that LXD has",
        "an address with a zone (%) cannot be used; give one that is the same everywhere",
        "it is empty",
        "the host is no name: ",
        "a path has no place in it; give host:port alone",
        "LXD is only spoken to over https://",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "an IPv6 address needs brackets, as in [::1]:8443",
    ]) {
        let works = words.is_empty();
        let line = if works {
            endpoint.replace("https", "HTTPS")
        } else {
            line.to_owned()
        };
        lab.configure(&line, &admin, &server);
        let expected = match works {
            true => "active: 1 node, 0 certificates for 0 relations".to_owned(),
            false => format!("blocked: Bad option lxd_endpoint: {words}"),
        };
        assert!(
            lab.status().starts_with(&expected),
            "{line}: {}",
            lab.status()
        );
    }
}

/// A server that is pinned to the byte works whatever its certificate says, if its key can be verified.
fn pinned_servers(start: Start) {
    let p521 = "its certificate's key is P-521, which the charm's TLS cannot verify; give it one of P-384,";
    for (certificate, key, words) in [
        (
            file!("16-server-unkcrit.crt"),
            file!("16-server-unkcrit.key"),
            None,
        ),
        (file!("15-v1.crt"), file!("15-v1.key"), None),
        (file!("15-rsae3.crt"), file!("15-rsae3.key"), None),
        (
            file!("16-server-p521.crt"),
            file!("16-server-p521.key"),
            Some(p521),
        ),
    ] {
        let credential = Credential::from_pem(certificate, key);
        let Some(lxd) = start(Options::named("node-1").presenting(&credential)) else {
            return;
        };
        let mut lab = Lab::new(lxd);
        let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
        for pin in [certificate, &credential.fingerprint] {
            lab.configure(&endpoint, &admin, pin);
            let expected = match words {
                None => "active: 1 node, 0 certificates for 0 relations".to_owned(),
                Some(words) => format!("blocked: LXD at {}: {words}", lab.lxd.address()),
            };
            assert!(lab.status().starts_with(&expected), "{}", lab.status());
        }
    }
}

starting! {
    pinned_servers: real_lxd real_incus;
}

#[test]
fn members_without_a_usable_address() {
    let lxd = Daemon::simulated(Options::named("node").members(2));
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    lab.ask(&consumer, "my-charm/0", &[&a().certificate_pem]);
    let databag = lab.databag(&consumer);
    let files: Value = serde_json::from_str(file!("18-members.json")).unwrap();
    let mut answers: Vec<Value> = files.as_object().unwrap().values().cloned().collect();
    let own = [
        "https://*:8443",
        "https://0.0.0.0:8443",
        "https://m1:99999",
        "127.1",
        "https://[::ffff:0.0.0.0]:8443",
    ];
    answers.extend(
        own.map(
            |url| json!([{"server_name": "m1", "url": url, "status": "Online", "message": ""}]),
        ),
    );
    let members = || Matching::path("/1.0/cluster/members?recursion=1");
    let answer = |members: &Value| {
        let body =
            json!({"type": "sync", "status": "Success", "status_code": 200, "metadata": members});
        Fault::Answer {
            status: 200,
            body: body.to_string(),
        }
    };
    for members_seen in &answers {
        lab.lxd.clear_faults();
        lab.lxd
            .fault(answer(members_seen), members(), Times::UntilCleared);
        lab.update_status(UNIT);
        let address = lab.lxd.address();
        let expected = format!("blocked: LXD at {address}: no member has a usable address");
        assert_eq!(lab.status(), expected, "{members_seen}");
        assert_eq!(
            lab.databag(&consumer),
            databag,
            "nothing of it is published"
        );
    }
    // Beside one that can be used it is left out.
    let mut some = answers[0].as_array().unwrap().clone();
    some.push(json!({"server_name": "m2", "url": "https://10.0.0.2:8443", "status": "Online", "message": ""}));
    lab.lxd.clear_faults();
    lab.lxd
        .fault(answer(&json!(some)), members(), Times::UntilCleared);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    lab.lxd.clear_faults();
    lab.update_status(UNIT);
    assert_eq!(lab.databag(&consumer), databag);
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
    let _ = APP;
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
