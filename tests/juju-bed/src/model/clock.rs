//! Time that a test moves: when failed hooks are tried again, and when Juju 4.0 gives up a dying unit.

use super::{
    Error, Inner, Model,
    state::{Failed, Life},
};
use crate::context::{Run, Version};

/// The first retry comes after so many seconds, each further one after twice as many, but never more than [`LONGEST_DELAY`].
const FIRST_DELAY: u64 = 5;
const LONGEST_DELAY: u64 = 300;

/// For how long a dying unit may stand in error before 4.0 drops it, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// In `stop`; about 10 were seen.
    pub stop: u64,
    /// In any other hook; 20 to 40 were seen.
    pub other: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            stop: 10,
            other: 20,
        }
    }
}

impl Model {
    /// Lets so many seconds pass: hooks that failed are tried again after 5, 10, 20 … seconds, and on 4.0 a dying unit that stands in
    /// error for too long is gone without a further hook. A hook that runs takes none of this time, so it is waited for.
    ///
    /// # Errors
    /// As [`Model::settle`].
    pub fn advance(&mut self, seconds: u64) -> Result<(), Error> {
        let end = self.inner.clock + seconds;
        self.until_quiet(Self::step)?;
        while let Some(next) = self.inner.next_time().filter(|next| *next <= end) {
            self.inner.clock = self.inner.clock.max(next);
            self.inner.fire();
            self.bury()?;
            self.until_quiet(Self::step)?;
        }
        self.inner.clock = end;
        Ok(())
    }

    /// How often the hook has failed that a unit stands in error with; 0 if it does not.
    #[must_use]
    pub fn tries(&self, unit: &str) -> u32 {
        self.inner.failed(unit).map_or(0, |failed| failed.tries)
    }

    /// How long 4.0 waits for a dying unit that stands in error.
    pub fn set_patience(&mut self, patience: Patience) {
        self.inner.patience = patience;
    }
}

impl Inner {
    /// When the next retry is due or the next unit is given up.
    fn next_time(&self) -> Option<u64> {
        let times = self
            .units
            .keys()
            .flat_map(|name| [self.retry_time(name), self.drop_time(name)]);
        times.flatten().min()
    }

    fn failed(&self, name: &str) -> Option<&Failed> {
        let unit = self
            .units
            .get(name)
            .filter(|unit| unit.life != Life::Dead)?;
        unit.agent.failed.as_ref()
    }

    fn retry_time(&self, name: &str) -> Option<u64> {
        let failed = self
            .failed(name)
            .filter(|failed| self.retry_hooks && !failed.retry)?;
        let delay = FIRST_DELAY << (failed.tries - 1).min(6);
        Some(failed.at + delay.min(LONGEST_DELAY))
    }

    fn drop_time(&self, name: &str) -> Option<u64> {
        let failed = self
            .failed(name)
            .filter(|_| self.version >= Version::V4_0)?;
        let leaving = self.units.get(name)?.leaving_since?;
        let patience = match &failed.hook.run {
            Run::Hook(hook) if hook == "stop" => self.patience.stop,
            _ => self.patience.other,
        };
        Some(failed.since.max(leaving).saturating_add(patience))
    }

    /// What is due by now happens; who is given up is not tried again.
    fn fire(&mut self) {
        let names: Vec<String> = self.units.keys().cloned().collect();
        let due = |time: Option<u64>, clock| time.is_some_and(|time| time <= clock);
        for name in names {
            if due(self.drop_time(&name), self.clock) {
                self.die(&name);
            } else if due(self.retry_time(&name), self.clock)
                && let Some(unit) = self.units.get_mut(&name)
                && let Some(failed) = &mut unit.agent.failed
            {
                failed.retry = true;
            }
        }
    }
}
