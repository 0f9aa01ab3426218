//! `state-get`, `state-set` and `state-delete`: the charm's own keys, kept by the controller.

use crate::context::Version;

use super::{
    Done, Fail, Io, Session,
    data::{Data, Text, texts},
    flags::{at_most_one, parse, switch, text},
    format::Output,
    quote::quoted,
    session::Loaded,
    settings,
};

const LONGEST_KEY: usize = 256;
const LONGEST_VALUE: usize = 65536;

/// All keys, or one, which is empty if there is none.
pub(super) fn get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut strict) = (Output::smart(), false);
    let [format, file] = output.flags();
    let args = parse(
        &io.asked.args,
        &mut [format, file, switch(&["strict"], &mut strict)],
    )?;
    let key = at_most_one(args)?.filter(|k| !k.is_empty() && k != b"-");
    session.load(Loaded::State);
    let answer = match key {
        None if session.state.is_empty() => Data::NoMap,
        None => texts(session.state.clone()),
        Some(key) => match session.state.get(&key) {
            Some(value) => Data::Text(value.clone()),
            None if strict => return Err(Fail::Run(format!("{} not found", quoted(&key)))),
            None => "".into(),
        },
    };
    output.write(io, &answer)
}

/// Stages values; an empty one is kept.
pub(super) fn set(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut file = Text::new();
    let args = parse(&io.asked.args, &mut [text(&["file"], &mut file)])?;
    let given = settings::from_args(&args)?;
    let given = settings::with_file(io, &file, given)?;
    session.load(Loaded::State);
    for (key, value) in given {
        check_size(session.context().version, "key", key.len(), LONGEST_KEY)?;
        check_size(
            session.context().version,
            "value",
            value.len(),
            LONGEST_VALUE,
        )?;
        if session.state.get(&key) != Some(&value) {
            session.state.insert(key, value);
            session.state_written = true;
        }
    }
    Ok(())
}

fn check_size(version: Version, what: &str, size: usize, limit: usize) -> Done {
    if size <= limit {
        return Ok(());
    }
    let exceeded = if version == Version::V4_0 {
        ": quota limit exceeded"
    } else {
        " exceeded"
    };
    Err(Fail::Run(format!(
        "max allowed {what} length ({limit}){exceeded}"
    )))
}

/// Stages that a key goes.
pub(super) fn delete(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let args = parse(&io.asked.args, &mut [])?;
    let key = at_most_one(args)?.unwrap_or_default();
    session.load(Loaded::State);
    if session.state.remove(&key).is_some() {
        session.state_written = true;
    }
    Ok(())
}
