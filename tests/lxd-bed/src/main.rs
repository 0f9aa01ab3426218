//! Starts a server and holds it until standard input ends: to look at one by hand, and to try
//! what remains of a server whose holder is killed.
//!
//! `lxd-bed real`, `incus`, `cluster` or `simulated` prints one line of JSON: the endpoint, the
//! server's certificate and an administrator's certificate and key; or why there is no server.

#![expect(clippy::print_stdout, reason = "the line is what the program is for")]

use std::process::ExitCode;

use lxd_bed::{Daemon, Options, Profile};
use serde_json::json;

fn main() -> ExitCode {
    let daemon = match std::env::args().nth(1).as_deref() {
        Some("real") => Daemon::real(Options::default()),
        Some("incus") => Daemon::real(Options::default().profile(Profile::Incus)),
        Some("cluster") => Daemon::real(Options::default().members(3)),
        Some("simulated") => Ok(Daemon::simulated(Options::default())),
        _ => {
            println!("usage: lxd-bed real|incus|cluster|simulated");
            return ExitCode::FAILURE;
        }
    };
    match daemon {
        Ok(daemon) => hold(&daemon),
        Err(reason) => {
            println!("{}", json!({"not_there": reason.to_string()}));
            ExitCode::FAILURE
        }
    }
}

fn hold(daemon: &Daemon) -> ExitCode {
    let line = json!({
        "endpoint": daemon.endpoint(),
        "server_certificate": daemon.server_certificate_pem(),
        "client_certificate": daemon.admin().certificate_pem,
        "client_key": daemon.admin().key_pem,
    });
    println!("{line}");
    match std::io::copy(&mut std::io::stdin(), &mut std::io::sink()) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
