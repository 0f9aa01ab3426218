//! What an operator can ask for: `juju run <unit> <action>`. What fails is told with what to do about it; the exit code
//! stays 0, or Juju would show nothing but the code.

mod check;
mod client;
mod client_token;
mod list_certificates;
mod refusal;
mod results;
mod show_nodes;
mod sync;
mod trusted_client;

use refusal::Refusal;
use results::Results;

use crate::{
    event::{Scope, Verdict},
    juju::{self, Parameters, Reader},
    observe::{self, First},
    run::{self, Here},
    session::Session,
};

/// The actions; `actions.yaml` and `actions/` have each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Shows what consumers are told of LXD.
    ShowNodes,
    /// Shows what became of each certificate.
    ListCertificates,
    /// Tries every step of the way to LXD.
    Check,
    /// Reconciles now.
    Sync,
    /// Has LXD trust a client of the operator's.
    AddTrustedClient,
    /// Takes that back.
    RemoveTrustedClient,
    /// Has LXD trust whoever shows a token first.
    GetClientToken,
}

/// Every action with its name.
pub const ACTIONS: &[(&str, Action)] = &[
    ("show-nodes", Action::ShowNodes),
    ("list-certificates", Action::ListCertificates),
    ("check", Action::Check),
    ("sync", Action::Sync),
    ("add-trusted-client", Action::AddTrustedClient),
    ("remove-trusted-client", Action::RemoveTrustedClient),
    ("get-client-token", Action::GetClientToken),
];

impl Action {
    /// The action of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = ACTIONS.iter().find(|(known, _)| *known == name)?;
        Some(found.1)
    }
}

/// What an action shows, or why it cannot do what it should.
type Answer = Result<Results, Refusal>;

/// Runs one action and shows what came of it.
///
/// # Errors
/// When a hook tool fails: Juju is broken, or we are.
pub fn run(action: Action, here: &Here<'_>, scope: &Scope) -> Result<Verdict, juju::Error> {
    let parameters = Reader.parameters()?;
    if action == Action::Sync {
        sync::run(here, scope, &parameters)?.show()?;
        return Ok(Verdict::Done);
    }
    let look = Look::take(here, scope)?;
    let answer = match action {
        Action::ShowNodes => show_nodes::run(&look)?,
        Action::ListCertificates => Ok(list_certificates::run(&look)?),
        Action::Check => Ok(check::run(&look)?),
        _ => changed(action, &look, &parameters)?,
    };
    answer.unwrap_or_else(Results::from).show()?;
    Ok(Verdict::Done)
}

/// The actions that change something in LXD.
fn changed(
    action: Action,
    look: &Look<'_>,
    parameters: &Parameters,
) -> Result<Answer, juju::Error> {
    let session = || look.session();
    match action {
        Action::AddTrustedClient => trusted_client::add(look, parameters, session),
        Action::RemoveTrustedClient => trusted_client::remove(look, parameters, session),
        _ => client_token::get(look, parameters, session),
    }
}

/// What an action sees of Juju.
struct Look<'a> {
    here: &'a Here<'a>,
    scope: &'a Scope,
    first: First,
}

impl<'a> Look<'a> {
    fn take(here: &'a Here<'a>, scope: &'a Scope) -> Result<Self, juju::Error> {
        let first = observe::first(Reader, &here.environment.unit, scope)?;
        Ok(Self { here, scope, first })
    }

    fn session(&self) -> Result<Result<Session, Refusal>, juju::Error> {
        let options = &self.first.options;
        let credential = observe::credential(Reader, options, self.here.environment)?;
        let session = run::session(self.here, credential, self.first.ledger.as_ref(), false);
        Ok(session.map_err(Refusal::from))
    }
}
