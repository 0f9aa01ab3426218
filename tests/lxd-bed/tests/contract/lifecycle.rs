//! Stopping and starting again, and the bed's own way into the trust store.

use lxd_bed::certificates::make;
use lxd_bed::client::{Client, Failure};
use lxd_bed::{Kind, TrustEntry};

use crate::side::Side;

cases!("lifecycle":
    stopped_refuses_connections,
    started_again_is_the_same,
    kept_connection_ends_with_a_stop,
    trust_list_shows_everything,
    trust_list_follows_changes,
    renewed_certificate_is_presented,
);

fn stopped_refuses_connections(side: &Side) {
    let mut admin = side.admin();
    side.daemon.stop();
    let refused = admin.get("/1.0");
    side.daemon.start();
    assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
    assert_eq!(admin.get("/1.0").unwrap().status, 200);
}

fn started_again_is_the_same(side: &Side) {
    let kept = side.trusted("kept");
    let (address, list) = (side.daemon.address(), side.daemon.trust_list());
    let certificate = side.daemon.server_certificate_pem();
    side.daemon.stop();
    side.daemon.start();
    assert_eq!(side.daemon.address(), address);
    assert_eq!(side.daemon.server_certificate_pem(), certificate);
    assert_eq!(side.daemon.trust_list(), list);
    assert_eq!(side.auth(&kept), "trusted");
}

fn kept_connection_ends_with_a_stop(side: &Side) {
    let mut admin = side.admin();
    admin.get("/1.0").unwrap();
    side.daemon.stop();
    let cut = admin.get("/1.0");
    side.daemon.start();
    assert!(matches!(cut, Err(Failure::Closed)), "{cut:?}");
}

fn trust_list_shows_everything(side: &Side) {
    let list = side.daemon.trust_list();
    assert!(list.is_sorted());
    let admin = side.daemon.admin();
    let expected = TrustEntry {
        fingerprint: admin.fingerprint.clone(),
        name: "lxd-bed-admin".to_owned(),
        kind: Kind::Client,
        restricted: false,
        projects: Vec::new(),
        certificate_pem: admin.certificate_pem.clone(),
    };
    assert!(list.contains(&expected));
}

fn trust_list_follows_changes(side: &Side) {
    let one = make("one");
    let named = |name: &str| {
        let entry = side.daemon.entry(&one.fingerprint);
        entry.is_some_and(|entry| entry.name == name)
    };
    side.daemon.trust(&one.certificate_pem, "before");
    assert!(named("before"));
    side.daemon.rename(&one.fingerprint, "after");
    assert!(named("after"));
    side.daemon.distrust(&one.fingerprint);
    assert!(!side.holds(&one));
}

fn renewed_certificate_is_presented(side: &Side) {
    let (before, list) = (
        side.daemon.server_certificate_pem(),
        side.daemon.trust_list(),
    );
    side.daemon.renew_certificate();
    let after = side.daemon.server_certificate_pem();
    assert_ne!(after, before);
    let refused = Client::new(side.daemon.address(), &before, None).get("/1.0");
    assert!(matches!(refused, Err(Failure::Tls(_))), "{refused:?}");
    let server = side.admin().get("/1.0").unwrap().metadata;
    assert_eq!(server["environment"]["certificate"], after.as_str());
    assert_eq!(side.daemon.trust_list(), list);
}
