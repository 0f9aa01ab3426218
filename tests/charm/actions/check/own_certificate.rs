//! What can be wrong with the charm's own certificate.

use lab::Lab;
use lxd_bed::{
    Daemon,
    certificates::{self, Credential, Key, Validity},
};

use super::{Told, assert_told, check, configured};

on_both! {
    a_key_of_another_certificate
    our_certificate_is_not_trusted
    our_certificate_has_expired
    our_certificate_is_restricted
}

/// A unit whose own certificate is this one.
fn with_own(lxd: Daemon, own: &Credential) -> Lab {
    configured(lxd, |_, options| {
        options[1].clone_from(&own.certificate_pem);
        options[2].clone_from(&own.key_pem);
    })
}

fn a_key_of_another_certificate(lxd: Daemon) {
    let other = certificates::make("other");
    let mut lab = configured(lxd, |_, options| options[2].clone_from(&other.key_pem));
    let words = "Bad option lxd_client_key: it is the key of another certificate";
    assert_told(
        &mut lab,
        &Told {
            steps: "tfssssssst",
            step: "02-key-pair",
            detail: words,
            remedy: "juju config",
            status: words,
            log: words,
        },
    );
}

fn our_certificate_is_not_trusted(lxd: Daemon) {
    let mut lab = with_own(lxd, &certificates::make("stranger"));
    assert_told(
        &mut lab,
        &Told {
            steps: "ttttfsssst",
            step: "05-trust",
            detail: "our certificate is not trusted",
            remedy: "add it there with: lxc config trust add",
            status: "does not trust our certificate; ",
            log: "our certificate is not trusted",
        },
    );
}

fn our_certificate_has_expired(lxd: Daemon) {
    let mut lab = with_own(
        lxd,
        &certificates::make_with(Key::P384, "expired", Validity::Expired),
    );
    assert_told(
        &mut lab,
        &Told {
            steps: "tfttfsssst",
            step: "05-trust",
            detail: "our certificate is not trusted",
            remedy: "it expired on ",
            status: "it expired on ",
            log: "it expired on ",
        },
    );
    let shown = check(&mut lab);
    assert_eq!(
        shown["steps"]["02-key-pair"]["remedy"],
        "it has expired; make another, and have LXD trust that one"
    );
    assert_eq!(
        shown["summary"],
        "4 ok, 2 failed, 4 skipped; failed: key-pair, trust"
    );
}

fn our_certificate_is_restricted(lxd: Daemon) {
    let own = certificates::make("restricted");
    lxd.trust_restricted(&own.certificate_pem, "ours", &["default"]);
    let mut lab = with_own(lxd, &own);
    assert_told(
        &mut lab,
        &Told {
            steps: "tttttftstt",
            step: "06-rights",
            detail: "its entry \"ours\" is restricted to default",
            remedy: "trust management needs an unrestricted one",
            status: "blocked: Our certificate is restricted; ",
            log: "restricted",
        },
    );
}
