//! Another certificate for a real server.

use std::time::{Duration, Instant};
use std::{io, thread};

use serde_json::json;

use super::Real;
use crate::certificates::Credential;
use crate::client::Client;
use crate::daemon::Server;
use crate::port::Port;
use crate::profile::Profile;
use crate::simulation;

const SOON: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(10);

/// A cluster is told; one that stands alone finds it when it starts.
pub(super) fn renew(server: &Real) {
    let new = simulation::server_credential(Profile::default(), server.name());
    match &server.nodes[..] {
        [(node, _)] => {
            node.stop();
            write(server, &new).expect("the folder can be written to");
            server.start();
        }
        _ => tell(server, &new),
    }
    until_presented(server, &new);
}

fn write(server: &Real, new: &Credential) -> io::Result<()> {
    let node = &server.nodes[0].0;
    node.write("server.crt", &new.certificate_pem)?;
    node.write("server.key", &new.key_pem)
}

fn tell(server: &Real, new: &Credential) {
    let body = json!({
        "cluster_certificate": new.certificate_pem,
        "cluster_certificate_key": new.key_pem,
    });
    server.call("PUT", "/1.0/cluster/certificate", Some(&body));
}

/// The members change a moment after the answer.
fn until_presented(server: &Real, new: &Credential) {
    let limit = Instant::now() + SOON;
    let up = server.nodes.iter().filter(|(node, _)| node.answers());
    for (_, Port { address, .. }) in up {
        let seen = || Client::new(*address, &new.certificate_pem, None).get("/1.0");
        while seen().is_err() {
            assert!(Instant::now() < limit, "{address}: not renewed");
            thread::sleep(POLL);
        }
    }
}
