//! How LXD is reached: at the credential's endpoint, or else through another member of its cluster; and that it trusts us.

use crate::{
    certificate::Fingerprint,
    credential::Credential,
    deadline::Deadlines,
    endpoint::Endpoint,
    enrol,
    entry::Owner,
    error::Class,
    ledger::{Ground, Ledger},
    lxd::{Connection, Error, Kind, Member, Server},
};

/// A server that was asked and answered, and trusts us.
#[derive(Debug)]
pub struct Reached {
    /// The connection to it.
    pub connection: Connection,
    /// Who it is.
    pub server: Server,
    /// The members of its cluster, if it is one.
    pub members: Vec<Member>,
}

impl Reached {
    fn new(connection: Connection, server: Server) -> Result<Self, Error> {
        let members = if server.clustered {
            connection.reader().members()?
        } else {
            Vec::new()
        };
        Ok(Self {
            connection,
            server,
            members,
        })
    }
}

/// Asks at the credential's endpoint. If it does not answer, the other members of its cluster are tried, as far as the
/// `ledger` knows them from the last success. If it does not trust us and the credential has the means, it is made to,
/// on behalf of `owner`.
///
/// # Errors
/// [`Kind::Untrusted`], and whatever else a request can meet.
pub fn reach(
    credential: &Credential,
    ledger: Option<&Ledger>,
    owner: &Owner,
    deadlines: &Deadlines,
    now: i64,
) -> Result<Reached, Error> {
    let terms = enrol::Terms {
        names: owner.own_names(credential.fingerprint()),
        refused: ledger.and_then(|ledger| ledger.refused.as_ref()),
        now,
    };
    let to_reach = deadlines.to_reach();
    let reached = first(credential, &terms, &to_reach).or_else(|error| {
        let transient = error.kind().class() == Class::Transient;
        let ground = ledger.and_then(|ledger| ledger.ground.as_ref());
        let ways = ground
            .filter(|_| transient)
            .map(|ground| ways(credential, ground));
        ways.into_iter()
            .flatten()
            .find_map(|(endpoint, server)| known(credential, endpoint, server, &to_reach).ok())
            .ok_or(error)
    })?;
    Ok(Reached {
        connection: reached.connection.with_deadlines(deadlines),
        ..reached
    })
}

/// Asks a member that presents the certificate of its cluster.
///
/// # Errors
/// [`Kind::Untrusted`], and whatever else a request can meet.
pub fn known(
    credential: &Credential,
    endpoint: &Endpoint,
    server: Fingerprint,
    deadlines: &Deadlines,
) -> Result<Reached, Error> {
    let connection = Connection::new(credential, endpoint, Some(server), deadlines)?;
    let server = connection.reader().server()?;
    Reached::new(connection, server)
}

fn first(
    credential: &Credential,
    terms: &enrol::Terms<'_>,
    deadlines: &Deadlines,
) -> Result<Reached, Error> {
    let connection = Connection::new(credential, &credential.endpoint, None, deadlines)?;
    let server = match connection.reader().server() {
        Err(error) if matches!(error.kind(), Kind::Untrusted) => {
            enrol::enrol(&connection, credential, terms, error)?
        }
        answer => answer?,
    };
    Reached::new(connection, server)
}

/// The other nodes of an LXD, each with the certificate that it must present: only while endpoint and credential are
/// those of the last success.
pub(crate) fn ways<'a>(
    credential: &Credential,
    known: &'a Ground,
) -> impl Iterator<Item = (&'a Endpoint, Fingerprint)> + use<'a> {
    let same = known.endpoint == credential.endpoint && known.client == credential.fingerprint();
    let others = known.nodes.iter().filter(|node| **node != known.endpoint);
    others
        .filter(move |_| same)
        .map(|node| (node, known.server))
}
