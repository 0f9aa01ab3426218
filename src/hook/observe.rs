//! What a hook sees of Juju before it knows where LXD is. Reads that do not depend on each other run at the same time;
//! nothing is asked twice. No decisions.

use std::thread;

use super::{
    Here,
    at_once::joined,
    environment::Environment,
    look::{all, narrow},
};
use crate::{
    credential::{Credential, CredentialError, Options, SecretRefusal},
    decision::{
        Situation,
        ledger::Ledger,
        memory,
        observed::Observed,
        scope::{Leaving, Scope},
    },
    juju::{Error, Reader},
    values::{Settings, Status},
};

pub use super::look::wide;

/// What a hook sees before it knows where LXD is.
#[derive(Debug)]
pub struct View {
    /// The configuration.
    pub options: Options,
    /// The charm's state.
    pub state: Settings,
    /// The memory in it, if there is one.
    pub ledger: Option<Ledger>,
    /// Whether this unit stays.
    pub leaving: Leaving,
    /// What Juju shows as our status, where it was asked.
    pub status: Option<Status>,
    /// The subject's relation, or all of them.
    pub observed: Observed,
}

impl View {
    /// What the hook knows of itself with it.
    pub(super) fn situation<'a>(
        &'a self,
        here: &'a Here<'_>,
        scope: &'a Scope,
        differs: Option<bool>,
    ) -> Situation<'a> {
        Situation {
            owner: &here.owner,
            scope,
            leaving: self.leaving,
            ledger: self.ledger.as_ref(),
            differs,
            now: here.now,
        }
    }
}

/// Looks at Juju as far as the scope goes.
///
/// # Errors
/// When a hook tool fails for another reason than that a relation is over.
pub fn view(reader: Reader, environment: &Environment, scope: &Scope) -> Result<View, Error> {
    let unit = &environment.unit;
    thread::scope(|threads| {
        let options = threads.spawn(|| reader.options());
        let state = threads.spawn(|| reader.state());
        let status = scope.wide.then(|| threads.spawn(|| reader.status()));
        let remembered = || joined(state).map(|state| (memory::read(&state), state));
        let (observed, goal, (ledger, state)) = if scope.wide {
            let listed = reader.relations();
            let remembered = remembered()?;
            let (observed, goal) = all(reader, environment, listed?, remembered.0.as_ref(), scope)?;
            (observed, goal, remembered)
        } else {
            let goal = scope
                .asks_goal_state
                .then(|| threads.spawn(|| reader.goal()));
            let observed = narrow(reader, unit, &scope.subject);
            (observed?, goal.map(joined).transpose()?, remembered()?)
        };
        Ok(View {
            options: joined(options)?,
            ledger,
            state,
            leaving: match goal {
                Some(goal) => Leaving::of(&goal.units, unit, &scope.subject),
                None => Leaving::No,
            },
            status: status.map(joined).transpose()?,
            observed,
        })
    })
}

/// The credential, from the options with their secret, or the cloud.
///
/// # Errors
/// When the hook tool fails; what is wrong with the credential is the inner result.
pub fn credential(
    reader: Reader,
    options: &Options,
    environment: &Environment,
) -> Result<Result<Credential, CredentialError>, Error> {
    let application = environment.unit.application();
    if !options.any() {
        return Ok(match reader.cloud()? {
            Some(cloud) => cloud.credential(),
            None => Err(CredentialError::NoAccess {
                application: application.to_string(),
            }),
        });
    }
    let uri = match options.secret() {
        Ok(Some(uri)) => uri,
        Ok(None) => return Ok(options.credential(None)),
        Err(problem) => return Ok(Err(problem)),
    };
    let content = if environment.user_secrets {
        reader.secret(&uri)?
    } else {
        Err(SecretRefusal::Unknown)
    };
    Ok(match content {
        Ok(content) => options.credential(Some(&content)),
        Err(refusal) => Err(uri.refused(refusal, application)),
    })
}
