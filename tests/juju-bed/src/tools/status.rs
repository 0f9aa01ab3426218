//! `status-get`, `status-set` and `application-version-set`: what an operator sees, changed at once.

use serde_json::{Value, json};

use crate::context::Status;

use super::{
    Done, Fail, Io, Session,
    data::{Data, map},
    flags::{at_most_one, no_more, parse, switch},
    format::Output,
    quote::quoted,
    session::Loaded,
};

const SETTABLE: [&str; 4] = ["maintenance", "blocked", "waiting", "active"];

/// The status of the unit, or of the application with its units.
pub(super) fn get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut with_data, mut app) = (Output::smart(), false, false);
    let [format, file] = output.flags();
    let data = switch(&["include-data"], &mut with_data);
    let args = parse(
        &io.asked.args,
        &mut [format, file, data, switch(&["application"], &mut app)],
    )?;
    no_more(&args)?;
    if app {
        return get_application(session, io, &output, with_data);
    }
    session.load(Loaded::UnitStatus);
    let now = session
        .effects
        .unit_status
        .last()
        .unwrap_or_else(|| &session.context().unit_status)
        .clone();
    let status = session.status_read.get_or_insert(now);
    let answer = if output.is_smart() && !with_data {
        status.status.as_str().into()
    } else {
        Data::Map(details(status, with_data).into_iter().collect())
    };
    output.write(io, &answer)
}

fn get_application(
    session: &mut Session<'_>,
    io: &mut Io<'_>,
    output: &Output,
    with_data: bool,
) -> Done {
    let context = session.context();
    if !session.is_leader() {
        return Err(Fail::Run(
            "finding application status: this unit is not the leader".into(),
        ));
    }
    session.load(Loaded::ApplicationStatus);
    let status = session
        .effects
        .application_status
        .last()
        .unwrap_or(&context.application_status);
    if output.is_smart() && !with_data {
        return output.write(io, &status.status.as_str().into());
    }
    let mut units = context.units_status.clone();
    if let (Some(unit), Some(now)) = (
        units.get_mut(&context.unit),
        session.effects.unit_status.last(),
    ) {
        unit.clone_from(now);
    }
    let units = units.iter().map(|(unit, status)| {
        let details = details(status, with_data).into_iter().collect();
        (unit.as_str(), Data::Map(details))
    });
    let mut answer: std::collections::BTreeMap<_, _> =
        details(status, with_data).into_iter().collect();
    answer.insert(b"units".to_vec(), map(units));
    output.write(io, &map([("application-status", Data::Map(answer))]))
}

fn details(status: &Status, with_data: bool) -> Vec<(Vec<u8>, Data)> {
    let mut details = vec![(b"status".to_vec(), status.status.as_str().into())];
    if with_data {
        let none = json!({});
        let data = if status.data == Value::Null {
            &none
        } else {
            &status.data
        };
        details.push((b"message".to_vec(), status.message.as_str().into()));
        details.push((b"status-data".to_vec(), data.into()));
    }
    details
}

/// Sets the status of the unit or of the application.
pub(super) fn set(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut app = false;
    let args = parse(&io.asked.args, &mut [switch(&["application"], &mut app)])?;
    let [status, rest @ ..] = args.as_slice() else {
        return Err(Fail::Usage(
            "invalid args, require <status> [message]".into(),
        ));
    };
    let Some(status) = SETTABLE.iter().find(|s| s.as_bytes() == status) else {
        let expected = SETTABLE.join(" ");
        return Err(Fail::Usage(format!(
            "invalid status {}, expected one of [{expected}]",
            quoted(status)
        )));
    };
    no_more(rest.get(1..).unwrap_or_default())?;
    let message = rest
        .first()
        .map(|m| String::from_utf8_lossy(m).into_owned())
        .unwrap_or_default();
    let status = Status {
        status: (*status).into(),
        message,
        data: json!({}),
    };
    if !app {
        session.ask();
        session.effects.unit_status.push(status);
    } else if session.is_leader() {
        session.ask();
        session.effects.application_status.push(status);
    } else {
        return Err(Fail::Run("this unit is not the leader".into()));
    }
    Ok(())
}

/// Says which version of the workload runs.
pub(super) fn version_set(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let args = parse(&io.asked.args, &mut [])?;
    let version = at_most_one(args)?.ok_or_else(|| Fail::Usage("no version specified".into()))?;
    session.ask();
    session.effects.application_version = Some(String::from_utf8_lossy(&version).into_owned());
    Ok(())
}
