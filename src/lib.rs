//! The inside of the charm. Every hook takes the same way; [`hook`] is this picture as code.
//!
//! ```text
//! environment ─► event, scope             which hook, and how far it has to look           hook::environment, decision::scope
//!       scope ─► view                     options, credential, databags, memory            hook::observe, juju
//!        view ─► inquiry                  who asks for what; what to ask LXD               decision
//!     inquiry ─► seen                     what LXD trusts, as far as it matters            lxd::session
//!        seen ─► plan                     the changes to be made                           decision
//!        plan ─► outcome                  the changes made                                 lxd::apply
//!     outcome ─► answers, next memory     what each relation is told, what is remembered   decision
//!     answers ─► databags, memory, status what changed is written, the status last         hook::report, juju
//! ```
//!
//! Each room uses those below it, and no other:
//!
//! ```text
//! action                     what an operator asks for
//! hook                       the way of a hook
//! decision   lxd   juju      what is decided; what touches LXD; what touches Juju: none of the three knows another
//! trust                      a trust store as plain values
//! relation                   the texts of both sides
//! credential                 where LXD is, and who we are there
//! x509                       certificates, keys, PEM
//! ```
//!
//! The files beside them are everybody's: [`names`], [`values`], [`digest`], [`secret`], [`visible`], [`error`],
//! [`deadline`].

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)
)]

pub mod action;
pub mod credential;
pub mod deadline;
pub mod decision;
pub mod digest;
pub mod error;
pub mod hook;
pub mod juju;
pub mod lxd;
pub mod names;
pub mod relation;
pub mod secret;
pub mod trust;
pub mod values;
pub mod visible;
pub mod x509;

use deadline::Deadlines;
use decision::{
    event::{Event, Verdict},
    scope::Scope,
};
use hook::{Here, environment::Environment};
use trust::owner::Owner;

/// Runs one hook or action that began at `now`, in seconds after 1970.
///
/// # Errors
/// When a hook tool fails: Juju is broken, or we are.
pub fn run(
    environment: &Environment,
    deadlines: &Deadlines,
    now: i64,
) -> Result<Verdict, juju::Error> {
    let Some(scope) = Scope::of(&environment.event) else {
        return Ok(Verdict::Done);
    };
    let here = Here {
        environment,
        owner: Owner {
            model: environment.model.clone(),
            application: environment.unit.application().clone(),
        },
        deadlines,
        now,
    };
    match environment.event {
        Event::Action(action) => action::run(action, &here, &scope),
        _ => hook::reconcile(&here, &scope).map(|reconciled| reconciled.verdict),
    }
}
