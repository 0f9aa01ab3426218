//! The way of a hook, from its event to its exit code: what Juju shows is observed, LXD is asked, all is decided in
//! [`decision`](crate::decision), and what came of it is carried out, told and remembered. It may use every room but
//! [`action`](crate::action), which comes in by the same way.

mod at_once;
mod enter;
pub mod environment;
mod left_behind;
mod look;
pub mod observe;
pub mod problem;
mod python_charm;
mod reconcile;
mod refused_commit;
mod report;
pub mod status;

pub use enter::session;
pub use reconcile::{Reconciled, reconcile};

use self::environment::Environment;
use crate::{deadline::Deadlines, trust::owner::Owner};

/// Who and when we are.
#[derive(Debug)]
pub struct Here<'a> {
    /// What Juju told.
    pub environment: &'a Environment,
    /// Who we are in the trust store.
    pub owner: Owner,
    /// How long we wait.
    pub deadlines: &'a Deadlines,
    /// When we began, in seconds after 1970.
    pub now: i64,
}
