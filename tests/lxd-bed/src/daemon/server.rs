//! What servers of both kinds do.

use std::fmt::Debug;
use std::net::SocketAddr;

use super::{Member, Snapshot, TrustEntry};

/// What a server does, real or simulated. A [`super::Daemon`] is one.
pub trait Server: Debug + Send + Sync {
    /// Where it listens. The same after [`Server::stop`] and [`Server::start`].
    fn address(&self) -> SocketAddr;

    /// The server's name.
    fn name(&self) -> &str;

    /// The server's version, such as `5.0.2`.
    fn version(&self) -> &str;

    /// The certificate that belongs to the server.
    fn server_certificate_pem(&self) -> String {
        self.member_certificate_pem(0)
    }

    /// Gives the server another certificate. A cluster of LXD 5.0 or later, or of Incus, changes it
    /// on all members while it runs; every other server is restarted for it.
    fn renew_certificate(&self);

    /// Everything in the trust store, sorted by fingerprint.
    fn trust_list(&self) -> Vec<TrustEntry>;

    /// The entry with that whole fingerprint.
    fn entry(&self, fingerprint: &str) -> Option<TrustEntry> {
        let mut entries = self.trust_list().into_iter();
        entries.find(|entry| entry.fingerprint == fingerprint)
    }

    /// Puts an entry into the trust store as it is: also one that the API would refuse.
    fn trust_entry(&self, entry: &TrustEntry);

    /// Takes the certificate with that whole fingerprint out of the trust store.
    fn distrust(&self, fingerprint: &str);

    /// Gives the entry with that whole fingerprint another name.
    fn rename(&self, fingerprint: &str, name: &str);

    /// Makes a project. There is one from the start, `default`.
    fn add_project(&self, name: &str);

    /// Removes a project. Entries that name it are left without it.
    fn remove_project(&self, name: &str);

    /// Issues a token as `lxc config trust add` prints it. Whoever shows it first is trusted under
    /// that name: in these projects only, or, without any list, everywhere.
    ///
    /// # Panics
    ///
    /// On LXD 3.0 and 4.0, which know no tokens.
    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> String;

    /// Whether a server in PKI mode trusts every certificate that its authority issued, also those
    /// that are not in the trust store. At first it does not.
    fn trust_authority(&self, trusted: bool);

    /// Sets the password that makes whoever knows it trusted, or with none takes it away.
    ///
    /// # Panics
    ///
    /// On LXD 6 and Incus, which have none.
    fn set_trust_password(&self, password: Option<&str>);

    /// Ends the server, with all members; connections to it are refused until [`Server::start`].
    fn stop(&self);

    /// Starts it again: same address, same state.
    fn start(&self);

    /// What the server holds now. On a simulated one this costs next to nothing.
    fn snapshot(&self) -> Snapshot;

    /// Makes the server hold again what it held then. A real one is told what differs, as an
    /// administrator would do it; a token that was used meanwhile stays used there. Whether members
    /// live, what they are said to be, faults and the requests taken stay as they are.
    ///
    /// # Panics
    ///
    /// If it is the snapshot of the other kind of server, or a real one refuses.
    fn restore(&self, snapshot: &Snapshot);

    /// The members, in the order in which they joined; [`Server::address`] is the first one's. A
    /// server that stands alone is its only member.
    fn members(&self) -> Vec<Member>;

    /// Ends one member at once; connections to it are refused until [`Server::start_member`].
    fn kill_member(&self, index: usize);

    /// Starts a member again, and waits until it answers: so enough others have to be up.
    fn start_member(&self, index: usize);

    /// Freezes one member: it takes connections and does not answer until [`Server::resume_member`].
    fn pause_member(&self, index: usize);

    /// Lets a frozen member go on.
    fn resume_member(&self, index: usize);

    /// What the list of members says of one from now on: `Online`, `Offline`, `Blocked`, from LXD
    /// 5.0 on and in Incus `Evacuated`, in LXD 3.0 `Broken`. Before, a simulated member is Offline
    /// while it is killed and Online else. One that is frozen holds up all writes unless it is
    /// known to be Offline.
    ///
    /// A real one can be made Evacuated, as an operator would do it, and in Incus Blocked, by a word
    /// in the database that it is older than the others; Online takes either back. It is Offline some
    /// time after it was killed.
    ///
    /// # Panics
    ///
    /// If members of this server are never that, or cannot be made so.
    fn set_member_status(&self, index: usize, status: &str);

    /// Takes one member, which has to be up, out of the cluster. Its address then answers as a
    /// server that stands alone: with another certificate and an empty trust store.
    /// [`Server::members`] goes on counting it, and everything else that takes an index goes on
    /// meaning the server at that address.
    ///
    /// # Panics
    ///
    /// If there is no cluster, or a real one refuses.
    fn remove_member(&self, index: usize);

    /// The certificate that one member presents: the same as the others', unless it was removed.
    fn member_certificate_pem(&self, index: usize) -> String;

    /// Whether that member honours the certificate with that whole fingerprint by now. A real one
    /// is asked for its plain list, which comes from memory.
    ///
    /// # Panics
    ///
    /// If a real member does not answer.
    fn member_trusts(&self, index: usize, fingerprint: &str) -> bool;
}
