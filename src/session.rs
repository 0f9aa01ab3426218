//! One hook's dealings with LXD: the connection, what is read over it, and what is said when that does not work.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    certificate::Fingerprint,
    credential::{Credential, CredentialError},
    deadline::Deadlines,
    error::{Class, chain},
    interface::Nodes,
    juju::Status,
    ledger::Ground,
    lxd::{Connection, Entry, Error, Kind, Member, Server},
    status,
    store::Store,
};

/// From so many certificates on, one listing is cheaper than asking for each.
const MOST_READS: usize = 8;

/// Why LXD could not be worked with.
#[derive(Debug)]
pub struct Problem {
    /// What `juju status` shows.
    pub status: Status,
    /// The whole of it, for the log.
    pub detail: String,
    /// Who has to do something about it.
    pub class: Class,
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        Self {
            status: status::no_credential(&error),
            detail: chain(&error),
            class: Class::Operator,
        }
    }
}

/// An LXD that answers and trusts us.
#[derive(Debug)]
pub struct Session {
    /// Who we are there.
    pub credential: Credential,
    /// The connection.
    pub connection: Connection,
    /// Who answers.
    pub server: Server,
    /// The members of its cluster, if it is one.
    members: Vec<Member>,
    /// When the hook began, in seconds after 1970.
    now: i64,
}

impl Session {
    /// Connects, and sees that LXD trusts us.
    ///
    /// # Errors
    /// What is to be said about an LXD that does not answer or does not trust us.
    pub fn open(credential: Credential, deadlines: &Deadlines, now: i64) -> Result<Self, Problem> {
        let answer = Connection::new(&credential, deadlines).and_then(|connection| {
            let reader = connection.reader();
            let server = reader.server()?;
            let members = if server.clustered {
                reader.members()?
            } else {
                Vec::new()
            };
            Ok((connection, server, members))
        });
        match answer {
            Ok((connection, server, members)) => Ok(Self {
                credential,
                connection,
                server,
                members,
                now,
            }),
            Err(error) => Err(problem(&error, &credential, now)),
        }
    }

    /// What is to be said about a request that failed.
    #[must_use]
    pub fn problem(&self, error: &Error) -> Problem {
        problem(error, &self.credential, self.now)
    }

    /// What consumers are told of this LXD.
    #[must_use]
    pub fn nodes(&self) -> Nodes {
        Nodes::of(&self.server, &self.credential.endpoint, &self.members)
    }

    /// What is remembered of this LXD.
    #[must_use]
    pub fn ground(&self) -> Ground {
        Ground {
            endpoint: self.credential.endpoint.to_string(),
            server: self.server.fingerprint(),
            version: self.server.version.clone(),
            behind: false,
        }
    }

    /// Reads the entries of these certificates, or of all.
    ///
    /// # Errors
    /// Whatever a request can meet; and [`Kind::Forbidden`] if the whole store shows that our own entry is restricted:
    /// then LXD answers reads, but would not let us change anything.
    pub fn store(&self, interest: &BTreeSet<Fingerprint>, whole: bool) -> Result<Store, Error> {
        let reader = self.connection.reader();
        if !whole && interest.len() <= MOST_READS {
            let mut entries = BTreeMap::new();
            for fingerprint in interest {
                entries.insert(*fingerprint, reader.certificate(*fingerprint)?);
            }
            return Ok(Store {
                whole: false,
                entries,
            });
        }
        let mut entries = BTreeMap::new();
        for entry in reader.certificates()? {
            self.check_rights(&entry)?;
            entries.insert(entry.fingerprint, Some(entry));
        }
        Ok(Store {
            whole: true,
            entries,
        })
    }

    fn check_rights(&self, entry: &Entry) -> Result<(), Error> {
        if entry.restricted && entry.fingerprint == self.credential.fingerprint() {
            let words = "the entry of our own certificate is restricted".to_owned();
            return Err(Error::new("use", &entry.name, Kind::Forbidden(words)));
        }
        Ok(())
    }
}

fn problem(error: &Error, credential: &Credential, now: i64) -> Problem {
    Problem {
        status: status::lxd_problem(error.kind(), credential, now),
        detail: format!("LXD at {}: {}", credential.endpoint.address(), chain(error)),
        class: error.kind().class(),
    }
}
