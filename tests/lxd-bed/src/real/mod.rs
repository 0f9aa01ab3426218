//! Real LXD and Incus daemons, several beside each other, each in a folder of its own, alone or as
//! the members of a cluster.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::{io, thread};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::daemon::{Kind, Member, Options, Request, Server, State, TrustEntry};
use crate::port;
use crate::simulation::Faults;

mod cluster;
mod flavour;
mod membership;
mod node;
mod process;
mod renewal;
mod socket;
mod state;

use flavour::Flavour;
use node::Node;

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
    /// The program is not installed.
    #[error("no Incus: there is no program incusd in /usr/libexec/incus or PATH")]
    NoIncus,
    /// The program is there, but no server came of it.
    #[error("the server did not start: {0}")]
    DidNotStart(String),
}

impl From<io::Error> for NotThere {
    fn from(error: io::Error) -> Self {
        Self::DidNotStart(error.to_string())
    }
}

/// A real server: one daemon, or the members of a cluster.
#[derive(Debug)]
pub(crate) struct Real {
    nodes: Vec<(Node, SocketAddr)>,
    label: &'static str,
    name: String,
    version: String,
    /// Nobody tells it once it is set.
    password: Mutex<Option<String>>,
}

impl Real {
    pub(crate) fn start(options: Options) -> Result<Self, NotThere> {
        if !rustix::process::geteuid().is_root() {
            return Err(NotThere::NotRoot);
        }
        let flavour = Flavour::of(options.profile);
        let files = files(&options);
        let nodes = start_all(flavour, &names(options.name, options.members), &files)?;
        let nodes = listen(nodes)?;
        if nodes.len() > 1 {
            cluster::form(&nodes)?;
        }
        let (name, version) = name_and_version(&nodes[0].0)?;
        Ok(Self {
            nodes,
            label: flavour.label,
            name,
            version,
            password: Mutex::default(),
        })
    }

    /// An administrator's call that has to succeed, on the first member that can be asked.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        self.node()
            .call(method, path, body)
            .unwrap_or_else(|error| panic!("{self}: {method} {path}: {error}"))
    }

    /// The first member that can be asked.
    fn node(&self) -> &Node {
        let mut nodes = self.nodes.iter().map(|(node, _)| node);
        let node = nodes.find(|node| node.answers());
        node.unwrap_or_else(|| panic!("{self}: it is down"))
    }
}

/// As the run's record has it.
impl fmt::Display for Real {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{} {}", self.label, self.version)?;
        match self.nodes.len() {
            1 => Ok(()),
            members => write!(text, ", a cluster of {members}"),
        }
    }
}

impl Server for Real {
    fn address(&self) -> SocketAddr {
        self.nodes[0].1
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn server_certificate_pem(&self) -> String {
        self.member_certificate_pem(0)
    }

    fn trust_list(&self) -> Vec<TrustEntry> {
        state::entries(self)
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

    fn remove_project(&self, name: &str) {
        self.call("DELETE", &format!("/1.0/projects/{name}"), None);
    }

    fn stop(&self) {
        match &self.nodes[..] {
            [(node, _)] => node.stop(),
            // In their own time the last members would wait for those that are gone.
            nodes => nodes.iter().for_each(|(node, _)| node.kill()),
        }
    }

    fn start(&self) {
        // At the same time: a member is not ready before enough others are.
        thread::scope(|scope| {
            for (node, address) in &self.nodes {
                scope.spawn(|| node.start_again(*address));
            }
        });
    }

    fn members(&self) -> Vec<Member> {
        if let [(_, address)] = self.nodes[..] {
            return vec![Member::new(&self.name, address)];
        }
        let members = self.nodes.iter();
        members
            .map(|(node, address)| Member::new(node.name(), *address))
            .collect()
    }

    fn kill_member(&self, index: usize) {
        self.nodes[index].0.kill();
    }

    fn start_member(&self, index: usize) {
        let (node, address) = &self.nodes[index];
        node.start_again(*address);
    }

    fn remove_member(&self, index: usize) {
        membership::remove(self, index);
    }

    fn set_member_status(&self, index: usize, status: &str) {
        membership::set_status(self, index, status);
    }

    fn member_certificate_pem(&self, index: usize) -> String {
        self.nodes[index].0.certificate_pem()
    }

    fn renew_certificate(&self) {
        renewal::renew(self);
    }

    fn pause_member(&self, index: usize) {
        self.nodes[index].0.pause();
    }

    fn resume_member(&self, index: usize) {
        self.nodes[index].0.resume();
    }

    fn requests(&self) -> Option<Vec<Request>> {
        None
    }

    fn clear_requests(&self) {}

    fn faults(&self, _index: usize) -> Option<&Faults> {
        None
    }

    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> Value {
        let body = json!({
            "type": Kind::Client.as_str(),
            "name": name,
            "token": true,
            "restricted": projects.is_some(),
            "projects": projects.unwrap_or_default(),
        });
        self.call("POST", "/1.0/certificates", Some(&body))
    }

    fn set_trust_password(&self, password: Option<&str>) {
        state::set_password(self, password.map(str::to_owned));
    }

    fn trust_authority(&self, trusted: bool) {
        let value = trusted.to_string();
        let config = json!({"config": {"core.trust_ca_certificates": value}});
        self.call("PATCH", "/1.0", Some(&config));
    }

    fn snapshot(&self) -> State {
        state::snapshot(self)
    }

    fn restore(&self, state: &State) {
        state::restore(self, state);
    }
}

fn names(name: String, members: u32) -> Vec<String> {
    match members {
        0 | 1 => vec![name],
        _ => (1..=members)
            .map(|number| format!("{name}-{number}"))
            .collect(),
    }
}

/// What a daemon finds in its folder when it starts for the first time.
fn files(options: &Options) -> Vec<(&'static str, String)> {
    let mut files = Vec::new();
    if let Some(credential) = &options.server_credential {
        files.push(("server.crt", credential.certificate_pem.clone()));
        files.push(("server.key", credential.key_pem.clone()));
    }
    if let Some(authority) = &options.authority {
        // With this file a server minds who issued its clients' certificates.
        files.push(("server.ca", authority.certificate_pem().to_owned()));
    }
    files
}

/// Starts the daemons at the same time.
fn start_all(
    flavour: &'static Flavour,
    names: &[String],
    files: &[(&str, String)],
) -> Result<Vec<Node>, NotThere> {
    thread::scope(|scope| {
        let starts: Vec<_> = names
            .iter()
            .map(|name| scope.spawn(|| Node::start(flavour, name, files)))
            .collect();
        starts
            .into_iter()
            .map(|start| start.join().expect("starting does not panic"))
            .collect()
    })
}

/// Makes each daemon listen on a loopback address of its own, all on the same free port.
fn listen(nodes: Vec<Node>) -> io::Result<Vec<(Node, SocketAddr)>> {
    let hosts = u8::try_from(nodes.len()).map_err(io::Error::other)?;
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PORTS_TRIED {
        let addresses = port::free_on(hosts);
        let mut pairs = nodes.iter().zip(&addresses);
        match pairs.try_for_each(|(node, address)| node.listen(*address)) {
            Ok(()) => return Ok(nodes.into_iter().zip(addresses).collect()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The name as the server says it: where no namespace can be made, it is the machine's.
fn name_and_version(node: &Node) -> io::Result<(String, String)> {
    let server = node.call("GET", "/1.0", None)?;
    let text = |field: &str| server["environment"][field].as_str().unwrap_or("unknown");
    let (name, version) = (text("server_name"), text("server_version"));
    Ok((name.to_owned(), version.to_owned()))
}
