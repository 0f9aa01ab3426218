//! Every status that an operator can meet, and that the log tells why.

use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential, Key, Validity},
};
use serde_json::{Value, json};

on_both! {
    no_trust_and_no_options
    missing_options_are_named_in_order
    a_key_of_another_certificate
    an_encrypted_key
    a_key_that_cannot_be_used
    an_endpoint_that_is_none
    pem_as_people_paste_it
    lxd_is_not_listening
    the_name_does_not_resolve
    another_servers_certificate
    lxd_does_not_know_our_certificate
    our_certificate_has_expired
    our_certificate_is_restricted
    a_cloud_of_another_type
    a_cloud_credential_with_holes
    a_lasting_condition_is_told_once
}

/// The status after the four options are set to these.
fn configured(lxd: Daemon, change: impl Fn(&Daemon, &mut [String; 4])) -> (Lab, String) {
    let mut options = [
        lxd.endpoint(),
        lxd.admin().certificate_pem.clone(),
        lxd.admin().key_pem.clone(),
        lxd.server_certificate_pem(),
    ];
    change(&lxd, &mut options);
    let mut lab = Lab::new(lxd);
    let [endpoint, certificate, key, server] = options;
    let credential = Credential {
        certificate_pem: certificate,
        key_pem: key,
        ..lab.lxd.admin().clone()
    };
    lab.configure(&endpoint, &credential, &server);
    let status = lab.status();
    assert!(status.chars().count() < 200 + "blocked: ".len(), "{status}");
    (lab, status)
}

fn no_trust_and_no_options(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let status = "blocked: Missing credentials access; grant with: juju trust lxd-integrator";
    assert_eq!(lab.status(), status);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), status);
}

fn missing_options_are_named_in_order(lxd: Daemon) {
    let (mut lab, status) = configured(lxd, |_, options| {
        options[0].clear();
        options[1] = " \n".to_owned();
        options[2].clear();
    });
    assert_eq!(
        status,
        "blocked: Missing options: lxd_endpoint, lxd_client_cert, lxd_client_key"
    );
    // Explicit beats implicit: trust does not help while an option is set.
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert_eq!(lab.status(), status);
}

fn a_key_of_another_certificate(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| {
        options[2] = certificates::make("other").key_pem;
    });
    assert_eq!(
        status,
        "blocked: Bad option lxd_client_key: it is the key of another certificate"
    );
}

fn an_encrypted_key(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| {
        options[2] = certificates::ec_384_encrypted().key_pem;
    });
    assert_eq!(
        status,
        "blocked: Bad option lxd_client_key: encrypted key; remove its passphrase"
    );
}

fn a_key_that_cannot_be_used(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| {
        let credential = certificates::ec_521();
        options[1] = credential.certificate_pem;
        options[2] = credential.key_pem;
    });
    assert_eq!(
        status,
        "blocked: Bad option lxd_client_cert: its key is P-521, which the charm's TLS cannot use; \
         give one of P-256, P-384, Ed25519, or RSA (2048, 3072 or 4096 bits, exponent 65537)"
    );
}

fn an_endpoint_that_is_none(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| {
        options[0] = "http://10.0.0.1:8443".to_owned();
    });
    assert_eq!(
        status,
        "blocked: Bad option lxd_endpoint: LXD is only spoken to over https://"
    );
}

fn pem_as_people_paste_it(lxd: Daemon) {
    let credential = certificates::ec_384_sec1();
    lxd.trust(&credential.certificate_pem, "pasted");
    let indented = |text: &str| {
        text.lines()
            .map(|line| format!("      {line}\r\n"))
            .collect::<String>()
    };
    let (_, status) = configured(lxd, |_, options| {
        options[0] = options[0].trim_start_matches("https://").to_owned() + "/";
        options[1] = indented(&credential.certificate_pem);
        options[2] = indented(&credential.key_pem);
        options[3] = format!("the server's:\r\n{}", indented(&options[3]))
            .trim_end()
            .to_owned();
    });
    assert_eq!(status, "active: 1 node, 0 certificates for 0 relations");
}

fn lxd_is_not_listening(lxd: Daemon) {
    let address = lxd.address();
    let mut lab = Lab::trusted(lxd);
    lab.lxd.stop();
    lab.update_status(UNIT);
    assert_eq!(
        lab.status(),
        format!("waiting: LXD at {address}: connection refused; retrying")
    );
    lab.lxd.start();
    lab.update_status(UNIT);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
}

fn the_name_does_not_resolve(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| "lxd.invalid".clone_into(&mut options[0]));
    // Where no name server answers at all, the deadline comes first.
    let found = ["its name does not resolve", "no answer in time"]
        .map(|words| format!("waiting: LXD at lxd.invalid:8443: {words}; retrying"));
    assert!(found.contains(&status), "{status}");
}

fn another_servers_certificate(lxd: Daemon) {
    let address = lxd.address();
    let other = certificates::make("other server");
    let (lab, status) = configured(lxd, |_, options| options[3] = other.certificate_pem.clone());
    assert_eq!(
        status,
        format!(
            "blocked: LXD at {address} presents another certificate than configured; if that is right, update lxd_server_cert"
        )
    );
    let log = lab.log().join("\n");
    assert!(log.contains(&other.fingerprint), "{log}");
}

fn lxd_does_not_know_our_certificate(lxd: Daemon) {
    let address = lxd.address();
    let (_, status) = configured(lxd, |_, options| {
        let stranger = certificates::make("stranger");
        options[1] = stranger.certificate_pem;
        options[2] = stranger.key_pem;
    });
    assert_eq!(
        status,
        format!(
            "blocked: LXD at {address} does not trust our certificate; add it there with: lxc config trust add"
        )
    );
}

fn our_certificate_has_expired(lxd: Daemon) {
    let (_, status) = configured(lxd, |_, options| {
        let expired = certificates::make_with(Key::P384, "expired", Validity::Expired);
        options[1] = expired.certificate_pem;
        options[2] = expired.key_pem;
    });
    assert!(
        status.contains("does not trust our certificate; it expired on "),
        "{status}"
    );
    assert!(status.ends_with("Z, renew it"), "{status}");
}

fn our_certificate_is_restricted(lxd: Daemon) {
    let restricted = certificates::make("restricted");
    lxd.trust_restricted(&restricted.certificate_pem, "restricted", &["default"]);
    let (mut lab, found) = configured(lxd, |_, options| {
        options[1] = restricted.certificate_pem.clone();
        options[2] = restricted.key_pem.clone();
    });
    let status =
        "blocked: Our certificate is restricted; trust management needs an unrestricted one";
    assert_eq!(found, status);
    // A relation hook looks at less, and does not forget it.
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(lab.status(), status);
    assert_eq!(lab.published(&consumer, "nodes"), Value::Null);
    lab.lxd.distrust(&restricted.fingerprint);
    lab.lxd
        .trust(&restricted.certificate_pem, "unrestricted now");
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
}

fn a_cloud_of_another_type(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    lab.model
        .set_cloud_credential(json!({"type": "maas", "name": "lab"}));
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert_eq!(
        lab.status(),
        "blocked: Cloud is maas, not lxd; set the lxd_ options"
    );
}

fn a_cloud_credential_with_holes(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    cloud["credential"]["attrs"]["client-cert"] = Value::Null;
    cloud["credential"]["attrs"]
        .as_object_mut()
        .unwrap()
        .remove("client-cert");
    lab.model.set_cloud_credential(cloud);
    lab.model.trust(lab::APP).unwrap();
    lab.settle();
    assert_eq!(
        lab.status(),
        "blocked: Bad cloud credential: client-cert: it is empty"
    );
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    cloud["endpoint"] = json!("");
    lab.model.set_cloud_credential(cloud);
    lab.update_status(UNIT);
    assert_eq!(
        lab.status(),
        "blocked: Bad cloud credential: endpoint: it is empty"
    );
    let mut cloud = lab::cloud(&lab.lxd, lab.lxd.admin());
    cloud.as_object_mut().unwrap().remove("credential");
    lab.model.set_cloud_credential(cloud);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "blocked: Bad cloud credential: there is none");
    // A rotated credential works from the next hook on, without an event.
    lab.model
        .set_cloud_credential(lab::cloud(&lab.lxd, lab.lxd.admin()));
    lab.update_status(UNIT);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
}

fn a_lasting_condition_is_told_once(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.lxd.stop();
    lab.update_status(UNIT);
    let lines = lab.log().len();
    lab.update_status(UNIT);
    assert_eq!(lab.log().len(), lines);
    assert_eq!(lab.last_hook().calls_of("status-set").count(), 0);
    assert_eq!(lab.last_hook().calls_of("state-set").count(), 0);
}
