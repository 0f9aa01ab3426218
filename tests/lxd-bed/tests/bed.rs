//! The bed itself: several servers at once, nothing left behind, fixtures as described.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use lxd_bed::certificates::{
    Credential, ec_384_encrypted, ec_384_sec1, ec_521, rsa_1024, rsa_2048, rsa_2048_pkcs1, rsa_4096,
};
use lxd_bed::client::Client;
use lxd_bed::{Daemon, NotThere, Options, Profile};
use serde_json::Value;

/// A real daemon's process and folder, told by the daemon itself and the kernel.
struct Traces {
    process: PathBuf,
    folder: PathBuf,
}

impl Traces {
    /// Of every member.
    fn of_all(daemon: &Daemon) -> Vec<Self> {
        (0..daemon.members().len())
            .map(|member| Self::of(&mut daemon.member_client(member, Some(daemon.admin()))))
            .collect()
    }

    fn of(admin: &mut Client) -> Self {
        let server = admin.get("/1.0").unwrap().metadata;
        let process = Path::new("/proc").join(server["environment"]["server_pid"].to_string());
        let environment = std::fs::read(process.join("environ")).unwrap();
        let environment = String::from_utf8_lossy(&environment).into_owned();
        let folder = environment.split('\0').find_map(|variable| {
            let incus = variable.strip_prefix("INCUS_DIR=");
            incus.or_else(|| variable.strip_prefix("LXD_DIR="))
        });
        Self {
            process,
            folder: PathBuf::from(folder.unwrap()),
        }
    }

    fn left(&self) -> bool {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        self.process.exists()
            || self.folder.exists()
            || mounts.contains(self.folder.to_str().unwrap())
    }
}

/// The real daemon; without one, the record has to say why.
fn real(options: Options) -> Option<Daemon> {
    let daemon = Daemon::real(options).ok();
    let record = match daemon {
        Some(_) => lxd_bed::took_part(),
        None => lxd_bed::not_there(),
    };
    assert!(!record.is_empty());
    daemon
}

/// LXD and Incus, each standing alone.
fn alone() -> impl Iterator<Item = Daemon> {
    let options = Options::named("node");
    let incus = options.clone().profile(Profile::Incus);
    [options, incus].into_iter().filter_map(real)
}

/// LXD and Incus, each a cluster.
fn clusters() -> impl Iterator<Item = Daemon> {
    let options = Options::named("node").members(3);
    let incus = options.clone().profile(Profile::Incus);
    [options, incus].into_iter().filter_map(real)
}

#[test]
fn servers_run_beside_each_other() {
    let simulated = (0..3).map(|n| Daemon::simulated(Options::named(&format!("node-{n}"))));
    let daemons: Vec<Daemon> = alone().chain(simulated).collect();
    thread::scope(|scope| {
        for daemon in &daemons {
            scope.spawn(|| {
                let answer = daemon.client(Some(daemon.admin())).get("/1.0").unwrap();
                let environment = &answer.metadata["environment"];
                assert_eq!(environment["server_name"], daemon.name());
                assert_eq!(daemon.trust_list().len(), 1);
            });
        }
    });
}

#[test]
fn real_ones_start_at_the_same_time() {
    let started: Vec<Result<Daemon, NotThere>> = thread::scope(|scope| {
        ["one", "two", "three"]
            .map(|name| scope.spawn(|| Daemon::real(Options::named(name))))
            .map(|start| start.join().unwrap())
            .into_iter()
            .collect()
    });
    let there = started.iter().filter(|daemon| daemon.is_ok()).count();
    assert!(there == 0 || there == 3, "{started:?}");
}

#[test]
fn dropped_leaves_nothing() {
    for daemon in alone().chain(clusters()) {
        let traces = Traces::of_all(&daemon);
        assert!(traces.iter().all(Traces::left));
        drop(daemon);
        assert!(!traces.iter().any(Traces::left));
    }
}

#[test]
fn dropped_after_a_restart_leaves_nothing() {
    for daemon in alone() {
        daemon.stop();
        daemon.start();
        let traces = Traces::of_all(&daemon);
        drop(daemon);
        assert!(!traces.iter().any(Traces::left));
    }
}

#[test]
fn dropped_with_a_paused_member_leaves_nothing() {
    for daemon in clusters() {
        let traces = Traces::of_all(&daemon);
        daemon.pause_member(1);
        drop(daemon);
        assert!(!traces.iter().any(Traces::left));
    }
}

#[test]
fn killed_holder_leaves_nothing() {
    for (kind, members) in [("real", 1), ("incus", 1), ("cluster", 3)] {
        let (mut holder, line) = hold(kind);
        if line.get("not_there").is_none() {
            let traces: Vec<Traces> = (1..=members)
                .map(|host| Traces::of(&mut admin_of(&line, host)))
                .collect();
            holder.kill().unwrap();
            let limit = Instant::now() + Duration::from_secs(20);
            while traces.iter().any(Traces::left) {
                assert!(Instant::now() < limit, "{kind}");
                thread::sleep(Duration::from_millis(10));
            }
        }
        holder.wait().unwrap();
    }
}

#[test]
fn holder_holds_until_its_input_ends() {
    let (mut holder, line) = hold("simulated");
    let answer = admin_of(&line, 1).get("/1.0").unwrap();
    assert_eq!(answer.metadata["auth"], "trusted");
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
}

fn hold(kind: &str) -> (Child, Value) {
    let mut holder = Command::new(env!("CARGO_BIN_EXE_lxd-bed"))
        .arg(kind)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(holder.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    (holder, serde_json::from_str(&line).unwrap())
}

/// The administrator on 127.0.0.`host`.
fn admin_of(line: &Value, host: u8) -> Client {
    let text = |field: &str| line[field].as_str().unwrap();
    let address = text("endpoint").strip_prefix("https://").unwrap();
    let admin = Credential::from_pem(text("client_certificate"), text("client_key"));
    let mut address: SocketAddr = address.parse().unwrap();
    address.set_ip(Ipv4Addr::new(127, 0, 0, host).into());
    Client::new(address, text("server_certificate"), Some(&admin))
}

#[test]
fn fixtures_are_what_they_say() {
    for (credential, header, subject) in [
        (rsa_1024(), "PRIVATE KEY", "rsa-1024"),
        (rsa_2048(), "PRIVATE KEY", "rsa-2048"),
        (rsa_2048_pkcs1(), "RSA PRIVATE KEY", "rsa-2048"),
        (rsa_4096(), "PRIVATE KEY", "rsa-4096"),
        (ec_384_sec1(), "EC PARAMETERS", "ec-384"),
        (ec_384_encrypted(), "ENCRYPTED PRIVATE KEY", "ec-384"),
        (ec_521(), "PRIVATE KEY", "ec-521"),
    ] {
        let begin = format!("-----BEGIN {header}-----\n");
        assert!(credential.key_pem.starts_with(&begin), "{subject} {header}");
        let (_, pem) =
            x509_parser::pem::parse_x509_pem(credential.certificate_pem.as_bytes()).unwrap();
        let certificate = pem.parse_x509().unwrap();
        assert_eq!(certificate.subject().to_string(), format!("CN={subject}"));
        assert!(certificate.validity().is_valid());
    }
}
