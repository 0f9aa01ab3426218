//! Real LXD daemons, several beside each other, each in a folder of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::daemon::{Kind, Options, Request, Server, TrustEntry};
use crate::port;
use crate::simulation::Faults;

mod process;
mod socket;

use process::Process;

/// How often another port is tried when somebody else took the chosen one meanwhile.
const PORTS_TRIED: usize = 5;

/// Why there is no real daemon to test with.
#[derive(Debug, thiserror::Error)]
pub enum NotThere {
    /// LXD runs as root only.
    #[error("not root: LXD needs root to run")]
    NotRoot,
    /// The program is not installed.
    #[error("no LXD: there is no program lxd in PATH")]
    NoLxd,
    /// The program is there, but no server came of it.
    #[error("LXD did not start: {0}")]
    DidNotStart(String),
}

/// A real daemon.
#[derive(Debug)]
pub(crate) struct Real {
    // Before the folder: the process has to be gone when the folder is removed.
    process: Mutex<Option<Process>>,
    folder: TempDir,
    options: Options,
    name: String,
    version: String,
    address: SocketAddr,
}

impl Real {
    pub(crate) fn start(options: Options) -> Result<Self, NotThere> {
        if !rustix::process::geteuid().is_root() {
            return Err(NotThere::NotRoot);
        }
        if !process::installed("lxd") {
            return Err(NotThere::NoLxd);
        }
        let folder = tempfile::Builder::new().prefix("lxd-bed-").tempdir();
        let folder = folder.map_err(|error| NotThere::DidNotStart(error.to_string()))?;
        let process = Process::start(folder.path(), &options.name)?;
        let address = listen(folder.path())?;
        let (name, version) = name_and_version(folder.path())?;
        Ok(Self {
            process: Mutex::new(Some(process)),
            folder,
            options,
            name,
            version,
            address,
        })
    }

    /// An administrator's call that has to succeed.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        socket::call(self.folder.path(), method, path, body)
            .unwrap_or_else(|error| panic!("LXD {}: {method} {path}: {error}", self.name))
    }

    fn process(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server for Real {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn server_certificate_pem(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.crt"))
            .expect("LXD makes its certificate before it says that it is ready")
    }

    fn trust_list(&self) -> Vec<TrustEntry> {
        let list = self.call("GET", "/1.0/certificates?recursion=1", None);
        let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
        entries.iter().map(trust_entry).collect()
    }

    fn trust(&self, entry: &TrustEntry) {
        let (_, parsed) = x509_parser::pem::parse_x509_pem(entry.certificate_pem.as_bytes())
            .expect("the certificate is PEM");
        let body = json!({
            "type": entry.kind.as_str(),
            "name": entry.name,
            "certificate": STANDARD.encode(parsed.contents),
            "restricted": entry.restricted,
            "projects": entry.projects,
        });
        self.call("POST", "/1.0/certificates", Some(&body));
    }

    fn distrust(&self, fingerprint: &str) {
        self.call("DELETE", &format!("/1.0/certificates/{fingerprint}"), None);
    }

    fn rename(&self, fingerprint: &str, name: &str) {
        let path = format!("/1.0/certificates/{fingerprint}");
        self.call("PATCH", &path, Some(&json!({"name": name})));
    }

    fn add_project(&self, name: &str) {
        self.call("POST", "/1.0/projects", Some(&json!({"name": name})));
    }

    fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            process.terminate();
        }
    }

    fn start(&self) {
        let mut process = self.process();
        if process.is_none() {
            let again = Process::start(self.folder.path(), &self.options.name);
            *process = Some(again.unwrap_or_else(|reason| panic!("{reason}")));
            process::until_listening(self.address);
        }
    }

    fn requests(&self) -> Option<Vec<Request>> {
        None
    }

    fn clear_requests(&self) {}

    fn faults(&self) -> Option<&Faults> {
        None
    }
}

/// Makes the daemon listen on a free port, and keeps it from fetching images.
fn listen(folder: &Path) -> Result<SocketAddr, NotThere> {
    let mut last = String::new();
    for _ in 0..PORTS_TRIED {
        let address = port::free();
        let config = json!({"config": {
            "core.https_address": address.to_string(),
            "images.auto_update_interval": "0",
            "images.auto_update_cached": "false",
        }});
        match socket::call(folder, "PATCH", "/1.0", Some(&config)) {
            Ok(_) => return Ok(address),
            Err(error) => last = error.to_string(),
        }
    }
    Err(NotThere::DidNotStart(last))
}

/// The name as the server says it: where no namespace can be made, it is the machine's.
fn name_and_version(folder: &Path) -> Result<(String, String), NotThere> {
    let server = socket::call(folder, "GET", "/1.0", None);
    let server = server.map_err(|error| NotThere::DidNotStart(error.to_string()))?;
    let text = |field: &str| server["environment"][field].as_str().unwrap_or("unknown");
    let (name, version) = (text("server_name"), text("server_version"));
    Ok((name.to_owned(), version.to_owned()))
}

fn trust_entry(entry: &Value) -> TrustEntry {
    let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let projects = entry["projects"].as_array().into_iter().flatten();
    TrustEntry {
        fingerprint: text("fingerprint"),
        name: text("name"),
        kind: Kind::parse(&text("type")).expect("LXD has three kinds of certificate"),
        restricted: entry["restricted"].as_bool().unwrap_or_default(),
        projects: projects
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        certificate_pem: text("certificate"),
    }
}
