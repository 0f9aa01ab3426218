//! Carries a plan out in LXD, one change after the other: LXD's database serialises writes anyway.

use super::{Error, ErrorKind, is_conflict, session::Session};
use crate::{
    relation::rejection::Reason,
    trust::{
        Entry,
        change::Change,
        confinement::Confinement,
        outcome::Outcome,
        owner::{Owner, Ownership},
    },
    x509::certificate::{Certificate, Fingerprint},
};

/// What became of one change.
pub(crate) enum Done {
    Yes,
    /// The certificate was there already, with this entry that lets a client in.
    Found(Entry),
    Refused(Reason),
}

/// Carries out the changes. What one certificate cannot do does not stop the others; what LXD cannot do at all does.
#[must_use]
pub fn apply(changes: Vec<Change>, owner: &Owner, session: &Session) -> (Outcome, Option<Error>) {
    let mut outcome = Outcome::default();
    let mut failure = None;
    let mut changes = changes.into_iter();
    for change in changes.by_ref() {
        let fingerprint = change.fingerprint();
        match carry_out(&change, owner, session) {
            Ok(Done::Yes | Done::Found(_)) => {
                if let Change::Register { .. } = change {
                    outcome.trusted.insert(fingerprint);
                }
                tracing::info!("done: {change}");
                outcome.done.push(change);
            }
            Ok(Done::Refused(reason)) => {
                outcome.refused.insert(fingerprint, reason);
            }
            Err(error) if matches!(error.kind(), ErrorKind::Refused { .. }) => {
                tracing::warn!("not done: {change}: {}", crate::error::chain(&error));
                outcome.undone.push(change);
            }
            Err(error) => {
                failure = Some(error);
                outcome.undone.push(change);
                break;
            }
        }
    }
    outcome.undone.extend(changes);
    (outcome, failure)
}

fn carry_out(change: &Change, owner: &Owner, session: &Session) -> Result<Done, Error> {
    match change {
        Change::Register {
            name,
            certificate,
            confinement,
        } => {
            let names = owner.names(name, certificate.fingerprint());
            match register(&names, certificate, confinement, session)? {
                Done::Found(entry) => found(&entry, confinement, owner, session),
                done => Ok(done),
            }
        }
        Change::Rename {
            fingerprint, to, ..
        } => rename(*fingerprint, &owner.names(to, *fingerprint), session),
        Change::Confine {
            fingerprint, to, ..
        } => confine(*fingerprint, to, session),
        Change::Remove { fingerprint, .. } => remove(*fingerprint, session),
    }
}

/// Registers a certificate under the first of `names` that is free. LXD says the same to a certificate that is there
/// and to a name that is taken, so a refusal is settled by reading; and so is a lost answer: LXD commits before it
/// answers.
pub(crate) fn register(
    names: &[String],
    certificate: &Certificate,
    confinement: &Confinement,
    session: &Session,
) -> Result<Done, Error> {
    let fingerprint = certificate.fingerprint();
    let mut words = String::new();
    for name in names {
        let Err(error) = session.writer().add(name, certificate, confinement) else {
            return Ok(Done::Yes);
        };
        let conflict = is_conflict(&error);
        if !conflict && !error.kind().may_have_happened() {
            return match error.kind() {
                ErrorKind::Refused { words, .. } => {
                    Ok(Done::Refused(Reason::Refused(words.clone())))
                }
                _ => Err(error),
            };
        }
        match session.read_back(fingerprint, &error) {
            Ok(Some(entry)) if entry.is_client() => return Ok(Done::Found(entry)),
            Ok(Some(entry)) => return Ok(Done::Refused(Reason::OtherType(entry.kind))),
            Ok(None) if conflict => words = error.words(),
            Ok(None) | Err(_) => return Err(error),
        }
    }
    // Certificates of identities are not among the certificates.
    Ok(Done::Refused(match session.identity(fingerprint)? {
        Some(kind) => Reason::OtherType(kind),
        None => Reason::Refused(format!("{words}; its name is taken by another entry")),
    }))
}

/// What another unit of ours registered meanwhile is brought to what was asked for; all else stays as it is.
fn found(
    entry: &Entry,
    wanted: &Confinement,
    owner: &Owner,
    session: &Session,
) -> Result<Done, Error> {
    let ours = matches!(owner.of(&entry.name), Ownership::Relation(_));
    if ours && entry.confinement != *wanted {
        confine(entry.fingerprint, wanted, session)
    } else {
        Ok(Done::Yes)
    }
}

/// Gives an entry the first of `names` that is free.
pub(crate) fn rename(
    fingerprint: Fingerprint,
    names: &[String],
    session: &Session,
) -> Result<Done, Error> {
    let mut taken = None;
    for name in names {
        let renamed = |entry: Option<&Entry>| entry.is_some_and(|entry| entry.name == *name);
        let result = session.writer().rename(fingerprint, name);
        match settle(result, fingerprint, session, renamed) {
            Err(error) if is_conflict(&error) => taken = Some(error),
            settled => return settled,
        }
    }
    taken.map_or(Ok(Done::Yes), Err)
}

pub(crate) fn confine(
    fingerprint: Fingerprint,
    to: &Confinement,
    session: &Session,
) -> Result<Done, Error> {
    let confined = |entry: Option<&Entry>| entry.is_some_and(|entry| entry.confinement == *to);
    let result = session.writer().confine(fingerprint, to);
    settle(result, fingerprint, session, confined)
}

pub(crate) fn remove(fingerprint: Fingerprint, session: &Session) -> Result<Done, Error> {
    let gone = |entry: Option<&Entry>| entry.is_none();
    settle(
        session.writer().remove(fingerprint),
        fingerprint,
        session,
        gone,
    )
}

/// A write that may have happened is done if the entry is then as it should be.
fn settle(
    result: Result<(), Error>,
    fingerprint: Fingerprint,
    session: &Session,
    is_done: impl Fn(Option<&Entry>) -> bool,
) -> Result<Done, Error> {
    match result {
        Ok(()) => Ok(Done::Yes),
        Err(error) if error.kind().may_have_happened() => {
            match session.read_back(fingerprint, &error) {
                Ok(entry) if is_done(entry.as_ref()) => Ok(Done::Yes),
                _ => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}
