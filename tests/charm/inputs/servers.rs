//! Where LXD is and what it presents: endpoints, server certificates, members of clusters.

use lab::{Lab, UNIT, servers::Start, simulated};
use lxd_bed::{Daemon, Fault, Matching, Options, Times, certificates::Credential};
use serde_json::{Value, json};

use super::a;

#[test]
fn endpoints() {
    let mut lab = Lab::new(simulated());
    let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
    let server = lab.lxd.server_certificate_pem();
    let own: &[&str] = &[
        "https:///",
        "a\u{202e}b:8443",
        "10.0.0.1:8443/1.0",
        "ssh://host",
        "127.1",
        "::1",
    ];
    let lines = file!("17-endpoints.txt").lines().chain(own.iter().copied());
    for (line, words) in lines.zip([
        "give one; the other members are found by themselves",
        "a user or password has no place in it; give host:port alone",
        "https:// stands once, before the host, with two slashes",
        "https:// stands once, before the host, with two slashes",
        "",
        "give it without quotes",
        "the host is no name: ",
        "a wildcard is no address to connect to; give one that LXD has",
        "the host is no name: ",
        "the host is no name: ",
        "a number is no host; give host:port",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "percent signs have no place in it; write the host out",
        "a wildcard is no address to connect to; give one that LXD has",
        "a wildcard is no address to connect to; give one that LXD has",
        "an address with a zone (%) cannot be used; give one that is the same everywhere",
        "it is empty",
        "the host is no name: ",
        "a path has no place in it; give host:port alone",
        "LXD is only spoken to over https://",
        "an IPv4 address is four plain decimal numbers, as in 10.0.0.1",
        "an IPv6 address needs brackets, as in [::1]:8443",
    ]) {
        let works = words.is_empty();
        let line = if works {
            endpoint.replace("https", "HTTPS")
        } else {
            line.to_owned()
        };
        lab.configure(&line, &admin, &server);
        let expected = match works {
            true => "active: 1 node, 0 certificates for 0 relations".to_owned(),
            false => format!("blocked: Bad option lxd_endpoint: {words}"),
        };
        assert!(
            lab.status().starts_with(&expected),
            "{line}: {}",
            lab.status()
        );
    }
}

/// A server that is pinned to the byte works whatever its certificate says, if its key can be verified.
fn pinned_servers(start: Start) {
    let p521 = "its certificate's key is P-521, which the charm's TLS cannot verify; give it one of P-384,";
    for (certificate, key, words) in [
        (
            file!("16-server-unkcrit.crt"),
            file!("16-server-unkcrit.key"),
            None,
        ),
        (file!("15-v1.crt"), file!("15-v1.key"), None),
        (file!("15-rsae3.crt"), file!("15-rsae3.key"), None),
        (
            file!("16-server-p521.crt"),
            file!("16-server-p521.key"),
            Some(p521),
        ),
    ] {
        let credential = Credential::from_pem(certificate, key);
        let Some(lxd) = start(Options::named("node-1").presenting(&credential)) else {
            return;
        };
        let mut lab = Lab::new(lxd);
        let (endpoint, admin) = (lab.lxd.endpoint(), lab.lxd.admin().clone());
        for pin in [certificate, &credential.fingerprint] {
            lab.configure(&endpoint, &admin, pin);
            let expected = match words {
                None => "active: 1 node, 0 certificates for 0 relations".to_owned(),
                Some(words) => format!("blocked: LXD at {}: {words}", lab.lxd.address()),
            };
            assert!(lab.status().starts_with(&expected), "{}", lab.status());
        }
    }
}

starting! {
    pinned_servers: real_lxd real_incus;
}

#[test]
fn members_without_a_usable_address() {
    let lxd = Daemon::simulated(Options::named("node").members(2));
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    lab.ask(&consumer, "my-charm/0", &[&a().certificate_pem]);
    let databag = lab.databag(&consumer);
    let files: Value = serde_json::from_str(file!("18-members.json")).unwrap();
    let mut answers: Vec<Value> = files.as_object().unwrap().values().cloned().collect();
    let own = [
        "https://*:8443",
        "https://0.0.0.0:8443",
        "https://m1:99999",
        "127.1",
        "https://[::ffff:0.0.0.0]:8443",
    ];
    answers.extend(
        own.map(
            |url| json!([{"server_name": "m1", "url": url, "status": "Online", "message": ""}]),
        ),
    );
    let members = || Matching::path("/1.0/cluster/members?recursion=1");
    let answer = |members: &Value| {
        let body =
            json!({"type": "sync", "status": "Success", "status_code": 200, "metadata": members});
        Fault::Answer {
            status: 200,
            body: body.to_string(),
        }
    };
    for members_seen in &answers {
        lab.lxd.clear_faults();
        lab.lxd
            .fault(answer(members_seen), members(), Times::UntilCleared);
        lab.update_status(UNIT);
        let address = lab.lxd.address();
        let expected = format!("blocked: LXD at {address}: no member has a usable address");
        assert_eq!(lab.status(), expected, "{members_seen}");
        assert_eq!(
            lab.databag(&consumer),
            databag,
            "nothing of it is published"
        );
    }
    // Beside one that can be used it is left out.
    let mut some = answers[0].as_array().unwrap().clone();
    some.push(json!({"server_name": "m2", "url": "https://10.0.0.2:8443", "status": "Online", "message": ""}));
    lab.lxd.clear_faults();
    lab.lxd
        .fault(answer(&json!(some)), members(), Times::UntilCleared);
    lab.update_status(UNIT);
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    lab.lxd.clear_faults();
    lab.update_status(UNIT);
    assert_eq!(lab.databag(&consumer), databag);
}
