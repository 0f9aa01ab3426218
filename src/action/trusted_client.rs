//! `add-trusted-client` and `remove-trusted-client`: clients of the operator's, which no reconciliation takes away.

use std::fmt::Display;

use super::{
    Answer, Look, Refusal, Results,
    client::{Holders, Open, confinement, entry_name},
};
use crate::{
    decision::demand,
    hook::status::count,
    juju::{self, Parameters},
    lxd::{
        Error,
        apply::{self, Done},
        session::Session,
    },
    names::{self, Projects},
    relation::{rejection::Reason, request::Request},
    trust::{
        Entry,
        confinement::Confinement,
        owner::{Owner, Ownership, Requirer},
    },
    x509::certificate::{Certificate, Fingerprint},
};

/// Has LXD trust a client under an operator's name.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn add(
    look: &Look<'_>,
    parameters: &Parameters,
    open: impl Open,
) -> Result<Answer, juju::Error> {
    let name = entry_name(&look.here.owner, &parameters.name);
    let checked = name.and_then(|name| Ok((name, certificate(&parameters.cert)?)));
    let (name, certificate) = match checked {
        Ok(checked) => checked,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let wanted = names::projects(&parameters.projects);
    Ok(open()?.and_then(|session| added(look, &session, &name, &certificate, &wanted)))
}

fn added(
    look: &Look<'_>,
    session: &Session,
    name: &str,
    certificate: &Certificate,
    wanted: &Projects,
) -> Answer {
    let fingerprint = certificate.fingerprint();
    if fingerprint == session.credential.fingerprint() {
        let words = "this is the charm's own certificate; it is trusted, and stays as it is";
        return Err(words.to_owned().into());
    }
    let confinement = confinement(session, &look.view.options.projects(), wanted)?;
    let own = entry(session, fingerprint)?;
    Holders::of(session, name)?.refuse(own.as_ref())?;
    let owner = &look.here.owner;
    let names = [name.to_owned()];
    match own {
        Some(entry) => take_over(owner, session, &entry, &names, &confinement)?,
        None => {
            if let Some(unfit) = certificate.unfit(look.here.now) {
                return Err(Reason::Unfit(unfit).to_string().into());
            }
            let result = apply::register(&names, certificate, &confinement, session);
            let what = format_args!("trusted {certificate:?} as {name}");
            if let Some(entry) = done(result, session, what)? {
                take_over(owner, session, &entry, &names, &confinement)?;
            }
        }
    }
    let mut results = Results::default();
    results.set("fingerprint", fingerprint);
    Ok(results)
}

/// An entry of ours gets the first of `names` that is free; anybody else's is left alone.
fn take_over(
    owner: &Owner,
    session: &Session,
    entry: &Entry,
    names: &[String],
    confinement: &Confinement,
) -> Result<(), Refusal> {
    let fingerprint = entry.fingerprint;
    if !entry.is_client() {
        return Err(Reason::OtherType(entry.kind.clone()).to_string().into());
    }
    if owner.of(&entry.name) == Ownership::Foreign {
        return Err(format!(
            "{fingerprint} is in the trust store as {:?}, which this charm did not make: it is left as it is; \
             to have it managed here, first do: lxc config trust remove {fingerprint}",
            entry.name
        )
        .into());
    }
    if !names.contains(&entry.name) {
        let result = apply::rename(fingerprint, names, session);
        let name = names.first().map_or("", String::as_str);
        done(
            result,
            session,
            format_args!("renamed {fingerprint} to {name}"),
        )?;
    }
    if entry.confinement != *confinement {
        let result = apply::confine(fingerprint, confinement, session);
        let what = format_args!("restricted {fingerprint} {confinement}");
        done(result, session, what)?;
    }
    Ok(())
}

/// Takes an operator's client away, or hands it back to the relation that asks for it. By name also what waits for the
/// client: a token that nobody has shown yet.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn remove(
    look: &Look<'_>,
    parameters: &Parameters,
    open: impl Open,
) -> Result<Answer, juju::Error> {
    let (text, name) = (parameters.fingerprint.trim(), parameters.name.as_str());
    let checked = match (text.is_empty(), name.is_empty()) {
        (false, true) => fingerprint(text).map(Whom::Fingerprint),
        (true, false) => entry_name(&look.here.owner, name).map(Whom::Name),
        _ => Err("give either fingerprint or name".to_owned().into()),
    };
    match checked {
        Ok(Whom::Fingerprint(fingerprint)) => {
            Ok(open()?.and_then(|session| removed(look, &session, fingerprint)))
        }
        Ok(Whom::Name(name)) => {
            Ok(open()?.and_then(|session| removed_by_name(look, &session, &name)))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Who is to be removed.
enum Whom {
    Fingerprint(Fingerprint),
    /// The full name of an operator's entry or token.
    Name(String),
}

fn fingerprint(text: &str) -> Result<Fingerprint, Refusal> {
    text.replace(':', "").parse().map_err(|_| {
        format!(
            "{text:?} is not a fingerprint; give all 64 hexadecimal digits, as list-certificates shows them"
        )
        .into()
    })
}

fn removed_by_name(look: &Look<'_>, session: &Session, name: &str) -> Answer {
    session
        .require_rights(false)
        .map_err(|error| Refusal::of(&error, session))?;
    let Holders { entries, tokens } = Holders::of(session, name)?;
    for token in &tokens {
        let cancelled = session.writer().cancel(token);
        cancelled.map_err(|error| Refusal::of(&error, session))?;
        tracing::info!("on an operator's request: took back the token for {name}");
    }
    let tokens = match tokens.len() {
        0 => None,
        tokens => Some(format!("{} taken back", count(tokens, "waiting token"))),
    };
    match (entries.as_slice(), tokens) {
        ([], None) => Err(format!(
            "there is no client and no waiting token of this name ({name}); list-certificates shows the clients"
        )
        .into()),
        ([], Some(tokens)) => {
            let mut results = Results::default();
            results.set("summary", tokens);
            Ok(results)
        }
        ([entry], tokens) => removed(look, session, entry.fingerprint).map(|mut results| {
            if let Some(tokens) = tokens {
                results.note(tokens);
            }
            results
        }),
        (several, _) => {
            let fingerprints: Vec<String> =
                several.iter().map(|entry| entry.fingerprint.to_string()).collect();
            Err(format!(
                "several clients have this name; give one of their fingerprints: {}",
                fingerprints.join(", ")
            )
            .into())
        }
    }
}

fn removed(look: &Look<'_>, session: &Session, fingerprint: Fingerprint) -> Answer {
    let owner = &look.here.owner;
    let option = look.view.options.projects();
    let refusal = |error: Error| Refusal::of(&error, session);
    session
        .require_rights(!option.is_empty())
        .map_err(refusal)?;
    let entry = entry(session, fingerprint)?.ok_or_else(|| {
        format!("{fingerprint} is not in the trust store; list-certificates shows what is")
    })?;
    if !entry.is_client() || owner.of(&entry.name) != Ownership::Operator {
        return Err(format!(
            "{fingerprint} is {:?}; only what add-trusted-client or get-client-token made can be removed",
            entry.name
        )
        .into());
    }
    let restriction = session.restriction(&option, true).map_err(refusal)?;
    let summary = match (asker(look, fingerprint), restriction.for_relations()) {
        (Some(asker), Some(confinement)) => {
            let names = owner.names(&asker, fingerprint);
            take_over(owner, session, &entry, &names, &confinement)?;
            format!(
                "handed over to relation {} with {}, which asks for it",
                asker.relation, asker.application
            )
        }
        _ => {
            let result = apply::remove(fingerprint, session);
            let what = format_args!("removed {fingerprint} {}", entry.name);
            done(result, session, what)?;
            "removed".to_owned()
        }
    };
    let mut results = Results::default();
    results.set("fingerprint", fingerprint);
    results.set("summary", summary);
    Ok(results)
}

/// The lowest relation that asks for a certificate.
fn asker(look: &Look<'_>, fingerprint: Fingerprint) -> Option<Requirer> {
    let demand = demand::demand(look.view.ledger.as_ref(), &look.view.observed, look.scope);
    let askers = demand.ledger.askers();
    askers.get(&fingerprint)?.first().cloned()
}

/// One certificate, judged with the words of a rejection.
fn certificate(text: &str) -> Result<Certificate, Refusal> {
    let Request { texts, faults, .. } = Request::of_text(text);
    if let Some((_, reason)) = faults.first() {
        return Err(reason.to_string().into());
    }
    let count: usize = texts
        .iter()
        .map(|text| text.certificates.len() + text.authorities)
        .sum();
    let mut found = texts.into_iter().flat_map(|text| text.certificates);
    match found.next() {
        Some(certificate) if count == 1 => Ok(certificate),
        // Without one there was a fault.
        _ => Err("several certificates; give one at a time".to_owned().into()),
    }
}

fn entry(session: &Session, fingerprint: Fingerprint) -> Result<Option<Entry>, Refusal> {
    let entry = session.reader().certificate(fingerprint);
    entry.map_err(|error| Refusal::of(&error, session))
}

/// Logs what was done, or tells why it was not. What was there already is returned.
fn done(
    result: Result<Done, Error>,
    session: &Session,
    what: impl Display,
) -> Result<Option<Entry>, Refusal> {
    match result {
        Ok(Done::Yes) => {
            tracing::info!("on an operator's request: {what}");
            Ok(None)
        }
        Ok(Done::Found(entry)) => Ok(Some(entry)),
        Ok(Done::Refused(reason)) => Err(reason.to_string().into()),
        Err(error) => Err(Refusal::of(&error, session)),
    }
}
