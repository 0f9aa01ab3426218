//! Which LXD the charm talks to: pinned certificates and fingerprints, and authorities, of a bundle and of the system.

use lab::{Lab, UNIT, servers::Start};
use lxd_bed::{
    Daemon, Options,
    certificates::{self, Authority, Credential, Validity},
};

on_both! {
    another_fingerprint
    a_cloud_credential_says_nothing_about_the_server
    what_is_no_server_certificate
}

on_servers! {
    a_fingerprint_in_any_spelling: lxd_3_0 lxd_4_0 lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
    a_bundle_holds_the_right_one_among_others: lxd_3_0 lxd_4_0 lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
    nothing_is_configured: lxd_3_0 lxd_4_0 lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
}

/// The charm with the administrator's credential and this `lxd_server_cert`; and its status.
fn pinned(lxd: Daemon, server: &str) -> (Lab, String) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    lab.configure(&endpoint, &admin, server);
    let status = lab.status();
    (lab, status)
}

const WORKS: &str = "active: 1 node, 0 certificates for 0 relations";

fn presents_another(lxd: &Lab, advice: &str) -> String {
    let address = lxd.lxd.address();
    format!("blocked: LXD at {address} presents another certificate than configured; {advice}")
}

fn fingerprint(lxd: &Daemon) -> String {
    Credential::from_pem(&lxd.server_certificate_pem(), "").fingerprint
}

fn a_fingerprint_in_any_spelling(lxd: Daemon) {
    let plain = fingerprint(&lxd);
    let pairs: Vec<String> = plain
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect();
    let (mut lab, status) = pinned(lxd, &format!(" {}\n", pairs.join(":")));
    assert_eq!(status, WORKS);
    lab.config(&[("lxd_server_cert", &plain)]);
    assert_eq!(lab.status(), WORKS);
}

fn another_fingerprint(lxd: Daemon) {
    let other = certificates::make("other").fingerprint;
    let right = fingerprint(&lxd);
    let (lab, status) = pinned(lxd, &other);
    assert_eq!(
        status,
        presents_another(&lab, "if that is right, update lxd_server_cert")
    );
    let log = lab.log().join("\n");
    assert!(log.contains(&other) && log.contains(&right), "{log}");
}

fn a_bundle_holds_the_right_one_among_others(lxd: Daemon) {
    let other = certificates::make("other").certificate_pem;
    let bundle = format!("{other}and\n{}", lxd.server_certificate_pem());
    assert_eq!(pinned(lxd, &bundle).1, WORKS);
}

fn nothing_is_configured(lxd: Daemon) {
    let (lab, status) = pinned(lxd, "");
    let advice = "no authority of the system issued it; set lxd_server_cert";
    assert_eq!(status, presents_another(&lab, advice));
    let log = lab.log().join("\n");
    assert!(log.contains(&fingerprint(&lab.lxd)), "{log}");
}

fn a_cloud_credential_says_nothing_about_the_server(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    let attributes = cloud["credential"]["attrs"].as_object_mut().unwrap();
    attributes.remove("server-cert");
    lab.model.set_cloud_credential(cloud);
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    let advice = "no authority of the system issued it; set the cloud credential's server-cert";
    assert_eq!(lab.status(), presents_another(&lab, advice));
}

fn what_is_no_server_certificate(lxd: Daemon) {
    let (mut lab, status) = pinned(lxd, "sha256");
    let bad = |problem: &str| format!("blocked: Bad option lxd_server_cert: {problem}");
    assert_eq!(
        status,
        bad("neither a certificate in PEM nor a SHA-256 fingerprint")
    );
    lab.config(&[("lxd_server_cert", &certificates::make("key").key_pem)]);
    assert_eq!(lab.status(), bad("no PEM certificate in it"));
    assert!(!lab.log().join("\n").contains("PRIVATE KEY"));
}

/// What the authority's server is like, what is pinned, and what comes of it.
fn issued(start: Start) {
    let authority = Authority::new("authority");
    let authority_pem = authority.certificate_pem().to_owned();
    let at_loopback = authority.issue_server(&["127.0.0.1"], Validity::Now);
    let Some(lxd) = start(Options::named("node-1").presenting(&at_loopback)) else {
        return;
    };
    // For the endpoint's host, beside others.
    let other = certificates::make("other").certificate_pem;
    let (mut lab, status) = pinned(lxd, &format!("{other}{authority_pem}"));
    assert_eq!(status, WORKS);
    // The authority of somebody else.
    let stranger = Authority::new("authority");
    lab.config(&[("lxd_server_cert", stranger.certificate_pem())]);
    let update = "if that is right, update lxd_server_cert";
    assert_eq!(lab.status(), presents_another(&lab, update));
    // The system's authorities.
    let bundle = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), &authority_pem).unwrap();
    lab.set_env("SSL_CERT_FILE", bundle.path().to_str().unwrap());
    lab.config(&[("lxd_server_cert", "")]);
    assert_eq!(lab.status(), WORKS);
    // A consumer is told of the leaf, whatever was pinned.
    lab.config(&[("lxd_server_cert", &authority_pem)]);
    let consumer = lab.relate("my-charm", 1);
    let databag = lab.databag(&consumer);
    assert_eq!(
        databag.get("server_certificate_fingerprint"),
        Some(&at_loopback.fingerprint)
    );
}

/// Only an authority's certificate makes others right.
fn issued_by_nobody(start: Start) {
    let pretended = Authority::pretended("pretended");
    let issued = pretended.issue_server(&["127.0.0.1"], Validity::Now);
    let Some(lxd) = start(Options::named("node-1").presenting(&issued)) else {
        return;
    };
    let (lab, status) = pinned(lxd, pretended.certificate_pem());
    let update = "if that is right, update lxd_server_cert";
    assert_eq!(status, presents_another(&lab, update));
}

/// The name that has to fit is the endpoint's host or the first one of a pinned certificate.
fn named(start: Start) {
    let authority = Authority::new("authority");
    let by_name = authority.issue_server(&["lxd.example", "other.example"], Validity::Now);
    let Some(lxd) = start(Options::named("node-1").presenting(&by_name)) else {
        return;
    };
    let authority_pem = authority.certificate_pem();
    let (mut lab, status) = pinned(lxd, authority_pem);
    let advice = "it was issued for another name than the endpoint's; see lxd_server_cert";
    assert_eq!(status, presents_another(&lab, advice));
    let pin = |names: &[&str]| {
        let pin = authority.issue_server(names, Validity::Expired);
        format!("{authority_pem}{}", pin.certificate_pem)
    };
    lab.config(&[("lxd_server_cert", &pin(&["lxd.example"]))]);
    assert_eq!(lab.status(), WORKS);
    lab.config(&[("lxd_server_cert", &pin(&["first.example", "lxd.example"]))]);
    assert_eq!(lab.status(), presents_another(&lab, advice));
}

/// Dates count for what was issued, and not for what is pinned itself.
fn expired(start: Start) {
    let authority = Authority::new("authority");
    let expired = authority.issue_server(&["127.0.0.1"], Validity::Expired);
    let Some(lxd) = start(Options::named("node-1").presenting(&expired)) else {
        return;
    };
    let (mut lab, status) = pinned(lxd, authority.certificate_pem());
    let advice = "it has expired or is not valid yet; renew it there";
    assert_eq!(status, presents_another(&lab, advice));
    lab.config(&[("lxd_server_cert", &expired.certificate_pem)]);
    assert_eq!(lab.status(), WORKS);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), WORKS);
}

starting! {
    issued: lxd_3_0 lxd_4_0 lxd_5_21 lxd_6 incus real_lxd real_incus;
    issued_by_nobody: lxd_6 incus real_lxd real_incus;
    named: lxd_3_0 lxd_5_21 lxd_6 incus real_lxd real_incus;
    expired: lxd_4_0 lxd_6 incus real_lxd real_incus;
}
