//! Our own certificates and keys, and the pins of LXD's.

use std::collections::BTreeSet;

use lab::Lab;
use lxd_bed::{Daemon, certificates::Credential};

use super::a;

on_both! {
    credentials
}

// The simulated server reads its clients' certificates more strictly than LXD does.
on_servers! {
    odd_certificates_of_our_own: real_lxd real_incus;
}

fn odd_certificates_of_our_own(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, server) = (lab.lxd.endpoint(), lab.lxd.server_certificate_pem());
    for (name, certificate, key) in [
        ("version 1", file!("15-v1.crt"), file!("15-v1.key")),
        ("critical", file!("15-unkcrit.crt"), file!("15-unkcrit.key")),
    ] {
        lab.lxd.trust(certificate, name);
        lab.configure(&endpoint, &Credential::from_pem(certificate, key), &server);
        assert_eq!(
            lab.status(),
            "active: 1 node, 0 certificates for 0 relations",
            "{name}"
        );
    }
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
    ];
    let owns: BTreeSet<&str> = pairs
        .iter()
        .flat_map(|(certificate, ..)| certificate.split_inclusive("-----END CERTIFICATE-----\n"))
        .collect();
    for own in owns {
        lab.lxd.trust(own, "own");
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
