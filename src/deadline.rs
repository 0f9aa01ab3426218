//! How long the charm waits, in one place.

use std::{
    thread,
    time::{Duration, Instant},
};

/// A test shortens all deadlines to this percentage of theirs. Juju never sets it.
const PERCENT: &str = "LXD_INTEGRATOR_DEADLINE_PERCENT";

/// The deadlines of one hook. Each lasts at most until the hook's own.
#[derive(Clone, Debug)]
pub struct Deadlines {
    connect: Duration,
    greeting: Duration,
    read: Duration,
    write: Duration,
    reach: Duration,
    pause: Duration,
    end: Instant,
}

/// The hook has used up its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this hook's time is used up")]
pub struct OutOfTime;

impl Deadlines {
    /// Connect in 5 s, answer `GET /1.0` in 25 s (LXD 6.9 without a quorum takes 20), another read in 15 s and a write in
    /// 30 s; reach LXD in 45 s, through whichever member; all in 90 s from now.
    #[must_use]
    pub fn start(variable: impl Fn(&'static str) -> Option<String>) -> Self {
        let percent = variable(PERCENT)
            .and_then(|text| text.parse::<u32>().ok())
            .unwrap_or(100);
        let seconds = |whole: u64| Duration::from_secs(whole) * percent / 100;
        Self {
            connect: seconds(5),
            greeting: seconds(25),
            read: seconds(15),
            write: seconds(30),
            reach: seconds(45),
            pause: seconds(3),
            end: Instant::now() + seconds(90),
        }
    }

    /// How long to wait for a connection with its TLS handshake.
    #[must_use]
    pub const fn connect(&self) -> Duration {
        self.connect
    }

    /// The same, ending with the time to reach LXD.
    #[must_use]
    pub fn to_reach(&self) -> Self {
        let end = self.end.min(Instant::now() + self.reach);
        Self {
            end,
            ..self.clone()
        }
    }

    /// Waits a little before something is tried again.
    ///
    /// # Errors
    /// When too little time would be left for that.
    pub fn pause(&self) -> Result<(), OutOfTime> {
        let left = self.left()?;
        if left <= self.pause * 2 {
            return Err(OutOfTime);
        }
        thread::sleep(self.pause);
        Ok(())
    }

    /// How long to wait for the answer to `GET /1.0`.
    ///
    /// # Errors
    /// When no time is left.
    pub fn greeting(&self) -> Result<Duration, OutOfTime> {
        self.left().map(|left| left.min(self.greeting))
    }

    /// How long to wait for the answer to another read.
    ///
    /// # Errors
    /// When no time is left.
    pub fn read(&self) -> Result<Duration, OutOfTime> {
        self.left().map(|left| left.min(self.read))
    }

    /// How long to wait for the answer to a write.
    ///
    /// # Errors
    /// When no time is left.
    pub fn write(&self) -> Result<Duration, OutOfTime> {
        self.left().map(|left| left.min(self.write))
    }

    fn left(&self) -> Result<Duration, OutOfTime> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err(OutOfTime)
        } else {
            Ok(left)
        }
    }
}
