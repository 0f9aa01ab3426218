//! The charm's own certificate becomes trusted by a token or a password of the credential.

use lab::{APP, Lab, UNIT, servers::Start};
use lxd_bed::{
    Daemon, Options, Profile,
    certificates::{self, Authority, Credential, Key, Validity},
};

mod kinds;
mod trouble;

const SPENT: &str = "it was used already, or is another LXD's; give a new one";

const WORKS: &str = "active: 1 node, 0 certificates for 0 relations";

/// The charm with a certificate that LXD does not know, and this to make it known.
struct Stranger {
    lab: Lab,
    own: Credential,
    secret: String,
}

impl Stranger {
    fn new(lxd: Daemon, own: Credential, means: (&str, &str)) -> Self {
        let mut lab = Lab::new(lxd);
        let secret = lab.model.add_secret("lxd", &[means]).unwrap();
        lab.model.grant_secret(&secret, APP).unwrap();
        lab.config(&[
            ("lxd_endpoint", &lab.lxd.endpoint()),
            ("lxd_client_cert", &own.certificate_pem),
            ("lxd_client_key", &own.key_pem),
            ("lxd_server_cert", &lab.lxd.server_certificate_pem()),
            ("lxd_credentials_secret", &secret),
        ]);
        Self { lab, own, secret }
    }

    fn replace(&mut self, means: (&str, &str)) {
        self.lab
            .model
            .update_secret(&self.secret, &[means])
            .unwrap();
        self.lab.settle();
    }

    /// The operator gives it another certificate.
    fn renew(&mut self, own: Credential) {
        self.lab.config(&[
            ("lxd_client_cert", &own.certificate_pem),
            ("lxd_client_key", &own.key_pem),
        ]);
        self.own = own;
    }

    /// The name that our own entry has in the trust store.
    fn name(&self) -> Option<String> {
        self.lab.store().get(&self.own.fingerprint).cloned()
    }

    /// How many enrolments LXD was asked for, if it can tell.
    fn attempts(&self) -> Option<usize> {
        let requests = self.lab.requests_for("count enrolments")?;
        let posts = requests.iter().filter(|request| request.method == "POST");
        Some(posts.count())
    }

    fn has_shown(&self, secret: &str) -> bool {
        let calls = self
            .lab
            .model
            .ran_on(UNIT)
            .flat_map(|entry| &entry.ran.calls);
        let arguments: Vec<_> = calls.map(|call| (&call.argv, &call.stdin)).collect();
        let log = self.lab.log();
        let state = self.lab.model.state(UNIT);
        format!("{arguments:?} {log:?} {state:?} {}", self.lab.status()).contains(secret)
    }

    fn untrusted(&self, advice: &str) -> String {
        let address = self.lab.lxd.address();
        format!("blocked: LXD at {address} does not trust our certificate; {advice}")
    }

    fn refused(&self, what: &str) -> String {
        self.refused_because(what, "give another, or do: lxc config trust add")
    }

    fn refused_because(&self, what: &str, why: &str) -> String {
        self.untrusted(&format!("it refused the {what}: {why}"))
    }
}

fn a_token(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("integrators"));
    assert!(!charm.has_shown(&token));
    let log = charm.lab.log().join("\n");
    assert!(log.contains("trusts our certificate"), "{log}");
    // From now on the certificate alone counts, and works for others.
    let attempts = charm.attempts();
    let consumer = charm.lab.relate("my-charm", 1);
    charm.lab.update_status(UNIT);
    assert_eq!(charm.attempts(), attempts);
    let client = certificates::make("client");
    charm
        .lab
        .ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert!(charm.lab.opens(&client));
}

fn a_token_that_was_used(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    let own = charm.own.fingerprint.clone();
    charm.lab.lxd.distrust(&own);
    charm.lab.update_status(UNIT);
    let refused = charm.refused_because("trust token", SPENT);
    assert_eq!(charm.lab.status(), refused);
    let (attempts, log) = (charm.attempts(), charm.lab.log().len());
    charm.lab.update_status(UNIT);
    assert_eq!(charm.lab.status(), refused);
    assert_eq!(charm.attempts(), attempts, "it is not tried again");
    assert_eq!(charm.lab.log().len(), log);
    assert!(!charm.has_shown(&token));
    let another = charm.lab.lxd.issue_token("another", None);
    charm.replace(("trust-token", &another));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("another"));
}

fn a_password(lxd: Daemon) {
    lxd.set_trust_password(Some("open sesame"));
    let own = certificates::make("own");
    let mut charm = Stranger::new(lxd, own, ("trust-password", "wrong sesame"));
    let refused = charm.refused("trust password");
    assert_eq!(charm.lab.status(), refused);
    let attempts = charm.attempts();
    charm.lab.update_status(UNIT);
    assert_eq!((charm.attempts(), charm.lab.status()), (attempts, refused));
    charm.replace(("trust-password", "open sesame"));
    assert_eq!(charm.lab.status(), WORKS);
    let digits = &charm.own.fingerprint[..12];
    let name = format!("juju:{}:{APP}:self:{digits}", charm.lab.model.uuid());
    assert_eq!(charm.name(), Some(name));
    assert!(!charm.has_shown("sesame"));
    // It stays when the charm goes: it is not an entry for a relation.
    charm.lab.model.remove_application(APP).unwrap();
    charm.lab.settle();
    assert!(charm.name().is_some());
}

fn no_passwords_there(lxd: Daemon) {
    let own = certificates::make("own");
    let charm = Stranger::new(lxd, own, ("trust-password", "sesame"));
    let expected = match charm.lab.lxd.profile() {
        Profile::Lxd6 => {
            let why = "this LXD has no passwords; give a trust token";
            charm.refused_because("trust password", why)
        }
        _ => charm.refused("trust password"),
    };
    assert_eq!(charm.lab.status(), expected);
    assert_eq!(charm.name(), None);
}

fn no_tokens_there(lxd: Daemon) {
    let token = Daemon::simulated(Options::named("other")).issue_token("elsewhere", None);
    let charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", &token));
    assert_eq!(charm.lab.status(), charm.refused("trust token"));
    assert_eq!(charm.name(), None);
}

/// LXD would take the last certificate that is shown.
fn a_certificate_with_its_issuer(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let authority = Authority::new("authority");
    let mut own = authority.issue("own");
    own.certificate_pem += authority.certificate_pem();
    let before = lxd.trust_list().len();
    let charm = Stranger::new(lxd, own, ("trust-token", &token));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("integrators"));
    assert_eq!(charm.lab.store().len(), before + 1);
}

fn an_expired_certificate(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let expired = certificates::make_with(Key::P384, "own", Validity::Expired);
    let mut charm = Stranger::new(lxd, expired, ("trust-token", &token));
    let status = charm.lab.status();
    assert!(
        status.starts_with(&charm.untrusted("it expired on ")),
        "{status}"
    );
    assert!(charm.attempts().is_none_or(|count| count == 0));
    // The token is as good as before.
    charm.renew(certificates::make("own"));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("integrators"));
}

fn a_server_that_cannot_be_verified(lxd: Daemon) {
    let token = lxd.issue_token("integrators", None);
    let mut charm = Stranger::new(lxd, certificates::make("own"), ("trust-token", "none"));
    let right = charm.lab.lxd.server_certificate_pem();
    for wrong in ["", &certificates::make("other").certificate_pem] {
        charm.lab.config(&[("lxd_server_cert", wrong)]);
        charm.replace(("trust-token", &token));
        let status = charm.lab.status();
        assert!(status.contains("presents another certificate"), "{status}");
    }
    charm.lab.config(&[("lxd_server_cert", &right)]);
    assert_eq!(charm.lab.status(), WORKS);
}

/// In PKI mode a token is not enough for a certificate that the authority did not issue.
fn a_token_where_the_authority_has_a_say(start: Start) {
    let authority = Authority::new("authority");
    let Some(lxd) = start(Options::named("node-1").authority(&authority)) else {
        return;
    };
    let token = lxd.issue_token("integrators", None);
    let own = certificates::make("own");
    let mut charm = Stranger::new(lxd, own, ("trust-token", &token));
    let refused = charm.refused("trust token");
    assert_eq!(charm.lab.status(), refused);
    let attempts = charm.attempts();
    charm.lab.update_status(UNIT);
    assert_eq!((charm.attempts(), charm.lab.status()), (attempts, refused));
    // Another certificate may be tried with it; it needs another token as well.
    let another = charm.lab.lxd.issue_token("another", None);
    charm.renew(authority.issue("own"));
    charm.replace(("trust-token", &another));
    assert_eq!(charm.lab.status(), WORKS);
    assert_eq!(charm.name().as_deref(), Some("another"));
}

starting! {
    a_token_where_the_authority_has_a_say: lxd_5_21 lxd_6 incus real_incus;
}

on_servers! {
    a_token: lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
    a_token_that_was_used: lxd_5_0 lxd_5_21 lxd_6 incus incus_7 real_lxd real_incus;
    a_password: lxd_3_0 lxd_4_0 lxd_5_0 lxd_5_21 real_lxd;
    no_passwords_there: lxd_6 incus incus_7 real_incus;
    no_tokens_there: lxd_3_0 lxd_4_0;
    a_certificate_with_its_issuer: lxd_5_0 incus real_lxd real_incus;
    an_expired_certificate: lxd_5_0 real_lxd real_incus;
    a_server_that_cannot_be_verified: lxd_5_0 real_lxd real_incus;
}
