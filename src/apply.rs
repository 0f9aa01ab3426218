//! Carries a plan out in LXD, one step after the other: LXD's database serialises writes anyway.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    certificate::{Certificate, Fingerprint},
    confinement::Confinement,
    entry::Owner,
    lxd::{self, Entry, Error, Kind},
    rejection::Reason,
    session::Session,
    step::Step,
};

/// What came of a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Certificates that LXD confirmed as trusted.
    pub trusted: BTreeSet<Fingerprint>,
    /// Certificates that LXD will not take.
    pub refused: BTreeMap<Fingerprint, Reason>,
    /// Steps that were done.
    pub done: Vec<Step>,
    /// Steps that are still to be done.
    pub undone: Vec<Step>,
    /// Why they are, if it is one thing that stopped all of them.
    pub failure: Option<Error>,
}

/// What became of one step.
pub(crate) enum Done {
    Yes,
    Refused(Reason),
}

/// Carries out the steps. What one certificate cannot do does not stop the others; what LXD cannot do at all does.
#[must_use]
pub fn apply(steps: Vec<Step>, owner: &Owner, session: &Session) -> Outcome {
    let mut outcome = Outcome::default();
    let mut steps = steps.into_iter();
    for step in steps.by_ref() {
        let fingerprint = step.fingerprint();
        match carry_out(&step, owner, session) {
            Ok(Done::Yes) => {
                if let Step::Register { .. } = step {
                    outcome.trusted.insert(fingerprint);
                }
                tracing::info!("done: {step}");
                outcome.done.push(step);
            }
            Ok(Done::Refused(reason)) => {
                outcome.refused.insert(fingerprint, reason);
            }
            Err(error) if matches!(error.kind(), Kind::Refused { .. }) => {
                tracing::warn!("not done: {step}: {}", crate::error::chain(&error));
                outcome.undone.push(step);
            }
            Err(error) => {
                outcome.failure = Some(error);
                outcome.undone.push(step);
                break;
            }
        }
    }
    outcome.undone.extend(steps);
    outcome
}

fn carry_out(step: &Step, owner: &Owner, session: &Session) -> Result<Done, Error> {
    match step {
        Step::Register {
            name,
            certificate,
            confinement,
        } => register(&owner.name(name), certificate, confinement, session),
        Step::Rename {
            fingerprint, to, ..
        } => rename(*fingerprint, &owner.name(to), session),
        Step::Confine {
            fingerprint, to, ..
        } => confine(*fingerprint, to, session),
        Step::Remove { fingerprint, .. } => remove(*fingerprint, session),
    }
}

/// A lost answer or a duplicate is settled by reading: LXD commits before it answers.
pub(crate) fn register(
    name: &str,
    certificate: &Certificate,
    confinement: &Confinement,
    session: &Session,
) -> Result<Done, Error> {
    let Err(error) = session.writer().add(name, certificate, confinement) else {
        return Ok(Done::Yes);
    };
    let duplicate = lxd::is_duplicate(&error);
    if !duplicate && !error.kind().may_have_happened() {
        return match error.kind() {
            Kind::Refused { words, .. } => Ok(Done::Refused(Reason::Refused(words.clone()))),
            // LXD 5.21 and later do not say otherwise that its own authority did not issue a certificate.
            Kind::Forbidden(words) if session.is_administrator() => {
                Ok(Done::Refused(Reason::Refused(words.clone())))
            }
            _ => Err(error),
        };
    }
    match session.read_back(certificate.fingerprint(), &error) {
        Ok(Some(entry)) if entry.is_client() => Ok(Done::Yes),
        Ok(Some(entry)) => Ok(Done::Refused(Reason::OtherType(entry.kind))),
        Ok(None) if duplicate => Ok(Done::Refused(Reason::Refused(
            "LXD says it is there, but not in the trust store".to_owned(),
        ))),
        Ok(None) | Err(_) => Err(error),
    }
}

pub(crate) fn rename(
    fingerprint: Fingerprint,
    name: &str,
    session: &Session,
) -> Result<Done, Error> {
    let renamed = |entry: Option<&Entry>| entry.is_some_and(|entry| entry.name == name);
    let result = session.writer().rename(fingerprint, name);
    settle(result, fingerprint, session, renamed)
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
