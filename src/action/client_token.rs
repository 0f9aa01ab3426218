//! `get-client-token`: whoever shows it to LXD first becomes a client of the operator's.

use super::{
    Answer, Look, Refusal, Results,
    client::{Holders, Open, confinement, entry_name},
};
use crate::{
    juju::{self, Parameters},
    lxd::session::Session,
    names,
};

/// Has LXD issue a token under an operator's name.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn get(
    look: &Look<'_>,
    parameters: &Parameters,
    open: impl Open,
) -> Result<Answer, juju::Error> {
    match entry_name(&look.here.owner, &parameters.name) {
        Ok(name) => Ok(open()?.and_then(|session| issued(look, &session, &name, parameters))),
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn issued(look: &Look<'_>, session: &Session, name: &str, parameters: &Parameters) -> Answer {
    if !session.server.issues_tokens {
        return Err(format!(
            "LXD {} has no tokens; give the client's certificate to add-trusted-client, or upgrade LXD to 5.0 or later",
            session.server.version
        )
        .into());
    }
    let wanted = names::projects(&parameters.projects);
    let confinement = confinement(session, &look.view.options.projects(), &wanted)?;
    Holders::of(session, name)?.refuse(None)?;
    let token = session
        .writer()
        .token(name, &confinement)
        .map_err(|error| Refusal::of(&error, session))?;
    tracing::info!("on an operator's request: issued a token for {name}");
    let mut results = Results::default();
    results.set("token", token.text.reveal());
    results.set("expires", &token.expires);
    results.set("addresses", token.addresses.join(", "));
    Ok(results)
}
