//! Enrolment: has LXD trust our own certificate, with the token or password of the credential.

use super::{Connection, Error, ErrorKind, Server, is_conflict, reach::Remembered};
use crate::{
    credential::{Credential, Enrolment, TokenKind, WhyRefused},
    x509::certificate::{Certificate, Unfit},
};

/// What to do about an LXD that does not trust us, as it said in `untrusted`. Whatever it answers, it is asked once more
/// who we are: another unit may have been faster, with the same token.
///
/// # Errors
/// `untrusted` if there is nothing that could be done; [`ErrorKind::NotEnrolled`] if LXD does not want it; and whatever a
/// request can meet.
pub(super) fn enrol(
    connection: &Connection,
    credential: &Credential,
    remembered: &Remembered<'_>,
    now: i64,
    untrusted: Error,
) -> Result<Server, Error> {
    let may = is_valid(&credential.own, now);
    let Some(enrolment) = credential.enrolment.as_ref().filter(|_| may) else {
        return Err(untrusted);
    };
    let refused = |why, words: &str| {
        let (what, words) = (enrolment.to_string(), words.to_owned());
        let kind = ErrorKind::NotEnrolled { what, why, words };
        Error::new("POST", "/1.0/certificates", kind)
    };
    if let Some(before) = remembered.refused
        && credential.attempt().as_ref() == Some(&before.attempt)
    {
        return Err(refused(before.why, "it is not tried again"));
    }
    let answer = ask(connection, enrolment, credential, &remembered.names);
    match (connection.reader().server(), answer) {
        (Ok(server), _) => {
            tracing::info!(
                "LXD at {} trusts our certificate {} now, by a {enrolment}",
                connection.endpoint().address(),
                credential.fingerprint()
            );
            Ok(server)
        }
        (Err(error), _) if !matches!(error.kind(), ErrorKind::Untrusted) => Err(error),
        (Err(_), Ok(())) => Err(refused(
            WhyRefused::Other,
            "it took the certificate, and does not trust it",
        )),
        (Err(_), Err(error)) => Err(match why(enrolment, &error) {
            Some(why) => refused(why, &error.words()),
            None => error,
        }),
    }
}

/// A token brings its own name. To a name that is taken LXD says the same as to a certificate that is there; if it was
/// that one, the next request finds us trusted.
fn ask(
    connection: &Connection,
    enrolment: &Enrolment,
    credential: &Credential,
    names: &[String; 2],
) -> Result<(), Error> {
    let [usual, other] = names;
    let ask = |name| connection.writer().enrol(enrolment, &credential.own, name);
    match ask(usual) {
        Err(error) if is_conflict(&error) && matches!(enrolment, Enrolment::Password(_)) => {
            ask(other)
        }
        answer => answer,
    }
}

/// Why LXD does not want it; `None` where it may want it later. LXD 5.0 says 500 to a token that has expired, LXD 5.21
/// and 6 do so to each unknown token of an identity, and LXD 6 says 501 to a password.
fn why(enrolment: &Enrolment, error: &Error) -> Option<WhyRefused> {
    let (status, words) = match error.kind() {
        ErrorKind::Forbidden(words) => (403, words),
        ErrorKind::Refused { status, words } | ErrorKind::Busy { status, words } => {
            (*status, words)
        }
        _ => return None,
    };
    let token = match enrolment {
        Enrolment::Token(token) => Some(TokenKind::of(token.reveal())),
        Enrolment::Password(_) => None,
    };
    let says = |part: &str| words.contains(part);
    Some(match (status, token) {
        (501, None) => WhyRefused::NoPasswords,
        (409, _) => WhyRefused::NameTaken,
        (_, Some(TokenKind::Cluster)) => WhyRefused::ClusterToken,
        (_, Some(TokenKind::Unreadable)) => WhyRefused::NoToken,
        (_, Some(_)) if says("Token has expired") => WhyRefused::Expired,
        (_, Some(_)) if says("No matching") || says("No pending identities") => WhyRefused::Spent,
        (500.., _) if status != 501 => return None,
        _ => WhyRefused::Other,
    })
}

/// LXD would not take it, or would not trust it, and the token would be lost.
fn is_valid(own: &Certificate, now: i64) -> bool {
    !matches!(
        own.unfit(now),
        Some(Unfit::Expired(_) | Unfit::NotYetValid(_))
    )
}
