//! The server's clock, which a test may move.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::cluster::locked;

/// A clock that runs as the machine's does, ahead of it by what it was moved.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ahead: Mutex<Duration>,
}

impl Clock {
    pub(super) fn now(&self) -> SystemTime {
        SystemTime::now() + *locked(&self.ahead)
    }

    pub(super) fn advance(&self, by: Duration) {
        *locked(&self.ahead) += by;
    }
}

/// How long after it was made a token is good, as `core.remote_token_expiry` says it: numbers with
/// a unit each, `1d 12H`. `None` if it says nothing that is understood.
pub(super) fn lifetime(text: &str) -> Option<Duration> {
    let parts = text.split_whitespace().map(|part| {
        let (count, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let seconds = match unit {
            "S" => 1,
            "M" => 60,
            "H" => 60 * 60,
            "d" => 24 * 60 * 60,
            "w" => 7 * 24 * 60 * 60,
            "m" => 30 * 24 * 60 * 60,
            "y" => 365 * 24 * 60 * 60,
            _ => return None,
        };
        Some(Duration::from_secs(count.parse::<u64>().ok()? * seconds))
    });
    let total: Duration = parts.sum::<Option<_>>()?;
    (!total.is_zero()).then_some(total)
}

/// A time as LXD writes it.
pub(super) fn rfc3339(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanoseconds) = (since.as_secs(), since.subsec_nanos());
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{nanoseconds:09}Z")
}

/// The date of a day since 1970, in the Gregorian calendar; years are counted from March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = match month < 10 {
        true => (month + 3, 0),
        false => (month - 9, 1),
    };
    (era * 400 + year + later, month, day)
}
