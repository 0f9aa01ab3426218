//! The built charm on another release: it finds LXD by name whatever the host's name services are.
//!
//! The other release is a Debian root that `make-root.sh` unpacks; without it, or without root, this says so and does
//! nothing, unless `LXD_INTEGRATOR_REQUIRE_REAL` is set. The test runs itself again in namespaces of its own, where it
//! is the network, the name server and the LXD. That the root sets the trap that `src/lxd/nss.rs` is about shows a
//! control: a static program without that call, which has to die there. So did the charm when that call was taken out.

#![allow(clippy::print_stdout, reason = "the outcome is there to be read")]

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use juju_bed::charm::Archive;
use lxd_bed::{Daemon, Options};
use serde_json::json;
use tempfile::TempDir;

mod names;
mod root;

use root::Root;

const ROOT: &str = "LXD_INTEGRATOR_OTHER_RELEASE";
const DEFAULT_ROOT: &str = "/var/cache/lxd-integrator/other-release";
/// Set to the charm's program for the run inside.
const INSIDE: &str = "LXD_INTEGRATOR_ANY_HOST_INSIDE";

/// Lines of `/etc/nsswitch.conf` as hosts have them: Ubuntu with systemd-resolved, Debian's and Ubuntu's desktops, a
/// minimal one, and none at all.
const SERVICES: [&str; 4] = [
    "hosts: resolve [!UNAVAIL=return] files myhostname dns\n",
    "hosts: files mdns4_minimal [NOTFOUND=return] dns\n",
    "hosts: files\n",
    "",
];
/// The first is in `/etc/hosts`, the others are in DNS; mDNS would claim the last for itself.
const NAMES: [&str; 3] = ["lxd.hosts.example", "lxd.dns.example", "lxd.local"];

fn main() -> ExitCode {
    let root = env::var_os(ROOT).map_or_else(|| PathBuf::from(DEFAULT_ROOT), PathBuf::from);
    match env::var_os(INSIDE) {
        Some(charm) => inside(&root, Path::new(&charm)),
        None if root.join("complete").is_file() => outside(),
        None => not_there(&root),
    }
}

fn not_there(root: &Path) -> ExitCode {
    println!(
        "any host: NOT THERE: no other release in {}; see tests/any_host/make-root.sh",
        root.display()
    );
    match env::var_os("LXD_INTEGRATOR_REQUIRE_REAL") {
        Some(_) => ExitCode::FAILURE,
        None => ExitCode::SUCCESS,
    }
}

/// Unpacks the charm's program, compiles the control, and runs the rest with it, in namespaces of its own.
fn outside() -> ExitCode {
    let archive = Archive::read(&lab::charm::archive()).expect("build-charm.sh writes an archive");
    let folder = TempDir::new().expect("a temporary folder");
    let charm = folder.path().join("lxd-integrator");
    control(&folder.path().join("control"));
    let mut entries = archive.entries.iter();
    let program = entries.find(|entry| entry.name == "lxd-integrator");
    fs::write(&charm, &program.expect("the charm is a program").data).expect("it is new");
    fs::set_permissions(&charm, Permissions::from_mode(0o755)).expect("it is ours");
    let status = Command::new("unshare")
        .args(["--mount", "--net"])
        .arg(env::current_exe().expect("the test is a program"))
        .env(INSIDE, &charm)
        .status();
    match status.is_ok_and(|status| status.success()) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// In here nothing but the loopback interface exists, and the mounts are ours.
fn inside(root: &Path, charm: &Path) -> ExitCode {
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.is_ok_and(|status| status.success()), "ip link set lo up");
    let root = Root::enter(root);
    root.write("etc/hosts", &format!("127.0.0.1 localhost {}\n", NAMES[0]));
    names::serve(&NAMES[1..]);
    root.add_tools();
    root.add(charm, "lxd-integrator");
    root.add(&charm.with_file_name("control"), "control");
    let lxd = Daemon::simulated(Options::named("node-1"));

    let mut good = trap_is_set(&root);
    for services in SERVICES {
        root.write("etc/nsswitch.conf", services);
        for name in NAMES {
            let status = config_changed(&root, &lxd, name);
            println!("any host: {name} with {services:?}: {status}");
            good &= status.starts_with("active: 1 node");
        }
    }
    match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Whether the control dies; otherwise the charm could not show anything here.
fn trap_is_set(root: &Root) -> bool {
    root.write("etc/nsswitch.conf", SERVICES[0]);
    let control = root.run("control", &[NAMES[0]], &[]).status;
    println!("any host: the control, without src/lxd/nss.rs: {control}");
    control.signal().is_some()
}

/// Runs the hook with options that name LXD; gives the status that it sets, or how it ended.
fn config_changed(root: &Root, lxd: &Daemon, name: &str) -> String {
    let options = json!({
        "lxd_endpoint": format!("https://{name}:{}", lxd.address().port()),
        "lxd_client_cert": lxd.admin().certificate_pem,
        "lxd_client_key": lxd.admin().key_pem,
        "lxd_server_cert": lxd.server_certificate_pem(),
    });
    root.write("mnt/options.json", &options.to_string());
    root.remove("mnt/status");
    root.remove("mnt/log");
    let variables = [
        ("JUJU_CONTEXT_ID", "lxd-integrator/0-config-changed-1"),
        ("JUJU_DISPATCH_PATH", "hooks/config-changed"),
        ("JUJU_MODEL_UUID", "8f2b4a3e-6a67-4c4f-8d0c-0a8b6f5f3c11"),
        ("JUJU_UNIT_NAME", "lxd-integrator/0"),
    ];
    let hook = root.run("lxd-integrator", &[], &variables);
    match root.read("mnt/status").lines().next() {
        Some(status) if hook.status.success() => status.to_owned(),
        _ => format!("{}; {}", hook.status, root.read("mnt/log")),
    }
}

/// Compiles the control; the linker's warning about what it does is the point of it.
fn control(program: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/any_host/control.c");
    let mut compiler = Command::new("cc");
    let output = compiler
        .arg("-static")
        .arg(source)
        .arg("-o")
        .arg(program)
        .output();
    let good = output.is_ok_and(|output| output.status.success());
    assert!(good, "cc cannot link a static program");
}
