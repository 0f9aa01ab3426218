//! TLS as a client sees it.

use std::io::{Read, Write};
use std::net::TcpStream;

use lxd_bed::Profile;
use lxd_bed::certificates::{Key, Validity, make, make_with};
use lxd_bed::client::{Client, Failure, configuration};
use rustls::{AlertDescription, ClientConfig, ProtocolVersion};

use crate::side::{CERTIFICATES, Side};

cases!("tls":
    version_is_1_3 for since_5_0,
    version_1_2_is_refused for since_5_0,
    no_protocol_is_agreed_when_none_is_offered,
    http_1_is_spoken_but_not_agreed,
    a_strange_protocol_is_refused,
    another_certificate_is_noticed,
    no_client_certificate_is_refused_in_the_handshake,
    server_certificate_is_the_servers_own for since_4_0,
    plain_http_is_answered,
    connection_is_kept,
    close_is_honoured,
);

fn tls(side: &Side) -> ClientConfig {
    configuration(&side.daemon.server_certificate_pem(), None)
}

fn version_is_1_3(side: &Side) {
    let mut client = side.nobody();
    client.get("/").unwrap();
    assert_eq!(client.tls_version(), Some(ProtocolVersion::TLSv1_3));
}

fn version_1_2_is_refused(side: &Side) {
    let old = tls_1_2(&side.daemon.server_certificate_pem());
    let refused = Client::with_configuration(side.daemon.address(), old).get("/");
    assert_alert(&refused, AlertDescription::ProtocolVersion);
}

fn tls_1_2(pem: &str) -> ClientConfig {
    lxd_bed::client::configuration_of(pem, None, &[&rustls::version::TLS12])
}

#[track_caller]
fn assert_alert(answer: &Result<lxd_bed::client::Answer, Failure>, alert: AlertDescription) {
    match answer {
        Err(Failure::Tls(rustls::Error::AlertReceived(received))) => assert_eq!(*received, alert),
        other => panic!("no alert but {other:?}"),
    }
}

fn no_protocol_is_agreed_when_none_is_offered(side: &Side) {
    let mut client = side.nobody();
    assert_eq!(client.get("/").unwrap().status, 200);
    assert_eq!(client.agreed_protocol(), None);
}

fn offering(side: &Side, protocols: &[&str]) -> Client {
    let mut tls = tls(side);
    tls.alpn_protocols = protocols.iter().map(|&name| name.into()).collect();
    Client::with_configuration(side.daemon.address(), tls)
}

fn http_1_is_spoken_but_not_agreed(side: &Side) {
    for offer in [&["http/1.1"][..], &["http/1.0", "http/1.1"]] {
        let mut client = offering(side, offer);
        assert_eq!(client.get("/").unwrap().status, 200);
        assert_eq!(client.agreed_protocol(), None);
    }
}

fn a_strange_protocol_is_refused(side: &Side) {
    let refused = offering(side, &["strange"]).get("/");
    assert_alert(&refused, AlertDescription::NoApplicationProtocol);
}

fn another_certificate_is_noticed(side: &Side) {
    let mut client = Client::new(side.daemon.address(), &make("other").certificate_pem, None);
    let refused = client.get("/");
    assert!(
        matches!(refused, Err(Failure::Tls(rustls::Error::General(_)))),
        "{refused:?}"
    );
}

fn no_client_certificate_is_refused_in_the_handshake(side: &Side) {
    for validity in [Validity::Now, Validity::Expired, Validity::NotYet] {
        let credential = make_with(Key::P384, "any", validity);
        assert_eq!(side.client(&credential).get("/").unwrap().status, 200);
    }
}

fn server_certificate_is_the_servers_own(side: &Side) {
    let pem = side.daemon.server_certificate_pem();
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let organization = match side.profile() {
        Profile::Lxd5_21 | Profile::Lxd6 => "LXD",
        Profile::Incus | Profile::Incus7 => "Linux Containers",
        _ => "linuxcontainers.org",
    };
    let subject = format!("O={organization}, CN=root@{}", side.daemon.name());
    assert_eq!(certificate.subject().to_string(), subject);
    assert_eq!(certificate.issuer(), certificate.subject());
    assert!(!certificate.is_ca());
    let usage = certificate.extended_key_usage().unwrap().unwrap();
    assert!(usage.value.server_auth && !usage.value.client_auth);
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names: Vec<_> = names
        .value
        .general_names
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[0], format!("DNSName({})", side.daemon.name()));
    let curve = certificate.public_key().parsed().unwrap();
    let x509_parser::public_key::PublicKey::EC(point) = curve else {
        panic!("not an elliptic curve");
    };
    assert_eq!(point.key_size(), 384);
}

fn plain_http_is_answered(side: &Side) {
    let mut socket = TcpStream::connect(side.daemon.address()).unwrap();
    socket
        .write_all(b"GET /1.0 HTTP/1.1\r\nHost: lxd\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    // The server closes without having read everything, which may cut the answer's end off.
    let _cut = socket.read_to_string(&mut answer);
    let expected = "HTTP/1.0 400 Bad Request\r\n\r\n\
                    Client sent an HTTP request to an HTTPS server.\n";
    assert_eq!(answer, expected);
}

fn connection_is_kept(side: &Side) {
    let mut admin = side.admin();
    for _ in 0..3 {
        assert_eq!(admin.get(CERTIFICATES).unwrap().status, 200);
        assert!(admin.tls_version().is_some());
    }
}

fn close_is_honoured(side: &Side) {
    let mut admin = side.admin();
    let close = [("Connection", "close")];
    let answer = admin.send("GET", CERTIFICATES, &close, b"").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["connection"], "close");
}
