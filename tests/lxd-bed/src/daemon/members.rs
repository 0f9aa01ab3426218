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
        Client::new(address, &self.member_certificate_pem(index), credential)
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

    /// What the list of members says of one from now on: `Online`, `Offline`, `Blocked`, from LXD
    /// 5.0 on and in Incus `Evacuated`, in LXD 3.0 `Broken`. Before, a simulated member is Offline
    /// while it is killed and Online else. One that is frozen holds up all writes unless it is
    /// known to be Offline.
    ///
    /// A real one can be made Evacuated, as an operator would do it, and in Incus Blocked, by a word
    /// in the database that it is older than the others; Online takes either back. It is Offline some time
    /// after it was killed.
    ///
    /// # Panics
    ///
    /// If members of this server are never that, or cannot be made so.
    pub fn set_member_status(&self, index: usize, status: &str) {
        self.server.set_member_status(index, status);
    }

    /// Takes one member, which has to be up, out of the cluster. Its address then answers as a
    /// server that stands alone: with another certificate and an empty trust store.
    /// [`Daemon::members`] goes on counting it, and everything else that takes an index goes on
    /// meaning the server at that address.
    ///
    /// # Panics
    ///
    /// If there is no cluster, or a real one refuses.
    pub fn remove_member(&self, index: usize) {
        self.server.remove_member(index);
    }

    /// The certificate that one member presents: the same as the others', unless it was removed.
    pub fn member_certificate_pem(&self, index: usize) -> String {
        self.server.member_certificate_pem(index)
    }

    /// Whether that member honours the certificate with that whole fingerprint by now. A real one
    /// is asked for its plain list, which comes from memory.
    ///
    /// # Panics
    ///
    /// If the member does not answer.
    pub fn member_trusts(&self, index: usize, fingerprint: &str) -> bool {
        match self.server.simulation() {
            Some(simulation) => simulation.member_trusts(index, fingerprint),
            None => self.member_lists(index, fingerprint),
        }
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
        let simulation = self.server.simulation()?;
        Some(simulation.member_requests(index))
    }

    /// Makes something go wrong on one member, so many times.
    ///
    /// # Panics
    ///
    /// On a real LXD, which does nothing on demand.
    pub fn member_fault(&self, index: usize, fault: Fault, matching: Matching, times: Times) {
        let faults = self.simulation().faults(index);
        faults.add(fault, matching, times);
    }
}
