//! The charm's main job, on the simulated LXD and on a real one: trust comes and goes with what consumers ask for.

mod support;

use lxd_bed::{Daemon, certificates};
use serde_json::{Value, json};
use support::lab::{self, Lab};

/// A test on the simulation, and the same one on a real LXD where there is one.
macro_rules! on_both {
    ($($(#[$doc:meta])* $name:ident)*) => {
        mod simulated {
            $($(#[$doc])* #[test] fn $name() { super::$name(super::lab::simulated()); })*
        }
        mod real {
            $($(#[$doc])* #[test] fn $name() { super::lab::real().into_iter().for_each(super::$name); })*
        }
    };
}

on_both! {
    a_certificate_is_trusted_from_request_to_withdrawal
}

fn a_certificate_is_trusted_from_request_to_withdrawal(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    assert_eq!(
        lab.status(),
        "blocked: Missing credentials access; grant with: juju trust lxd-integrator"
    );
    let before = lab.store();
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );

    let consumer = lab.relate("my-charm", 1);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 1 relation"
    );
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([])
    );
    assert_eq!(
        lab.published(&consumer, "rejected_certificates"),
        Value::Null
    );
    assert_eq!(
        lab.published(&consumer, "nodes"),
        json!([{"endpoint": lab.lxd.endpoint(), "name": "node-1", "trusted_certs_fp": []}])
    );

    let client = certificates::make("my-charm");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    assert_eq!(
        lab.store().get(&client.fingerprint),
        Some(&lab.entry_name(&consumer))
    );
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.clone()]
    );
    assert_eq!(
        lab.published(&consumer, "registered_certificates"),
        json!([client.certificate_pem])
    );
    let answer = lab.lxd.client(Some(&client)).get("/1.0").unwrap();
    assert_eq!(answer.metadata["auth"], "trusted");

    lab.ask(&consumer, "my-charm/0", &[]);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 1 relation"
    );
    assert_eq!(lab.store(), before);
    assert_eq!(lab.trusted_fingerprints(&consumer), [String::new(); 0]);
}
