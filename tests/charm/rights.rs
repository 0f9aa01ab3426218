//! What our own certificate is allowed to do: found out before anything is tried where LXD tells it, and else by trying.

use lab::{APP, Lab, UNIT, servers::Start};
use lxd_bed::{
    Daemon, Options,
    certificates::{self, Authority, Credential},
};
use serde_json::{Value, json};

const RESTRICTED: &str =
    "blocked: Our certificate is restricted; trust management needs an unrestricted one";

fn working(lxd: Daemon, own: &Credential) -> Lab {
    let mut lab = Lab::new(lxd);
    let cloud = lab::cloud(&lab.lxd, own);
    lab.model.set_cloud_credential(cloud);
    lab.model.trust(APP).unwrap();
    lab.settle();
    lab
}

/// The credential is restricted while the charm works, and no full look follows.
fn restricted_meanwhile(lxd: Daemon) {
    let own = certificates::make("own");
    lxd.trust(&own.certificate_pem, "own");
    let mut lab = working(lxd, &own);
    let consumer = lab.relate("my-charm", 1);
    lab.lxd.distrust(&own.fingerprint);
    lab.lxd
        .trust_restricted(&own.certificate_pem, "own", &["default"]);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.status(), RESTRICTED);
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        Value::Null
    );
    lab.update_status(UNIT);
    assert_eq!(lab.status(), RESTRICTED);
    lab.lxd.distrust(&own.fingerprint);
    lab.lxd.trust(&own.certificate_pem, "own");
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
}

/// Another credential, without an event: the next relation hook looks at everything, and nothing is tried.
fn restricted_from_now_on(lxd: Daemon) {
    let (own, restricted) = (certificates::make("own"), certificates::make("restricted"));
    lxd.trust(&own.certificate_pem, "own");
    lxd.trust_restricted(&restricted.certificate_pem, "restricted", &[]);
    let mut lab = working(lxd, &own);
    let consumer = lab.relate("my-charm", 1);
    let cloud = lab::cloud(&lab.lxd, &restricted);
    lab.model.set_cloud_credential(cloud);
    lab.lxd.clear_requests();
    let before = lab.store();
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.status(), RESTRICTED);
    assert_eq!(lab.store(), before);
    lab.assert_only_read("show that a restricted credential tries no change");
}

/// A server that wants all certificates to be issued by its authority.
fn pki(start: Start) -> Option<(Lab, Authority)> {
    let authority = Authority::new("authority");
    let lxd = start(Options::named("node-1").authority(&authority))?;
    Some((Lab::trusted(lxd), authority))
}

/// LXD 5.21 and later refuse others.
fn strict_pki(start: Start) {
    let Some((mut lab, authority)) = pki(start) else {
        return;
    };
    let consumer = lab.relate("my-charm", 1);
    let (issued, other) = (authority.issue("issued"), certificates::make("other"));
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&other.certificate_pem, &issued.certificate_pem],
    );
    assert_eq!(
        lab.status(),
        "active: 1 node, 1 certificate for 1 relation; 1 certificate rejected"
    );
    assert!(lab.opens(&issued));
    let rejected = json!([{
        "unit": "my-charm/0",
        "index": 0,
        "fingerprint": other.fingerprint,
        "reason": "refused: The certificate is not trusted by the CA or has been revoked",
    }]);
    assert_eq!(lab.published(&consumer, "rejected_certificates"), rejected);
    lab.update_status(UNIT);
    assert_eq!(lab.published(&consumer, "rejected_certificates"), rejected);
}

/// LXD 5.0 and Incus take any certificate into the store.
fn lenient_pki(start: Start) {
    let Some((mut lab, authority)) = pki(start) else {
        return;
    };
    let consumer = lab.relate("my-charm", 1);
    let (issued, other) = (authority.issue("issued"), certificates::make("other"));
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&other.certificate_pem, &issued.certificate_pem],
    );
    assert_eq!(
        lab.status(),
        "active: 1 node, 2 certificates for 1 relation"
    );
    assert!(lab.opens(&issued));
}

/// A certificate that LXD trusts for its issuer alone has no entry, and may do everything.
fn trusted_for_its_issuer(start: Start) {
    let Some((mut lab, authority)) = pki(start) else {
        return;
    };
    lab.lxd.trust_authority(true);
    let own = authority.issue("own");
    let cloud = lab::cloud(&lab.lxd, &own);
    lab.model.set_cloud_credential(cloud);
    let consumer = lab.relate("my-charm", 1);
    let issued = authority.issue("issued");
    lab.ask(&consumer, "my-charm/0", &[&issued.certificate_pem]);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert_eq!(
        lab.store().get(&issued.fingerprint),
        Some(&lab.entry_name(&consumer, &issued))
    );
    assert_eq!(lab.store().get(&own.fingerprint), None);
    lab.ask(&consumer, "my-charm/0", &[]);
    assert_eq!(lab.store().get(&issued.fingerprint), None);
}

on_servers! {
    restricted_meanwhile: lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
    restricted_from_now_on: lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
}

starting! {
    strict_pki: lxd_5_21 lxd_6;
    trusted_for_its_issuer: lxd_5_0 incus real_lxd real_incus;
    lenient_pki: lxd_5_0 incus incus_7 real_lxd real_incus;
}
