//! Real LXD and Incus daemons, several beside each other, each in a folder of its own, alone or as
//! the members of a cluster.

use std::fmt;
use std::sync::Mutex;
use std::{io, thread};

use serde_json::{Value, json};

use crate::daemon::Options;
use crate::port::{self, Port};
use crate::profile::Profile;

mod cluster;
mod flavour;
mod membership;
mod node;
mod process;
mod renewal;
mod server;
mod socket;
mod state;

use flavour::Flavour;
use node::Node;

/// What a server says of a change that it could not tell a member of.
const PEER_MISSED: &str = "ailed to notify peer";

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
    /// There is a server, but not the one that is simulated: [`crate::Daemon::counterpart`].
    #[error("{label} {here} is here, {simulated} is simulated")]
    OtherVersion {
        /// `LXD` or `Incus`.
        label: &'static str,
        /// The version of the real one.
        here: String,
        /// The version of the simulated one.
        simulated: &'static str,
    },
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
    nodes: Vec<(Node, Port)>,
    label: &'static str,
    name: String,
    version: String,
    /// Nobody tells it once it is set.
    password: Mutex<Option<String>>,
}

impl Real {
    pub(crate) fn start(options: &Options) -> Result<Self, NotThere> {
        if !rustix::process::geteuid().is_root() {
            return Err(NotThere::NotRoot);
        }
        let flavour = Flavour::of(options.profile);
        let files = files(options);
        let nodes = start_all(flavour, &options.names(), &files)?;
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

    /// An error if it is another version than the one that is simulated as this profile.
    pub(crate) fn like(self, profile: Profile) -> Result<Self, NotThere> {
        match profile.version() == self.version {
            true => Ok(self),
            false => Err(NotThere::OtherVersion {
                label: self.label,
                here: self.version.clone(),
                simulated: profile.version(),
            }),
        }
    }

    /// An administrator's call that has to succeed, on the first member that can be asked.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        match self.node().call(method, path, body) {
            Ok(metadata) => metadata,
            Err(error) if error.to_string().contains(PEER_MISSED) => self.tell_peers(),
            Err(error) => panic!("{self}: {method} {path}: {error}"),
        }
    }

    /// A member that has just joined may miss a change, which took effect all the same. It looks
    /// at the trust store again when it is told of another one.
    fn tell_peers(&self) -> Value {
        let list = self.call("GET", "/1.0/certificates", None);
        let path = list[0].as_str().expect("a member is in the trust store");
        self.call("PATCH", path, Some(&json!({})))
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
fn listen(nodes: Vec<Node>) -> io::Result<Vec<(Node, Port)>> {
    let hosts = u8::try_from(nodes.len()).map_err(io::Error::other)?;
    let pairs = nodes.into_iter().zip(port::claim(1..=hosts));
    let listening = pairs.map(|(node, port)| node.listen(port.address).map(|()| (node, port)));
    listening.collect()
}

/// The name as the server says it: where no namespace can be made, it is the machine's.
fn name_and_version(node: &Node) -> io::Result<(String, String)> {
    let server = node.call("GET", "/1.0", None)?;
    let text = |field: &str| server["environment"][field].as_str().unwrap_or("unknown");
    let (name, version) = (text("server_name"), text("server_version"));
    Ok((name.to_owned(), version.to_owned()))
}
