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
    decision::{
        event::{Action, Verdict},
        scope::Scope,
    },
    hook::{
        self, Here,
        observe::{self, View},
    },
    juju::{self, Parameters, Reader},
    lxd::session::Session,
};

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
    view: View,
}

impl<'a> Look<'a> {
    fn take(here: &'a Here<'a>, scope: &'a Scope) -> Result<Self, juju::Error> {
        let view = observe::view(Reader, here.environment, scope)?;
        Ok(Self { here, scope, view })
    }

    fn session(&self) -> Result<Result<Session, Refusal>, juju::Error> {
        let options = &self.view.options;
        let credential = observe::credential(Reader, options, self.here.environment)?;
        let session = hook::session(self.here, credential, self.view.ledger.as_ref(), false);
        Ok(session.map_err(Refusal::from))
    }
}
