//! Enrolment: has LXD trust our own certificate, with the token or password of the credential.

use crate::{
    certificate::{Certificate, Unfit},
    credential::Credential,
    lxd::{Connection, Error, Kind, Server},
    request::TextDigest,
};

/// What an enrolment goes by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The name of our own entry, where no token brings one.
    pub name: &'a str,
    /// The attempt that LXD refused before.
    pub refused: Option<&'a TextDigest>,
    /// Now, in seconds after 1970.
    pub now: i64,
}

/// What to do about an LXD that does not trust us, as it said in `untrusted`. Whatever it answers, it is asked once more
/// who we are: another unit may have been faster, with the same token.
///
/// # Errors
/// `untrusted` if there is nothing that could be done; [`Kind::NotEnrolled`] if LXD does not want it; and whatever a
/// request can meet.
pub fn enrol(
    connection: &Connection,
    credential: &Credential,
    terms: Terms<'_>,
    untrusted: Error,
) -> Result<Server, Error> {
    let may = is_valid(&credential.own, terms.now);
    let Some(enrolment) = credential.enrolment.as_ref().filter(|_| may) else {
        return Err(untrusted);
    };
    let refused = |words: &str| {
        let what = enrolment.to_string();
        let words = words.to_owned();
        Error::new(
            "POST",
            "/1.0/certificates",
            Kind::NotEnrolled { what, words },
        )
    };
    if credential.attempt().as_ref() == terms.refused {
        return Err(refused("it is not tried again"));
    }
    let answer = connection
        .writer()
        .enrol(enrolment, &credential.own, terms.name);
    match (connection.reader().server(), answer) {
        (Ok(server), _) => {
            tracing::info!(
                "LXD at {} trusts our certificate {} now, by a {enrolment}",
                connection.endpoint().address(),
                credential.fingerprint()
            );
            Ok(server)
        }
        (Err(error), _) if !matches!(error.kind(), Kind::Untrusted) => Err(error),
        (Err(_), Ok(())) => Err(refused("it took the certificate, and does not trust it")),
        (Err(_), Err(error)) => Err(match error.kind() {
            Kind::Forbidden(words) | Kind::Refused { words, .. } => refused(words),
            Kind::Busy { status, words } if is_final(*status, words) => refused(words),
            _ => error,
        }),
    }
}

/// LXD 6 has no passwords any more, and LXD 5.0 says 500 to a token that has expired.
fn is_final(status: u16, words: &str) -> bool {
    status == 501 || words.contains("expired")
}

/// LXD would not take it, or would not trust it, and the token would be lost.
fn is_valid(own: &Certificate, now: i64) -> bool {
    !matches!(
        own.unfit(now),
        Some(Unfit::Expired(_) | Unfit::NotYetValid(_))
    )
}
