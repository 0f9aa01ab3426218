//! `add-trusted-client` and `remove-trusted-client`: clients of the operator's, which no reconciliation takes away.

use std::fmt::Display;

use super::{Answer, Look, Refusal, Results};
use crate::{
    apply::{self, Done},
    certificate::{Certificate, Fingerprint},
    confinement::{self, Confinement, OPTION, Projects, Restriction, list},
    demand,
    entry::{EntryName, Owner, Ownership},
    juju::{self, Parameters},
    lxd::{Entry, Error},
    rejection::Reason,
    request::Request,
    session::Session,
    status,
};

/// The longest name that an operator may give, in characters.
const LONGEST_NAME: usize = 64;

/// Opens a session when the parameters have turned out to be right.
pub(super) trait Open: FnOnce() -> Result<Result<Session, Refusal>, juju::Error> {}
impl<F: FnOnce() -> Result<Result<Session, Refusal>, juju::Error>> Open for F {}

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
    let wanted = confinement::projects(&parameters.projects);
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
    let confinement = confinement(session, &look.first.options.projects(), wanted)?;
    match entry(session, fingerprint)? {
        Some(entry) => take_over(&look.here.owner, session, &entry, name, &confinement)?,
        None => {
            if let Some(unfit) = certificate.unfit(look.here.now) {
                return Err(Reason::Unfit(unfit).to_string().into());
            }
            let result = apply::register(name, certificate, &confinement, session);
            done(
                result,
                session,
                format_args!("trusted {certificate:?} as {name}"),
            )?;
        }
    }
    let mut results = Results::default();
    results.set("fingerprint", fingerprint);
    Ok(results)
}

/// An entry of ours becomes the operator's; anybody else's is left alone.
fn take_over(
    owner: &Owner,
    session: &Session,
    entry: &Entry,
    name: &str,
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
    if entry.name != name {
        let result = apply::rename(fingerprint, name, session);
        done(
            result,
            session,
            format_args!("renamed {fingerprint} to {name}"),
        )?;
    }
    if entry.confinement != *confinement {
        let result = apply::confine(fingerprint, confinement, session);
        done(
            result,
            session,
            format_args!("restricted {name} {confinement}"),
        )?;
    }
    Ok(())
}

/// Takes an operator's client away, or hands it back to the relation that asks for it.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn remove(
    look: &Look<'_>,
    parameters: &Parameters,
    open: impl Open,
) -> Result<Answer, juju::Error> {
    let text = parameters.fingerprint.trim().replace(':', "");
    let Ok(fingerprint) = text.parse() else {
        let words = format!(
            "{text:?} is not a fingerprint; give all 64 hexadecimal digits, as list-certificates shows them"
        );
        return Ok(Err(words.into()));
    };
    Ok(open()?.and_then(|session| removed(look, &session, fingerprint)))
}

fn removed(look: &Look<'_>, session: &Session, fingerprint: Fingerprint) -> Answer {
    let owner = &look.here.owner;
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
    let option = look.first.options.projects();
    let restriction = session
        .restriction(&option, true)
        .map_err(|error| Refusal::of(&error, session))?;
    let summary = match (asker(look, fingerprint), restriction.for_relations()) {
        (Some(asker), Some(confinement)) => {
            take_over(owner, session, &entry, &owner.name(&asker), &confinement)?;
            format!(
                "handed over to relation {} with {}, which asks for it",
                asker.relation, asker.consumer
            )
        }
        _ => {
            let result = apply::remove(fingerprint, session);
            done(
                result,
                session,
                format_args!("removed {fingerprint} {}", entry.name),
            )?;
            "removed".to_owned()
        }
    };
    let mut results = Results::default();
    results.set("fingerprint", fingerprint);
    results.set("summary", summary);
    Ok(results)
}

/// The lowest relation that asks for a certificate.
fn asker(look: &Look<'_>, fingerprint: Fingerprint) -> Option<EntryName> {
    let demand = demand::demand(look.ledger.as_ref(), &look.first.sight, look.scope);
    let askers = demand.ledger.askers();
    askers.get(&fingerprint)?.first().cloned()
}

/// The full name of an operator's entry.
pub(super) fn entry_name(owner: &Owner, name: &str) -> Result<String, Refusal> {
    let inner = |c: char| c.is_ascii_alphanumeric() || "._@-".contains(c);
    let first = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if first && name.len() <= LONGEST_NAME && name.chars().all(inner) {
        return Ok(owner.operators(name));
    }
    Err(format!(
        "{name:?} is not a name; give up to {LONGEST_NAME} of A-Z a-z 0-9 . _ @ -, a letter or digit first"
    )
    .into())
}

/// One certificate, judged with the words of a rejection.
fn certificate(text: &str) -> Result<Certificate, Refusal> {
    let request = Request::parse(Some(text));
    if let Some((_, reason)) = request.faults.first() {
        return Err(reason.to_string().into());
    }
    let mut found = request.texts.into_iter().flat_map(|text| text.certificates);
    match (found.next(), found.next()) {
        (Some(certificate), None) => Ok(certificate),
        (None, _) => Err(Reason::NotACertificate("no PEM certificate in it")
            .to_string()
            .into()),
        (Some(_), Some(_)) => Err("several certificates; give one at a time".to_owned().into()),
    }
}

/// What the entry of an operator's client may do: what `restrict_to_projects` allows, or less.
pub(super) fn confinement(
    session: &Session,
    option: &Projects,
    wanted: &Projects,
) -> Result<Confinement, Refusal> {
    let beyond: Projects = wanted.difference(option).cloned().collect();
    if !option.is_empty() && !beyond.is_empty() {
        return Err(format!(
            "{} is beyond {OPTION}, which is {}; give projects of those only, or none",
            list(&beyond),
            list(option)
        )
        .into());
    }
    let asked = if wanted.is_empty() { option } else { wanted };
    let restriction = session
        .restriction(asked, true)
        .map_err(|error| Refusal::of(&error, session))?;
    match restriction {
        Restriction::Open => Ok(Confinement::Nothing),
        Restriction::To(projects) => Ok(Confinement::To(projects)),
        Restriction::Missing { missing, .. } => Err(format!(
            "Unknown projects: {}; make them with: lxc project create",
            list(&missing)
        )
        .into()),
        Restriction::Impossible => Err(status::cannot_restrict(&session.server.version)
            .message
            .into()),
    }
}

fn entry(session: &Session, fingerprint: Fingerprint) -> Result<Option<Entry>, Refusal> {
    let entry = session.reader().certificate(fingerprint);
    entry.map_err(|error| Refusal::of(&error, session))
}

/// Logs what was done, or tells why it was not.
fn done(result: Result<Done, Error>, session: &Session, what: impl Display) -> Result<(), Refusal> {
    match result {
        Ok(Done::Yes) => {
            tracing::info!("on an operator's request: {what}");
            Ok(())
        }
        Ok(Done::Refused(reason)) => Err(reason.to_string().into()),
        Err(error) => Err(Refusal::of(&error, session)),
    }
}
