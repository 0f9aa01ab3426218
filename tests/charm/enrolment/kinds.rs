//! Tokens and names of every kind that LXD does not take, and those of identities, which it does.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use lab::{APP, UNIT};
use lxd_bed::{Daemon, certificates};

use super::{SPENT, Stranger, WORKS};

on_servers! {
    an_identitys_token: lxd_5_21 lxd_6;
    an_expired_token: lxd_5_0 lxd_5_0_9 lxd_5_21 lxd_6 incus_7;
    an_expired_token_of_an_identity: lxd_5_21 lxd_6;
    no_token_at_all: lxd_5_0 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
    a_token_whose_name_is_taken: lxd_5_21 lxd_6;
    a_password_whose_name_is_taken: lxd_5_21;
    a_renewed_certificate: lxd_5_0_9 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
}

fn refused_because(charm: &Stranger, why: &str) {
    let expected = charm.refused_because("trust token", why);
    assert_eq!(charm.lab.status(), expected);
}

/// The identity's groups let it do what it has to.
fn an_identitys_token(lxd: Daemon) {
    lxd.set_group("integrators", &["permission_manager"]);
    let token = lxd.issue_identity_token("integrator", &["integrators"]);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name(), None, "it is no entry of the trust store");
    let consumer = charm.lab.relate("my-charm", 1);
    let client = certificates::make("client");
    charm
        .lab
        .ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(charm.lab.opens(&client));
    // Another certificate cannot use it again.
    charm.renew(certificates::make("own"));
    refused_because(&charm, SPENT);
}

fn an_expired_token(lxd: Daemon) {
    lxd.set_token_lifetime("1S");
    let token = lxd.issue_token("integrators", None);
    lxd.advance(Duration::from_secs(60));
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    refused_because(&charm, "it has expired; give a new one");
    charm.lab.update_status(UNIT);
    refused_because(&charm, "it has expired; give a new one");
}

fn an_expired_token_of_an_identity(lxd: Daemon) {
    lxd.set_token_lifetime("1S");
    let token = lxd.issue_identity_token("integrator", &[]);
    lxd.advance(Duration::from_secs(60));
    let charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    refused_because(&charm, "it has expired; give a new one");
}

fn no_token_at_all(lxd: Daemon) {
    let cluster = STANDARD.encode(r#"{"server_name":"m4","secret":"0123","addresses":[]}"#);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &cluster));
    let why = "it is for joining a cluster; give one of: lxc config trust add";
    refused_because(&charm, why);
    charm.replace(("trust-token", "sesame"));
    let why = "it is no token; give what lxc config trust add printed";
    refused_because(&charm, why);
}

fn a_token_whose_name_is_taken(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    lxd.trust(&certificates::make("theirs").certificate_pem, "integrators");
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    let why = "another entry has the name that it gives; make one with a free name";
    refused_because(&charm, why);
    let another = charm.lab.lxd.issue_token("another", None);
    charm.replace(("trust-token", &another));
    assert_eq!(charm.lab.status(), WORKS);
}

fn a_password_whose_name_is_taken(lxd: Daemon) {
    lxd.set_trust_password(Some("open sesame"));
    let own = certificates::make("own");
    let mut charm = Stranger::new(lxd, own, ("trust-password", "wrong sesame"));
    let theirs = certificates::make("theirs").certificate_pem;
    let name = format!("juju:{}:{APP}:self:", charm.lab.model.uuid());
    let fingerprint = charm.own.fingerprint.clone();
    let usual = format!("{name}{}", &fingerprint[..12]);
    charm.lab.lxd.trust(&theirs, &usual);
    charm.replace(("trust-password", "open sesame"));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name(), Some(name + &fingerprint));
}

/// The old certificate's entry has another name.
fn a_renewed_certificate(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    assert_eq!(charm.lab.status(), WORKS);
    let next = charm.lab.lxd.issue_token("integrators-2", None);
    charm.replace(("trust-token", &next));
    charm.renew(certificates::make("own"));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("integrators-2"));
}
