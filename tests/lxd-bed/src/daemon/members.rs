//! The members of a cluster, one by one.

use std::net::SocketAddr;

use super::{Daemon, Request};
use crate::certificates::Credential;
use crate::client::Client;
use crate::simulation::{Fault, Matching, Times};

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

    /// What the list of members says of one from now on: `Online`, `Offline`, `Evacuated`,
    /// `Blocked` or `Broken`. Before, a simulated member is Offline while it is killed and Online
    /// else. One that is frozen holds up all writes unless it is known to be Offline.
    ///
    /// # Panics
    ///
    /// On a real server, whose members are what they are.
    pub fn set_member_status(&self, index: usize, status: &str) {
        self.server.set_member_status(index, status);
    }

    /// Whether that member honours the certificate with that whole fingerprint by now. A real one
    /// is asked for its plain list, which comes from memory.
    ///
    /// # Panics
    ///
    /// If the member does not answer.
    pub fn member_trusts(&self, index: usize, fingerprint: &str) -> bool {
        let known = self.server.member_trusts(index, fingerprint);
        known.unwrap_or_else(|| self.member_lists(index, fingerprint))
    }

    fn member_lists(&self, index: usize, fingerprint: &str) -> bool {
        let mut admin = self.member_client(index, Some(self.admin()));
        let list = admin.get("/1.0/certificates");
        let list = list.unwrap_or_else(|error| panic!("member {index}: {error}"));
        let mut paths = list.metadata.as_array().into_iter().flatten();
        paths.any(|path| {
            path.as_str()
                .is_some_and(|path| path.ends_with(fingerprint))
        })
    }

    /// The requests that one member took so far, in order; [`Daemon::requests`] has those of all.
    pub fn member_requests(&self, index: usize) -> Option<Vec<Request>> {
        self.server.member_requests(index)
    }

    /// Makes something go wrong on one member, so many times.
    ///
    /// # Panics
    ///
    /// On a real LXD, which does nothing on demand.
    pub fn member_fault(&self, index: usize, fault: Fault, matching: Matching, times: Times) {
        let faults = self.server.faults(index);
        let faults = faults.expect("only a simulated server can be made to fail");
        faults.add(fault, matching, times);
    }
}
