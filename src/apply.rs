//! Carries a plan out in LXD, one step after the other: LXD's database serialises writes anyway.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    certificate::{Certificate, Fingerprint},
    entry::{EntryName, Owner},
    lxd::{self, Error, Kind, Reader, Writer},
    rejection::Reason,
    step::Step,
};

/// What came of a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Certificates that LXD confirmed as trusted.
    pub trusted: BTreeSet<Fingerprint>,
    /// Certificates that LXD will not take.
    pub refused: BTreeMap<Fingerprint, Reason>,
    /// Steps that are still to be done.
    pub undone: Vec<Step>,
    /// Why they are, if it is one thing that stopped all of them.
    pub failure: Option<Error>,
}

/// What became of one step.
enum Done {
    Yes,
    Refused(Reason),
}

/// Carries out the steps. What one certificate cannot do does not stop the others; what LXD cannot do at all does.
#[must_use]
pub fn apply(steps: Vec<Step>, owner: &Owner, reader: Reader<'_>, writer: Writer<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let mut steps = steps.into_iter();
    for step in steps.by_ref() {
        let fingerprint = step.fingerprint();
        match carry_out(&step, owner, reader, writer) {
            Ok(Done::Yes) => {
                if let Step::Register { .. } = step {
                    outcome.trusted.insert(fingerprint);
                }
                tracing::info!("done: {step}");
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

fn carry_out(
    step: &Step,
    owner: &Owner,
    reader: Reader<'_>,
    writer: Writer<'_>,
) -> Result<Done, Error> {
    match step {
        Step::Register { name, certificate } => {
            register(&owner.name(name), certificate, reader, writer)
        }
        Step::Rename {
            fingerprint, to, ..
        } => rename(*fingerprint, to, owner, reader, writer),
        Step::Remove { fingerprint, .. } => remove(*fingerprint, reader, writer),
    }
}

/// A lost answer or a duplicate is settled by reading: LXD commits before it answers.
fn register(
    name: &str,
    certificate: &Certificate,
    reader: Reader<'_>,
    writer: Writer<'_>,
) -> Result<Done, Error> {
    let Err(error) = writer.add(name, certificate) else {
        return Ok(Done::Yes);
    };
    let duplicate = lxd::is_duplicate(&error);
    if !duplicate && !error.kind().may_have_happened() {
        return match error.kind() {
            Kind::Refused { words, .. } => Ok(Done::Refused(Reason::Refused(words.clone()))),
            _ => Err(error),
        };
    }
    match reader.certificate(certificate.fingerprint()) {
        Ok(Some(entry)) if entry.is_client() => Ok(Done::Yes),
        Ok(Some(entry)) => Ok(Done::Refused(Reason::OtherType(entry.kind))),
        Ok(None) if duplicate => Ok(Done::Refused(Reason::Refused(
            "LXD says it is there, but not in the trust store".to_owned(),
        ))),
        Ok(None) | Err(_) => Err(error),
    }
}

fn rename(
    fingerprint: Fingerprint,
    to: &EntryName,
    owner: &Owner,
    reader: Reader<'_>,
    writer: Writer<'_>,
) -> Result<Done, Error> {
    let name = owner.name(to);
    match writer.rename(fingerprint, &name) {
        Err(error) if error.kind().may_have_happened() => match reader.certificate(fingerprint) {
            Ok(Some(entry)) if entry.name == name => Ok(Done::Yes),
            _ => Err(error),
        },
        result => result.map(|()| Done::Yes),
    }
}

fn remove(fingerprint: Fingerprint, reader: Reader<'_>, writer: Writer<'_>) -> Result<Done, Error> {
    match writer.remove(fingerprint) {
        Err(error) if error.kind().may_have_happened() => match reader.certificate(fingerprint) {
            Ok(None) => Ok(Done::Yes),
            _ => Err(error),
        },
        result => result.map(|()| Done::Yes),
    }
}
