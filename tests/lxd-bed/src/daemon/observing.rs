//! What the observer of a simulated server is told: [`super::Daemon::observe`].

use std::collections::BTreeMap;
use std::sync::Arc;

use super::TrustEntry;

/// The trust store, by fingerprint.
pub type TrustStore = BTreeMap<String, TrustEntry>;

pub(crate) type Observer = dyn Fn(&Observed<'_>) -> Verdict + Send + Sync;

/// A request at one moment.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// Which moment it is.
    pub moment: Moment,
    /// The member that took it, counted as [`super::Server::members`] counts.
    pub member: usize,
    /// The fingerprint of the certificate that the caller shows, if any.
    pub caller: Option<&'a str>,
    /// GET, POST, ...
    pub method: &'a str,
    /// As sent, with the query.
    pub path: &'a str,
    /// As sent.
    pub body: &'a [u8],
    /// What is about to be answered; `None` before acting, and if there is to be no answer.
    pub status: Option<u16>,
    /// The whole trust store at this moment. Keeping it costs nothing but memory.
    pub trust_store: Arc<TrustStore>,
}

/// When an observer is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Moment {
    /// The request is read, and nothing is done yet.
    BeforeActing,
    /// It was acted on, and the answer is not sent yet. There is no such moment for a request that
    /// a fault keeps from being acted on.
    AfterActing,
}

/// What an observer wants to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// To go on.
    GoOn,
    /// To close the connection: without acting, or without an answer.
    HangUp,
}
