//! A credential in a secret of the operator's: granted, rotated, taken back, and all that can be wrong with it.

use juju_bed::context::Version;
use lab::{APP, Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};

use serde_json::json;

on_both! {
    a_secret_fills_what_the_options_leave_empty
    a_rotated_secret_works_at_once
    a_secret_that_is_taken_back
    a_secret_with_other_keys
    a_secret_with_a_key_that_cannot_be_used
}

on_servers! {
    a_secret_holds_the_whole_credential: lxd_3_0 lxd_4_0 lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
}

const WORKS: &str = "active: 1 node, 0 certificates for 0 relations";

/// The content of a secret, without what is empty.
fn content<'a>(
    endpoint: &'a str,
    credential: &'a Credential,
    server: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("endpoint", endpoint),
        ("client-cert", &credential.certificate_pem),
        ("client-key", &credential.key_pem),
        ("server-cert", server),
    ];
    all.into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// The model has this secret, granted to us, and the option names it.
fn with_secret(lab: &mut Lab, content: &[(&str, &str)]) -> String {
    let uri = lab.model.add_secret("lxd", content).unwrap();
    lab.model.grant_secret(&uri, APP).unwrap();
    lab.config(&[("lxd_credentials_secret", &uri)]);
    uri
}

/// Neither the log, nor the status, nor what the charm remembers shows a key.
fn nothing_leaked(lab: &Lab, secrets: &[&str]) {
    let calls = lab.model.ran_on(UNIT).flat_map(|entry| &entry.ran.calls);
    let arguments: Vec<_> = calls.map(|call| (&call.argv, &call.stdin)).collect();
    let shown = format!(
        "{:?} {} {:?} {arguments:?}",
        lab.log(),
        lab.status(),
        lab.model.state(UNIT)
    );
    for secret in secrets {
        let line = secret.lines().nth(1).unwrap_or(secret);
        assert!(!shown.contains(line), "{shown}");
    }
}

/// What `juju secrets` lists.
#[test]
fn a_bare_id_names_a_secret_and_check_says_where_from() {
    let mut lab = Lab::new(lab::simulated());
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let uri = with_secret(&mut lab, &content("", &admin, &server));
    let id = uri.strip_prefix("secret:").unwrap();
    lab.config(&[("lxd_credentials_secret", id), ("lxd_endpoint", &endpoint)]);
    assert_eq!(lab.status(), WORKS);
    let mut from = || {
        let shown = lab.model.run(UNIT, "check", &json!({})).unwrap().json();
        shown[UNIT]["results"]["steps"]["01-credential"]["detail"].clone()
    };
    let address = endpoint.trim_start_matches("https://");
    let expected = format!("LXD at {address}, from the lxd_ options and the secret {uri}");
    assert_eq!(from(), expected);
}

fn a_secret_holds_the_whole_credential(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    with_secret(&mut lab, &content(&endpoint, &admin, &server));
    assert_eq!(lab.status(), WORKS);
    // A relation hook reads it as well, and asks nobody for another credential.
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(lab.opens(&client));
    let hook = lab.last_hook();
    assert_eq!(hook.calls_of("secret-get").count(), 1);
    assert_eq!(hook.calls_of("credential-get").count(), 0);
    nothing_leaked(&lab, &[&admin.key_pem]);
}

fn a_secret_fills_what_the_options_leave_empty(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let nowhere = content("127.0.0.1:1", &admin, &server);
    let uri = with_secret(&mut lab, &nowhere);
    assert_eq!(
        lab.status(),
        "waiting: LXD at 127.0.0.1:1: connection refused; retrying"
    );
    lab.config(&[("lxd_endpoint", &endpoint)]);
    assert_eq!(lab.status(), WORKS);
    // Another server's certificate is blamed on whoever named it.
    let other = certificates::make("other").certificate_pem;
    let update = |name| {
        let address = endpoint.trim_start_matches("https://");
        format!(
            "blocked: LXD at {address} presents another certificate than configured; if that is right, update {name}"
        )
    };
    lab.config(&[("lxd_server_cert", &other)]);
    assert_eq!(lab.status(), update("lxd_server_cert"));
    lab.config(&[("lxd_server_cert", "")]);
    assert_eq!(lab.status(), WORKS);
    let changed = content(&endpoint, &admin, &other);
    lab.model.update_secret(&uri, &changed).unwrap();
    lab.settle();
    assert_eq!(lab.status(), update("the secret's server-cert"));
}

fn a_rotated_secret_works_at_once(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let stranger = certificates::make("stranger");
    let uri = with_secret(&mut lab, &content(&endpoint, &stranger, &server));
    let untrusted = lab.status();
    assert!(
        untrusted.contains("does not trust our certificate"),
        "{untrusted}"
    );
    let good = content(&endpoint, &admin, &server);
    lab.model.update_secret(&uri, &good).unwrap();
    lab.settle();
    assert_eq!(lab.status(), WORKS);
    assert_eq!(lab.last_hook().name, "secret-changed");
    nothing_leaked(&lab, &[&admin.key_pem, &stranger.key_pem]);
}

fn a_secret_that_is_taken_back(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let uri = with_secret(&mut lab, &content(&endpoint, &admin, &server));
    let consumer = lab.relate("my-charm", 1);
    let before = lab.databag(&consumer);
    lab.model.revoke_secret(&uri, APP).unwrap();
    lab.update_status(UNIT);
    assert_eq!(lab.status(), not_granted(&uri));
    assert_eq!(lab.databag(&consumer), before);
    lab.model.grant_secret(&uri, APP).unwrap();
    lab.update_status(UNIT);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 1 relation"
    );
    lab.model.remove_secret(&uri).unwrap();
    lab.update_status(UNIT);
    assert_eq!(lab.status(), not_found(&uri));
}

fn a_secret_with_other_keys(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let admin = lab.lxd.admin().clone();
    let endpoint = lab.lxd.endpoint();
    with_secret(
        &mut lab,
        &[("cert", &admin.certificate_pem), ("key", &admin.key_pem)],
    );
    assert_eq!(
        lab.status(),
        "blocked: Missing options: lxd_endpoint, lxd_client_cert, lxd_client_key; \
         the secret has no endpoint, client-cert, client-key either"
    );
    lab.config(&[
        ("lxd_endpoint", &endpoint),
        ("lxd_client_cert", &admin.certificate_pem),
    ]);
    assert_eq!(
        lab.status(),
        "blocked: Missing options: lxd_client_key; the secret has no client-key either"
    );
    nothing_leaked(&lab, &[&admin.key_pem]);
}

fn a_secret_with_a_key_that_cannot_be_used(lxd: Daemon) {
    let mut lab = Lab::new(lxd);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let other = certificates::make("other");
    let mixed = Credential {
        key_pem: other.key_pem.clone(),
        ..admin
    };
    with_secret(&mut lab, &content(&endpoint, &mixed, &server));
    assert_eq!(
        lab.status(),
        "blocked: Bad option lxd_credentials_secret: client-key: it is the key of another certificate"
    );
    nothing_leaked(&lab, &[&other.key_pem]);
}

fn not_granted(uri: &str) -> String {
    format!(
        "blocked: Bad option lxd_credentials_secret: not granted; do: juju grant-secret {uri} lxd-integrator; \
         seen at the next update-status or: juju run lxd-integrator/leader sync"
    )
}

fn not_found(uri: &str) -> String {
    format!(
        "blocked: Bad option lxd_credentials_secret: {uri} is not found; give what juju add-secret printed"
    )
}

/// Juju 3 and 4 refuse in different words.
fn a_secret_that_is_not_granted_yet(version: Version) {
    let mut lab = Lab::with_version(lab::simulated(), version);
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let whole = content(&endpoint, &admin, &server);
    let uri = lab.model.add_secret("lxd", &whole).unwrap();
    lab.config(&[("lxd_credentials_secret", &uri)]);
    assert_eq!(lab.status(), not_granted(&uri));
    assert!(lab.status().chars().count() < 200 + "blocked: ".len());
    // A grant runs no hook.
    let hooks = lab.model.ran_on(UNIT).count();
    lab.model.grant_secret(&uri, APP).unwrap();
    lab.settle();
    assert_eq!(lab.model.ran_on(UNIT).count(), hooks);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), WORKS);

    let gone = format!("secret:{}", "0".repeat(20));
    lab.config(&[("lxd_credentials_secret", &gone)]);
    assert_eq!(lab.status(), not_found(&gone));
    lab.config(&[("lxd_credentials_secret", "lxd")]);
    assert_eq!(
        lab.status(),
        "blocked: Bad option lxd_credentials_secret: not a secret URI; give the secret:… that juju add-secret printed, or its id"
    );
    let with_model = uri.replace("secret:", &format!("secret://{}/", lab.model.uuid()));
    lab.config(&[("lxd_credentials_secret", &with_model)]);
    assert_eq!(lab.status(), WORKS);
}

#[test]
fn juju_3_6_does_not_show_what_is_not_granted() {
    a_secret_that_is_not_granted_yet(Version::V3_6);
}

#[test]
fn juju_4_0_does_not_show_what_is_not_granted() {
    a_secret_that_is_not_granted_yet(Version::V4_0);
}

#[test]
fn juju_2_9_has_no_secrets() {
    let mut lab = Lab::with_version(lab::simulated(), Version::V2_9);
    lab.config(&[("lxd_credentials_secret", "secret:9m4e2mr0ui3e8a215n4g")]);
    assert_eq!(
        lab.status(),
        "blocked: Bad option lxd_credentials_secret: user secrets need Juju 3.3 or later; set the other lxd_ options"
    );
}
