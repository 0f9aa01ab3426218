//! The members of a cluster, one by one.

use std::net::SocketAddr;

use super::Daemon;
use crate::certificates::Credential;
use crate::client::Client;

/// A member of a cluster, or the one server there is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Member {
    /// The server's name.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Member {
    pub(crate) fn new(name: &str, address: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            address,
        }
    }
}

impl Daemon {
    /// The members, in the order in which they joined; [`Daemon::address`] is the first one's. A
    /// server that stands alone is its only member.
    pub fn members(&self) -> Vec<Member> {
        self.server.members()
    }

    /// A client of one member, with that credential or with none.
    pub fn member_client(&self, index: usize, credential: Option<&Credential>) -> Client {
        let address = self.members()[index].address;
        Client::new(address, &self.server_certificate_pem(), credential)
    }

    /// Ends one member at once; connections to it are refused until [`Daemon::start_member`].
    pub fn kill_member(&self, index: usize) {
        self.server.kill_member(index);
    }

    /// Starts a member again, and waits until it answers: so enough others have to be up.
    pub fn start_member(&self, index: usize) {
        self.server.start_member(index);
    }

    /// Freezes one member: it takes connections and does not answer until [`Daemon::resume_member`].
    pub fn pause_member(&self, index: usize) {
        self.server.pause_member(index);
    }

    /// Lets a frozen member go on.
    pub fn resume_member(&self, index: usize) {
        self.server.resume_member(index);
    }
}
