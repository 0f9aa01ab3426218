//! The bed itself: several servers at once, nothing left behind, usable fixtures.

use std::process::Command;
use std::thread;

use lxd_bed::certificates::{
    Credential, Key, Validity, ec_384_encrypted, ec_384_sec1, ec_521, make, make_issued, make_with,
    rsa_1024, rsa_2048, rsa_2048_pkcs1, rsa_4096,
};
use lxd_bed::{Daemon, NotThere, Options};

/// Whether a path or an environment of some process still speaks of a folder of the bed's.
fn traces(daemon: &str) -> bool {
    let processes = Command::new("ps").args(["axeww"]).output().unwrap();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    String::from_utf8_lossy(&processes.stdout).contains(daemon) || mounts.contains(daemon)
}

#[test]
fn servers_run_beside_each_other() {
    let kinds = [Daemon::real(Options::named("real")).ok()];
    let simulated = (0..3).map(|n| Daemon::simulated(Options::named(&format!("node-{n}"))));
    let daemons: Vec<Daemon> = kinds.into_iter().flatten().chain(simulated).collect();
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
fn real_ones_start_at_once() {
    let started: Vec<Result<Daemon, NotThere>> = thread::scope(|scope| {
        let starts: Vec<_> = ["one", "two", "three"]
            .map(|name| scope.spawn(|| Daemon::real(Options::named(name))))
            .into_iter()
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    match started.iter().all(Result::is_ok) {
        true => assert!(!lxd_bed::took_part().is_empty()),
        false => {
            assert!(started.iter().all(Result::is_err), "{started:?}");
            assert!(!lxd_bed::not_there().is_empty());
        }
    }
}
