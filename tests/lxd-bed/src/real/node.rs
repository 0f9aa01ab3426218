//! One daemon with its folder, its name and its address: a server, or a member of a cluster.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::flavour::Flavour;
use super::process::{self, Process};
use super::{NotThere, socket};

/// A daemon that can be ended and started again.
#[derive(Debug)]
pub(super) struct Node {
    // Before the folder: the process has to be gone when the folder is removed.
    process: Mutex<Option<Process>>,
    folder: TempDir,
    flavour: &'static Flavour,
    name: String,
}

impl Node {
    /// Starts it in a new folder with these files. It does not listen on any address yet.
    pub(super) fn start(
        flavour: &'static Flavour,
        name: &str,
        files: &[(&str, String)],
    ) -> Result<Self, NotThere> {
        let folder = tempfile::Builder::new().prefix("lxd-bed-").tempdir()?;
        for (file, text) in files {
            fs::write(folder.path().join(file), text)?;
        }
        let process = Process::start(flavour, folder.path(), name)?;
        Ok(Self {
            process: Mutex::new(Some(process)),
            folder,
            flavour,
            name: name.to_owned(),
        })
    }

    /// The host name it was started with.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes it listen there, and keeps it from fetching images.
    pub(super) fn listen(&self, address: SocketAddr) -> io::Result<()> {
        let config = json!({"config": {
            "core.https_address": address.to_string(),
            "images.auto_update_interval": "0",
            "images.auto_update_cached": "false",
        }});
        self.call("PATCH", "/1.0", Some(&config)).map(drop)
    }

    /// An administrator's call.
    pub(super) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Value> {
        socket::call(self.folder.path(), method, path, body)
    }

    /// An administrator's call that starts an operation, to the operation's end.
    pub(super) fn operate(&self, method: &str, path: &str, body: &Value) -> io::Result<()> {
        let operation = self.call(method, path, Some(body))?;
        let id = operation["id"].as_str().unwrap_or_default();
        let path = format!("/1.0/operations/{id}/wait?timeout=60");
        let operation = self.call("GET", &path, None)?;
        match operation["status"].as_str() {
            Some("Success") => Ok(()),
            _ => Err(io::Error::other(operation["err"].to_string())),
        }
    }

    /// A file of its folder; `None` if it is not there.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.folder.path().join(name)).ok()
    }

    /// Writes such a file.
    pub(super) fn write(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.folder.path().join(name), text)
    }

    /// What it presents.
    pub(super) fn certificate_pem(&self) -> String {
        self.file("cluster.crt")
            .or_else(|| self.file("server.crt"))
            .expect("LXD makes its certificate before it says that it is ready")
    }

    /// Whether it can be asked something.
    pub(super) fn answers(&self) -> bool {
        matches!(&*self.process(), Some(process) if !process.is_paused())
    }

    /// Ends it in its own time.
    pub(super) fn stop(&self) {
        if let Some(mut process) = self.process().take() {
            process.terminate();
        }
    }

    /// Ends it at once.
    pub(super) fn kill(&self) {
        drop(self.process().take());
    }

    /// Starts it again, and waits until it listens there as before.
    pub(super) fn start_again(&self, address: SocketAddr) {
        let mut process = self.process();
        if process.is_none() {
            let again = Process::start(self.flavour, self.folder.path(), &self.name);
            *process = Some(again.unwrap_or_else(|reason| panic!("{}: {reason}", self.name)));
            process::until_listening(address);
        }
    }

    /// Freezes it: connections are taken, nothing is answered.
    pub(super) fn pause(&self) {
        if let Some(process) = self.process().as_mut() {
            process.pause();
        }
    }

    /// Lets it go on.
    pub(super) fn resume(&self) {
        if let Some(process) = self.process().as_mut() {
            process.resume();
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
