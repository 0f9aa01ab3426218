//! Time that a test moves: when failed hooks are tried again, and when Juju 4.0 gives up a dying unit.

use super::{Error, Model, state::Unit};
use crate::context::{Run, Version};

/// The first retry comes after so many seconds, each further one after twice as many, but never more than
/// [`LONGEST_DELAY`].
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

/// Time, and what Juju does when some of it has passed.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Seconds since the model was made, as the test moves them.
    pub(super) now: u64,
    pub(super) patience: Patience,
    pub(super) retry_hooks: bool,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            now: 0,
            patience: Patience::default(),
            retry_hooks: true,
        }
    }
}

impl Clock {
    fn retry_time(&self, unit: &Unit) -> Option<u64> {
        let failed = unit
            .failed()
            .filter(|failed| self.retry_hooks && !failed.retry)?;
        let delay = FIRST_DELAY << (failed.tries - 1).min(6);
        Some(failed.at + delay.min(LONGEST_DELAY))
    }

    /// When the unit is given up.
    fn drop_time(&self, unit: &Unit, version: Version) -> Option<u64> {
        let (failed, leaving) = (unit.failed()?, unit.leaving_since?);
        let patience = match &failed.hook.run {
            Run::Hook(hook) if hook == "stop" => self.patience.stop,
            _ => self.patience.other,
        };
        let time = failed.since.max(leaving).saturating_add(patience);
        (version >= Version::V4_0).then_some(time)
    }
}

impl Model {
    /// Lets so many seconds pass: hooks that failed are tried again after 5, 10, 20 … seconds, and on 4.0 a dying unit
    /// that stands in error for too long is gone without a further hook. A hook that runs takes none of this time, so
    /// it is waited for.
    ///
    /// # Errors
    /// As [`Model::settle`].
    pub fn advance(&mut self, seconds: u64) -> Result<(), Error> {
        let end = self.clock.now + seconds;
        self.until_quiet(Self::step)?;
        while let Some(next) = self.next_time().filter(|next| *next <= end) {
            self.clock.now = self.clock.now.max(next);
            self.fire();
            self.bury()?;
            self.until_quiet(Self::step)?;
        }
        self.clock.now = end;
        Ok(())
    }

    /// How often the hook has failed that a unit stands in error with; 0 if it does not.
    #[must_use]
    pub fn tries(&self, unit: &str) -> u32 {
        let failed = self.controller.units.get(unit).and_then(Unit::failed);
        failed.map_or(0, |failed| failed.tries)
    }

    /// When the next retry is due or the next unit is given up.
    fn next_time(&self) -> Option<u64> {
        let (clock, version) = (&self.clock, self.controller.version);
        let units = self.controller.units.values();
        units
            .flat_map(|unit| [clock.retry_time(unit), clock.drop_time(unit, version)])
            .flatten()
            .min()
    }

    /// What is due by now happens; who is given up is not tried again.
    fn fire(&mut self) {
        let (clock, version) = (&self.clock, self.controller.version);
        let is_due = |time: Option<u64>| time.is_some_and(|time| time <= clock.now);
        let mut given_up = Vec::new();
        for (name, unit) in &mut self.controller.units {
            if is_due(clock.drop_time(unit, version)) {
                given_up.push(name.clone());
            } else if is_due(clock.retry_time(unit))
                && let Some(failed) = &mut unit.agent.failed
            {
                failed.retry = true;
            }
        }
        for name in given_up {
            self.controller.die(&name);
        }
    }
}
