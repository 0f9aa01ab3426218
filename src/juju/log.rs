//! `tracing` events become lines of `juju-log`. One process each, so a line is a fact that an operator wants.

use std::fmt::Write as _;

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::run::run;
use crate::visible::visible;

/// The longest message, in characters of up to four bytes: Linux takes arguments of up to 128 KiB.
const LONGEST: usize = 30_000;

/// Sends the events of the whole process to `juju-log` from now on.
pub fn install() {
    // Only a second call could fail, and then the first one holds.
    let _ = tracing::subscriber::set_global_default(JujuLog);
}

/// Writes one line. That it cannot be written never fails a hook.
pub fn line(level: &str, message: &str) {
    let message: String = visible(message).chars().take(LONGEST).collect();
    let _ = run(&["juju-log", "-l", level, "--", &message], None);
}

/// No spans: the process is one.
struct JujuLog;

impl Subscriber for JujuLog {
    /// Our own events only, and nothing below INFO: a line that Juju would drop still costs its process.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO && metadata.target().starts_with("lxd_integrator")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let level = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARNING",
            Level::INFO => "INFO",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "TRACE",
        };
        line(level, &message.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message, then the other fields as `name=value`.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = if field.name() == "message" {
            write!(self.0, "{value:?}")
        } else {
            write!(self.0, " {}={value:?}", field.name())
        };
    }
}
