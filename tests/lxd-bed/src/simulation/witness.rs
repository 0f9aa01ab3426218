//! What is known of the requests: the list of them, and the test's observer.

use std::any::Any;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard};

use super::cluster::locked;
use crate::daemon::{Observed, Observer, Request, Verdict};

/// The requests taken, and who is told about each.
#[derive(Default)]
pub(super) struct Witness {
    requests: Mutex<Vec<(usize, Request)>>,
    observer: Mutex<Option<Arc<Observer>>>,
    /// What the observer panicked with first.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Witness {
    /// All requests, each with the index of the member that took it.
    pub(super) fn requests(&self) -> MutexGuard<'_, Vec<(usize, Request)>> {
        locked(&self.requests)
    }

    /// Panics as the observer before did.
    pub(super) fn observe(&self, observer: Option<Arc<Observer>>) {
        *locked(&self.observer) = observer;
        let panicked = locked(&self.panic).take();
        if let Some(panic) = panicked {
            panic::resume_unwind(panic);
        }
    }

    /// What is to be done. The observer is called under no lock: it may look at the server, and
    /// take itself off.
    pub(super) fn ask<'a>(&self, observed: impl FnOnce() -> Observed<'a>) -> Verdict {
        let observer = locked(&self.observer).clone();
        let Some(observer) = observer else {
            return Verdict::GoOn;
        };
        let asked = AssertUnwindSafe(|| observer(&observed()));
        panic::catch_unwind(asked).unwrap_or_else(|panic| {
            locked(&self.panic).get_or_insert(panic);
            Verdict::HangUp
        })
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requests = self.requests();
        f.debug_struct("Witness")
            .field("requests", &*requests)
            .finish_non_exhaustive()
    }
}
