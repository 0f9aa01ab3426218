//! `juju-log` and `is-leader`.

use super::{
    Done, Fail, Io, Session,
    data::{Data, Text},
    flags::{UselessFormat, no_more, parse, switch, text},
    format::Output,
    quote::quoted,
};

/// Whether the unit leads its application.
pub(super) fn is_leader(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    no_more(&args)?;
    output.write(io, &Data::Bool(session.is_leader()))
}

/// Puts words into the log.
pub(super) fn juju_log(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut format, mut debug, mut level) = (UselessFormat::default(), false, Text::new());
    let mut flags = [
        format.flag(),
        switch(&["debug"], &mut debug),
        text(&["l", "log-level"], &mut level),
    ];
    let words = parse(&io.asked.args, &mut flags)?;
    drop(flags);
    if words.is_empty() {
        return Err(Fail::Usage("no message specified".into()));
    }
    format.complain(io, "juju-log");

    let level = match (debug, level.as_slice()) {
        (true, _) => Some("DEBUG"),
        (false, b"") => Some("INFO"),
        (false, name) => match known_level(name) {
            Ok(level) => level,
            Err(()) => {
                log(
                    session,
                    "WARNING",
                    format!("Specified log level of {} is not valid", quoted(name)),
                );
                Some("INFO")
            }
        },
    };
    let relation = session
        .hook_relation()
        .map(|r| format!("{}:{}: ", r.endpoint, r.id))
        .unwrap_or_default();
    if let Some(level) = level {
        log(
            session,
            level,
            format!("{relation}{}", String::from_utf8_lossy(&words.join(&b' '))),
        );
    }
    Ok(())
}

fn log(session: &mut Session<'_>, level: &str, message: String) {
    let logger = format!("unit.{}.juju-log", session.context().unit);
    session.effects.log.push((level.into(), logger, message));
}

/// The level of this name; nothing is logged at the one called unspecified.
fn known_level(name: &[u8]) -> Result<Option<&'static str>, ()> {
    Ok(Some(match name.to_ascii_uppercase().as_slice() {
        b"UNSPECIFIED" => return Ok(None),
        b"TRACE" => "TRACE",
        b"DEBUG" => "DEBUG",
        b"INFO" => "INFO",
        b"WARN" | b"WARNING" => "WARNING",
        b"ERROR" => "ERROR",
        b"CRITICAL" => "CRITICAL",
        _ => return Err(()),
    }))
}
