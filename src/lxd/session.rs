//! One hook's dealings with LXD: the connection, what is read over it, and what is said when that does not work.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    Connection, Error, ErrorKind, Member, Reader, Server, Writer,
    nodes::nodes,
    reach::{self, Reached, Remembered},
};
use crate::{
    credential::Credential,
    deadline::Deadlines,
    names::Projects,
    relation::provider::Nodes,
    trust::{
        Entry,
        confinement::{Confinement, Restriction},
        store::TrustStore,
    },
    x509::certificate::Fingerprint,
};

/// From so many certificates on, one listing is cheaper than asking for each.
const MOST_READS: usize = 8;

/// An LXD that answers and trusts us.
#[derive(Debug)]
pub struct Session {
    /// Who we are there.
    pub credential: Arc<Credential>,
    /// Who answers.
    pub server: Server,
    /// The members of its cluster, if it is one.
    pub members: Vec<Member>,
    /// To the server that answers.
    connection: Connection,
    /// To another member, once that server did not answer any more.
    detour: OnceCell<Connection>,
    deadlines: Deadlines,
    /// When the hook began, in seconds after 1970.
    pub now: i64,
}

impl Session {
    /// Connects, and sees that LXD trusts us. If the credential's endpoint does not answer, the other members of its
    /// cluster are tried, as far as they are remembered. Where the endpoint does not trust us and the credential has the
    /// means, it is made to.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn open(
        credential: &Arc<Credential>,
        remembered: &Remembered<'_>,
        deadlines: &Deadlines,
        now: i64,
    ) -> Result<Self, Error> {
        let Reached {
            connection,
            server,
            members,
        } = reach::reach(credential, remembered, deadlines, now)?;
        Ok(Self {
            credential: Arc::clone(credential),
            server,
            members,
            connection,
            detour: OnceCell::new(),
            deadlines: deadlines.clone(),
            now,
        })
    }

    /// What can be asked.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        self.connection().reader()
    }

    /// What can be changed.
    #[must_use]
    pub fn writer(&self) -> Writer<'_> {
        self.connection().writer()
    }

    fn connection(&self) -> &Connection {
        self.detour.get().unwrap_or(&self.connection)
    }

    /// Reads an entry after a write that failed. If the answer was lost, the server may be frozen: in a cluster another
    /// member is asked from then on, as all of them read the same database.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn read_back(
        &self,
        fingerprint: Fingerprint,
        after: &Error,
    ) -> Result<Option<Entry>, Error> {
        if matches!(after.kind(), ErrorKind::NoAnswer { .. }) && self.detour.get().is_none() {
            let (nodes, server) = (self.nodes(), self.server.fingerprint());
            let to_reach = self.deadlines.to_reach();
            let other = nodes
                .endpoints()
                .filter(|endpoint| *endpoint != self.connection.endpoint())
                .find_map(|endpoint| {
                    reach::known(&self.credential, endpoint, server, &to_reach).ok()
                });
            if let Some(other) = other {
                let connection = other.connection.with_deadlines(&self.deadlines);
                let _ = self.detour.set(connection);
            }
        }
        self.reader().certificate(fingerprint)
    }

    /// What consumers are told of this LXD.
    #[must_use]
    pub fn nodes(&self) -> Nodes {
        let nodes = nodes(&self.server, &self.credential.endpoint, &self.members);
        Nodes::new(nodes, &self.server.certificate)
    }

    /// What `restrict_to_projects` comes to here. A look at the subject alone believes that the projects exist: LXD
    /// refuses to register a certificate for one that does not.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn restriction(&self, asked: &Projects, wide: bool) -> Result<Restriction, Error> {
        if asked.is_empty() {
            Ok(Restriction::Open)
        } else if !self.server.restricts {
            Ok(Restriction::Impossible)
        } else if wide {
            Ok(Restriction::of(asked, &self.reader().projects()?))
        } else {
            Ok(Restriction::To(asked.clone()))
        }
    }

    /// Sees that we may manage the trust store, and know of `projects` where they matter. Where our certificate is that
    /// of a fine-grained identity, what is not shown may be there.
    ///
    /// # Errors
    /// [`ErrorKind::Lacking`] if we may not, and whatever a request can meet.
    pub fn require_rights(&self, projects: bool) -> Result<(), Error> {
        let rights = match self.server.has_identities {
            true => self.reader().rights()?,
            false => None,
        };
        match rights.map(|rights| rights.lacking(projects)) {
            Some(lacking) if !lacking.is_empty() => Err(Error::new(
                "manage",
                "the trust store",
                ErrorKind::Lacking(lacking),
            )),
            _ => Ok(()),
        }
    }

    /// The type of the identity that holds this certificate, on an LXD that has such.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn identity(&self, fingerprint: Fingerprint) -> Result<Option<String>, Error> {
        match self.server.has_identities {
            true => self.reader().identity(fingerprint),
            false => Ok(None),
        }
    }

    /// Reads the entries of these certificates, or of all.
    ///
    /// # Errors
    /// Whatever a request can meet; and [`ErrorKind::Forbidden`] if the whole store shows that our own entry is restricted:
    /// then LXD answers reads, but would not let us change anything.
    pub fn store(
        &self,
        interest: &BTreeSet<Fingerprint>,
        whole: bool,
    ) -> Result<TrustStore, Error> {
        let reader = self.reader();
        if !whole && interest.len() <= MOST_READS {
            let mut entries = BTreeMap::new();
            for fingerprint in interest {
                entries.insert(*fingerprint, reader.certificate(*fingerprint)?);
            }
            return Ok(TrustStore {
                whole: false,
                entries,
            });
        }
        let mut entries = BTreeMap::new();
        for entry in reader.certificates()? {
            self.check_rights(&entry)?;
            entries.insert(entry.fingerprint, Some(entry));
        }
        Ok(TrustStore {
            whole: true,
            entries,
        })
    }

    fn check_rights(&self, entry: &Entry) -> Result<(), Error> {
        if entry.confinement != Confinement::Nothing
            && entry.fingerprint == self.credential.fingerprint()
        {
            let words = "the entry of our own certificate is restricted".to_owned();
            return Err(Error::new("use", &entry.name, ErrorKind::Forbidden(words)));
        }
        Ok(())
    }
}
