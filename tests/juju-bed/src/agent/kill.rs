//! Kills the process of a run, from the outside or after so many calls, so that no later call has an effect.

use std::{
    collections::BTreeMap,
    io,
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid},
};

/// The processes of the runs in progress. Clones are the same handle; any thread may use one while a hook runs.
#[derive(Clone, Debug, Default)]
pub struct Process {
    running: Arc<Mutex<BTreeMap<String, Arc<Running>>>>,
}

impl Process {
    /// Kills every run in progress with SIGKILL; whether there was one. When it returns they are dead, and no further
    /// call of a hook tool by them has any effect.
    #[must_use]
    pub fn kill(&self) -> bool {
        let all: Vec<_> = lock(&self.running).values().cloned().collect();
        all.iter().filter(|running| running.kill()).count() > 0
    }

    /// The same for the run of one unit.
    #[must_use]
    pub fn kill_unit(&self, unit: &str) -> bool {
        let running = lock(&self.running).get(unit).cloned();
        running.is_some_and(|running| running.kill())
    }

    /// Starts a process of `unit`. Whoever kills it meanwhile waits until it is there.
    pub(super) fn start(
        &self,
        unit: &str,
        spawn: impl FnOnce() -> io::Result<Child>,
    ) -> io::Result<(Child, Arc<Running>)> {
        let running = Arc::new(Running::default());
        let mut state = lock(&running.state);
        lock(&self.running).insert(unit.to_owned(), Arc::clone(&running));
        match spawn() {
            Ok(child) => {
                *state = State::Alive(Pid::from_child(&child));
                drop(state);
                Ok((child, running))
            }
            Err(error) => {
                lock(&self.running).remove(unit);
                Err(error)
            }
        }
    }

    /// Waits for the end of what [`Process::start`] started.
    pub(super) fn wait(&self, unit: &str, child: &mut Child) -> io::Result<ExitStatus> {
        // Its number must stay its own until nobody can send a signal there any more.
        await_end(Pid::from_child(child));
        let running = lock(&self.running).remove(unit);
        if let Some(running) = running {
            *lock(&running.state) = State::Gone;
        }
        child.wait()
    }
}

/// One process of a charm, with the processes that it started.
#[derive(Debug, Default)]
pub(super) struct Running {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
enum State {
    /// Not started, killed or ended.
    #[default]
    Gone,
    /// The leader of its group.
    Alive(Pid),
}

impl Running {
    /// Kills it; whether it was alive.
    pub(super) fn kill(&self) -> bool {
        self.alive().map(Alive::kill).is_some()
    }

    /// Holds off a kill for as long as the answer is kept; `None` if it is gone.
    pub(super) fn alive(&self) -> Option<Alive<'_>> {
        let state = lock(&self.state);
        match *state {
            State::Alive(pid) => Some(Alive { state, pid }),
            State::Gone => None,
        }
    }
}

/// A process that nobody else can kill just now.
pub(super) struct Alive<'a> {
    state: MutexGuard<'a, State>,
    pid: Pid,
}

impl Alive<'_> {
    /// Kills it and waits until it is dead.
    pub(super) fn kill(mut self) {
        *self.state = State::Gone;
        // It may have ended by itself, with nobody left in its group.
        let _ = kill_process_group(self.pid, Signal::KILL);
        await_end(self.pid);
    }
}

/// Waits until a child has ended, and leaves it for who collects it.
fn await_end(pid: Pid) {
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(waitid(WaitId::Pid(pid), how), Err(Errno::INTR)) {}
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
