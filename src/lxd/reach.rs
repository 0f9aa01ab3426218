//! How LXD is reached: at the credential's endpoint, or else through another member of its cluster; and that it trusts us.

use super::{Connection, Error, ErrorKind, Member, Server, enrol};
use crate::{
    credential::{Credential, RefusedEnrolment, endpoint::Endpoint},
    deadline::Deadlines,
    error::Class,
    x509::certificate::Fingerprint,
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

/// What is remembered that helps to get in.
#[derive(Debug)]
pub struct Remembered<'a> {
    /// The names that our own entry may have, where no token brings one; the first that is free is taken.
    pub names: [String; 2],
    /// The attempt to enrol that LXD refused before.
    pub refused: Option<&'a RefusedEnrolment>,
    /// The other nodes of this LXD, each with the certificate that it must present.
    pub others: Vec<(Endpoint, Fingerprint)>,
}

/// Asks at the credential's endpoint. If it does not answer, the other members of its cluster are tried, as far as they
/// are `remembered`. If it does not trust us and the credential has the means, it is made to. `now` is in seconds after
/// 1970.
///
/// # Errors
/// [`ErrorKind::Untrusted`], and whatever else a request can meet.
pub fn reach(
    credential: &Credential,
    remembered: &Remembered<'_>,
    deadlines: &Deadlines,
    now: i64,
) -> Result<Reached, Error> {
    let to_reach = deadlines.to_reach();
    let reached = first(credential, remembered, &to_reach, now).or_else(|error| {
        let others = match error.kind().class() {
            Class::Transient => remembered.others.as_slice(),
            Class::Operator => &[],
        };
        let mut others = others.iter();
        others
            .find_map(|(endpoint, server)| known(credential, endpoint, *server, &to_reach).ok())
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
/// [`ErrorKind::Untrusted`], and whatever else a request can meet.
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
    remembered: &Remembered<'_>,
    deadlines: &Deadlines,
    now: i64,
) -> Result<Reached, Error> {
    let connection = Connection::new(credential, &credential.endpoint, None, deadlines)?;
    let server = match connection.reader().server() {
        Err(error) if matches!(error.kind(), ErrorKind::Untrusted) => {
            enrol::enrol(&connection, credential, remembered, now, error)?
        }
        answer => answer?,
    };
    Reached::new(connection, server)
}
