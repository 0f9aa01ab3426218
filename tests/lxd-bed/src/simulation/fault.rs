//! Things that go wrong, on demand.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::answer::{self, Answer};
use crate::certificates::Credential;
use crate::http::RequestHead;

/// What goes wrong. To refuse connections, stop the daemon.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The request is answered with this and not acted on.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body. What is not JSON goes out as HTML.
        body: String,
    },
    /// The request is acted on and then answered with this.
    AnswerAfterActing {
        /// The HTTP status.
        status: u16,
        /// The body. What is not JSON goes out as HTML.
        body: String,
    },
    /// The connection is closed; the request is not acted on.
    CloseBeforeActing,
    /// The request is acted on, then the connection is closed without an answer.
    CloseAfterActing,
    /// No answer, and the request is not acted on.
    HangBeforeActing,
    /// The request is acted on, but never answered.
    HangAfterActing,
    /// The answer begins well and never ends.
    EndlessBody,
    /// The answer is 200 with that many spaces.
    OversizedBody(usize),
    /// New connections are closed before TLS.
    CloseInHandshake,
    /// New connections are taken, but nothing comes over them: a frozen daemon.
    HangInHandshake,
    /// New connections see this certificate instead of the server's own.
    PresentCertificate(Credential),
}

impl Fault {
    /// An error as LXD words it, instead of acting.
    pub fn error(status: u16, text: &str) -> Self {
        let body = answer::error(status, text).to_string();
        Self::Answer { status, body }
    }

    /// Whether the request is acted on all the same.
    pub(super) fn acts(&self) -> bool {
        matches!(
            self,
            Self::CloseAfterActing | Self::HangAfterActing | Self::AnswerAfterActing { .. }
        )
    }

    /// Whether nothing comes, not even an end.
    pub(super) fn hangs(&self) -> bool {
        matches!(
            self,
            Self::HangBeforeActing | Self::HangAfterActing | Self::HangInHandshake
        )
    }

    /// What is answered, if it is a whole answer.
    pub(super) fn answer(&self) -> Option<Answer> {
        match self {
            Self::Answer { status, body } | Self::AnswerAfterActing { status, body } => {
                Some(Answer::raw(*status, body.clone()))
            }
            Self::OversizedBody(length) => Some(Answer::raw(200, " ".repeat(*length))),
            _ => None,
        }
    }

    fn stage(&self) -> Stage {
        match self {
            Self::CloseInHandshake | Self::HangInHandshake | Self::PresentCertificate(_) => {
                Stage::Connection
            }
            _ => Stage::Request,
        }
    }
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    Connection,
    Request,
}

/// Which requests a fault strikes. Faults of the handshake strike all connections.
#[derive(Clone, Debug, Default)]
pub struct Matching {
    method: Option<String>,
    path: Option<String>,
}

impl Matching {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Requests with this method.
    pub fn method(method: &str) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: None,
        }
    }

    /// Requests whose path begins like this.
    pub fn path(prefix: &str) -> Self {
        Self::any().and_path(prefix)
    }

    /// Of those the ones whose path begins like this.
    #[must_use]
    pub fn and_path(self, prefix: &str) -> Self {
        Self {
            path: Some(prefix.to_owned()),
            ..self
        }
    }

    fn takes(&self, request: Option<&RequestHead>) -> bool {
        let Some(request) = request else { return true };
        let method = self.method.as_ref();
        let path = self.path.as_ref();
        method.is_none_or(|method| *method == request.method)
            && path.is_none_or(|prefix| request.path.starts_with(prefix))
    }
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Times {
    /// The next so many that match.
    Next(usize),
    /// All that match until the faults are cleared.
    UntilCleared,
}

/// The faults that are set. The oldest that matches strikes.
#[derive(Debug, Default)]
pub(super) struct Faults {
    inner: Mutex<Inner>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    set: Vec<(Fault, Matching, Times)>,
    /// Counts how often the faults were cleared.
    clearings: u64,
    /// While the server is down nothing hangs.
    stopped: bool,
}

/// A fault that strikes, and when it did.
#[derive(Debug)]
pub(super) struct Strike {
    pub(super) fault: Fault,
    clearings: u64,
}

impl Faults {
    pub(super) fn add(&self, fault: Fault, matching: Matching, times: Times) {
        if times != Times::Next(0) {
            self.inner().set.push((fault, matching, times));
        }
    }

    /// Takes back all faults and lets go what hangs.
    pub(super) fn clear(&self) {
        let mut inner = self.inner();
        inner.set.clear();
        inner.clearings += 1;
        self.released.notify_all();
    }

    /// Whether the server is down. Stopping lets go what hangs; the faults stay.
    pub(super) fn set_stopped(&self, stopped: bool) {
        self.inner().stopped = stopped;
        self.released.notify_all();
    }

    /// The fault that strikes now, if any.
    pub(super) fn take(&self, stage: Stage, request: Option<&RequestHead>) -> Option<Strike> {
        let mut inner = self.inner();
        let clearings = inner.clearings;
        let set = &mut inner.set;
        let index = set
            .iter()
            .position(|(fault, matching, _)| fault.stage() == stage && matching.takes(request))?;
        let fault = set[index].0.clone();
        match &mut set[index].2 {
            Times::UntilCleared => {}
            Times::Next(1) => drop(set.remove(index)),
            Times::Next(left) => *left -= 1,
        }
        Some(Strike { fault, clearings })
    }

    /// Blocks until the faults are cleared, counted from the strike, or the server is stopped.
    pub(super) fn hang(&self, strike: &Strike) {
        let waited = self.released.wait_while(self.inner(), |inner| {
            inner.clearings == strike.clearings && !inner.stopped
        });
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
