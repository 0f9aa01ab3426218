//! Servers in PKI mode, simulated and real.

use lxd_bed::certificates::{Authority, Credential, make};
use lxd_bed::client::Answer;
use lxd_bed::{Daemon, Options, Profile};
use serde_json::{Value, json};

use Profile::{Incus, Lxd5_0, Lxd5_21, Lxd6};

const CERTIFICATES: &str = "/1.0/certificates";

fn options(profile: Profile, authority: &Authority) -> Options {
    let options = Options::named("node").profile(profile);
    options.authority(authority)
}

/// The simulated server and, if there is one, the real one of the same version.
fn servers(profile: Profile, authority: &Authority) -> Vec<Daemon> {
    let simulated = Daemon::simulated(options(profile, authority));
    let real = match [Lxd5_0, Incus].contains(&profile) {
        true => Daemon::counterpart(options(profile, authority)).ok(),
        false => None,
    };
    [simulated].into_iter().chain(real).collect()
}

fn add(server: &Daemon, credential: &Credential) -> Answer {
    let mut admin = server.client(Some(server.admin()));
    admin.add(credential, &credential.fingerprint).unwrap()
}

fn auth(server: &Daemon, credential: &Credential) -> Value {
    server.client(Some(credential)).auth().unwrap()
}

#[test]
fn authority_is_minded_in_three_ways() {
    let authority = Authority::new("authority");
    let text = "The certificate is not trusted by the CA or has been revoked";
    for (profile, added, trusted) in [
        (Lxd5_0, (201, ""), "trusted"),
        (Lxd5_21, (400, text), "untrusted"),
        (Lxd6, (400, text), "untrusted"),
        (Incus, (201, ""), "untrusted"),
    ] {
        for server in servers(profile, &authority) {
            let (stranger, issued) = (make("stranger"), authority.issue("issued"));
            let answer = add(&server, &stranger);
            let told = (answer.status, answer.error.as_str());
            assert_eq!(told, added, "{profile}");
            assert_eq!(auth(&server, &stranger), trusted, "{profile}");
            assert_eq!(auth(&server, &issued), "untrusted", "{profile}");
            assert_eq!(add(&server, &issued).status, 201);
            assert_eq!(auth(&server, &issued), "trusted", "{profile}");
        }
    }
}

#[test]
fn authority_alone_can_be_enough() {
    let authority = Authority::new("authority");
    for profile in [Lxd5_0, Incus] {
        for server in servers(profile, &authority) {
            let (stranger, issued) = (make("stranger"), authority.issue("issued"));
            server.trust_authority(true);
            assert_eq!(auth(&server, &stranger), "untrusted");
            assert_eq!(auth(&server, &issued), "trusted", "{profile}");
            let mut client = server.client(Some(&issued));
            let own = client.get(&issued.path()).unwrap();
            let removed = client.delete(&issued.path()).unwrap();
            assert_eq!((own.status, removed.status), (404, 404), "{profile}");
            assert_eq!(add(&server, &stranger).status, 201);
            assert_eq!(client.delete(&stranger.path()).unwrap().status, 200);
            server.trust_authority(false);
            assert_eq!(auth(&server, &issued), "untrusted");
        }
    }
}

#[test]
fn token_is_not_enough_where_the_authority_has_a_say() {
    let authority = Authority::new("authority");
    for (profile, field, refused) in [
        (Lxd5_0, "password", 201),
        (Lxd5_21, "trust_token", 400),
        (Lxd6, "trust_token", 400),
        (Incus, "trust_token", 201),
    ] {
        for server in servers(profile, &authority) {
            for (own, status) in [(make("own"), refused), (authority.issue("issued"), 201)] {
                let body =
                    json!({"type": "client", field: server.issue_token(&own.fingerprint, None)});
                let mut client = server.client(Some(&own));
                let answer = client.post(CERTIFICATES, &body).unwrap();
                assert_eq!(answer.status, status, "{profile}: {}", answer.error);
            }
        }
    }
}
