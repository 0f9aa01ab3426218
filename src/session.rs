//! One hook's dealings with LXD: the connection, what is read over it, and what is said when that does not work.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    certificate::Fingerprint,
    confinement::{Confinement, Projects, Restriction},
    credential::{Credential, CredentialError, RefusedEnrolment},
    deadline::Deadlines,
    entry::Owner,
    error::{Class, chain, with_detail},
    interface::Nodes,
    juju::Status,
    ledger::{Ground, Ledger},
    lxd::{Connection, Entry, Error, Kind, Member, Reader, Server, Writer},
    reach::{self, Reached},
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
    /// It is no surprise: nobody has given a credential yet.
    pub expected: bool,
    /// The trust token or password that LXD refused.
    pub refused: Option<RefusedEnrolment>,
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        Self {
            status: status::no_credential(&error),
            detail: chain(&error),
            class: Class::Operator,
            expected: matches!(error, CredentialError::NoAccess { .. }),
            refused: None,
        }
    }
}

impl Problem {
    /// The status with its whole cause, for the log.
    #[must_use]
    pub fn line(&self) -> String {
        let Status { state, message } = &self.status;
        format!("{state}: {}", with_detail(message, &self.detail))
    }
}

/// An LXD that answers and trusts us.
#[derive(Debug)]
pub struct Session {
    /// Who we are there.
    pub credential: Credential,
    /// Who answers.
    pub server: Server,
    /// The members of its cluster, if it is one.
    members: Vec<Member>,
    /// To the server that answers.
    connection: Connection,
    /// To another member, once that server did not answer any more.
    detour: OnceCell<Connection>,
    deadlines: Deadlines,
    /// When the hook began, in seconds after 1970.
    now: i64,
}

impl Session {
    /// Connects, and sees that LXD trusts us. If the credential's endpoint does not answer, the other members of its
    /// cluster are tried, as far as they are remembered from the last success. Where the endpoint does not trust us and
    /// the credential has the means, it is made to, on behalf of `owner`.
    ///
    /// # Errors
    /// What is to be said about an LXD that does not answer or does not trust us.
    pub fn open(
        credential: Credential,
        ledger: Option<&Ledger>,
        owner: &Owner,
        deadlines: &Deadlines,
        now: i64,
    ) -> Result<Self, Problem> {
        match reach::reach(&credential, ledger, owner, deadlines, now) {
            Ok(Reached {
                connection,
                server,
                members,
            }) => Ok(Self {
                credential,
                server,
                members,
                connection,
                detour: OnceCell::new(),
                deadlines: deadlines.clone(),
                now,
            }),
            Err(error) => Err(problem(&error, &credential, now)),
        }
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
        if matches!(after.kind(), Kind::NoAnswer { .. }) && self.detour.get().is_none() {
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
    pub fn ground(&self, restricted_to: &Projects) -> Ground {
        Ground {
            endpoint: self.credential.endpoint.clone(),
            server: self.server.fingerprint(),
            client: self.credential.fingerprint(),
            nodes: self.nodes().endpoints().cloned().collect(),
            version: self.server.version.clone(),
            restricted_to: restricted_to.clone(),
            behind: false,
        }
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

    /// What is to be said about a restriction that cannot be made as asked for.
    #[must_use]
    pub fn restriction_problem(&self, restriction: &Restriction) -> Option<Problem> {
        let status = match restriction {
            Restriction::Open | Restriction::To(_) => return None,
            Restriction::Missing { missing, .. } => status::unknown_projects(missing),
            Restriction::Impossible => status::cannot_restrict(&self.server.version),
        };
        Some(Problem {
            detail: status.message.clone(),
            status,
            class: Class::Operator,
            expected: false,
            refused: None,
        })
    }

    /// Sees that we may manage the trust store, and know of `projects` where they matter. Where our certificate is that
    /// of a fine-grained identity, what is not shown may be there.
    ///
    /// # Errors
    /// [`Kind::Lacking`] if we may not, and whatever a request can meet.
    pub fn require_rights(&self, projects: bool) -> Result<(), Error> {
        let rights = match self.server.has_identities {
            true => self.reader().rights()?,
            false => None,
        };
        match rights.map(|rights| rights.lacking(projects)) {
            Some(lacking) if !lacking.is_empty() => Err(Error::new(
                "manage",
                "the trust store",
                Kind::Lacking(lacking),
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

    /// What is to be said about a cluster none of whose members can be published.
    #[must_use]
    pub fn address_problem(&self) -> Option<Problem> {
        let status = status::no_usable_address(&self.credential.endpoint.address());
        let urls: Vec<&str> = self
            .members
            .iter()
            .map(|member| member.url.as_str())
            .collect();
        (self.nodes().count() == 0).then(|| Problem {
            detail: format!("{}: {}", status.message, urls.join(", ")),
            status,
            class: Class::Operator,
            expected: false,
            refused: None,
        })
    }

    /// Reads the entries of these certificates, or of all.
    ///
    /// # Errors
    /// Whatever a request can meet; and [`Kind::Forbidden`] if the whole store shows that our own entry is restricted:
    /// then LXD answers reads, but would not let us change anything.
    pub fn store(&self, interest: &BTreeSet<Fingerprint>, whole: bool) -> Result<Store, Error> {
        let reader = self.reader();
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
        if entry.confinement != Confinement::Nothing
            && entry.fingerprint == self.credential.fingerprint()
        {
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
        expected: false,
        refused: match error.kind() {
            Kind::NotEnrolled { why, .. } => credential
                .attempt()
                .map(|attempt| RefusedEnrolment { attempt, why: *why }),
            _ => None,
        },
    }
}
