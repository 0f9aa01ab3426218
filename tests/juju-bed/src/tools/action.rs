//! `action-get`, `action-set`, `action-fail` and `action-log`.

use serde_json::{Map, Value};

use crate::context::{Run, Version};

use super::{
    Done, Fail, Io, Session,
    data::{Data, Text},
    flags::{at_most_one, parse},
    format::Output,
    quote::quoted,
};

const RESERVED: [&str; 4] = ["stdout", "stdout-encoding", "stderr", "stderr-encoding"];
const NO_REASON: &str = "action failed without reason given, check action for errors";

fn only_in_action(session: &Session<'_>) -> Done {
    if session.in_action() {
        Ok(())
    } else {
        Err(Fail::Run("not running an action".into()))
    }
}

/// All parameters, or the one at the end of a path.
pub(super) fn get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    let path = at_most_one(args)?;
    let Run::Action { params, .. } = &session.context().run else {
        return only_in_action(session);
    };
    let answer = match path {
        Some(path) => at_path(params, &path).map_or(Data::Null, Into::into),
        // There is always a map, if only an empty one.
        None if params.is_null() => Data::Map(Default::default()),
        None => params.into(),
    };
    output.write(io, &answer)
}

fn at_path<'a>(params: &'a Value, path: &[u8]) -> Option<&'a Value> {
    path.split(|b| *b == b'.').try_fold(params, |value, key| {
        let key = std::str::from_utf8(key).ok()?;
        value.as_object()?.get(key)
    })
}

/// Stores results; all are checked before any is stored.
pub(super) fn set(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let args = parse(&io.asked.args, &mut [])?;
    let version = session.context().version;
    let pairs: Vec<_> = args
        .iter()
        .map(|arg| pair(version, arg))
        .collect::<Done<_>>()?;
    if !pairs.is_empty() {
        only_in_action(session)?;
    }
    for (path, value) in pairs {
        store(&mut session.action.results, &path, value);
    }
    Ok(())
}

fn pair(version: Version, arg: &[u8]) -> Done<(Vec<String>, String)> {
    let at = arg.iter().position(|b| *b == b'=').ok_or_else(|| {
        Fail::Usage(format!(
            "argument {} must be of the form key...=value",
            quoted(arg)
        ))
    })?;
    let mut path = Vec::new();
    for key in arg[..at].split(|b| *b == b'.') {
        if !is_key(key) {
            let more = if version == Version::V2_9 {
                ", hyphens and periods"
            } else {
                " and hyphens"
            };
            let rule = "must start and end with lowercase alphanumeric, and contain only lowercase alphanumeric";
            return Err(Fail::Usage(format!("key {} {rule}{more}", quoted(key))));
        }
        let key = String::from_utf8_lossy(key).into_owned();
        if RESERVED.contains(&key.as_str()) {
            return Err(Fail::Usage(format!(
                "cannot set reserved action key \"{key}\""
            )));
        }
        path.push(key);
    }
    Ok((path, String::from_utf8_lossy(&arg[at + 1..]).into_owned()))
}

fn is_key(key: &[u8]) -> bool {
    let inner = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    !key.is_empty() && key.iter().all(inner) && !key.starts_with(b"-") && !key.ends_with(b"-")
}

/// What stands in the way of the path makes room.
fn store(results: &mut Map<String, Value>, path: &[String], value: String) {
    let [key, rest @ ..] = path else { return };
    if rest.is_empty() {
        results.insert(key.clone(), value.into());
        return;
    }
    let place = results.entry(key).or_insert(Value::Null);
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Value::Object(inner) = place {
        store(inner, rest, value);
    }
}

/// Makes the action a failure.
pub(super) fn fail(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let args = parse(&io.asked.args, &mut [])?;
    let message = at_most_one(args)?.unwrap_or_else(|| NO_REASON.into());
    only_in_action(session)?;
    session.action.failed = Some(String::from_utf8_lossy(&message).into_owned());
    Ok(())
}

/// Tells the operator something while the action runs.
pub(super) fn log(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let words: Vec<Text> = parse(&io.asked.args, &mut [])?;
    if words.is_empty() {
        return Err(Fail::Usage("no message specified".into()));
    }
    only_in_action(session)?;
    session.ask();
    session
        .effects
        .action_log
        .push(String::from_utf8_lossy(&words.join(&b' ')).into_owned());
    Ok(())
}
