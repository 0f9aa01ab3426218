//! `goal-state`: the units and the related applications that there are to be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Done, Io, Session,
    data::{Data, Field},
    flags::{no_more, parse},
    format::Output,
};

/// What the controller plans.
pub(super) fn goal_state(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::yaml();
    let args = parse(&io.asked.args, &mut output.flags())?;
    no_more(&args)?;
    session.ask();
    let goal = &session.context().goal_state;
    let relations = each(&goal["relations"], |members| {
        Data::Map(each(members, status))
    });
    let fields = vec![
        Field::both("units", Data::Map(each(&goal["units"], status))),
        Field::both("relations", Data::Map(relations)),
    ];
    output.write(io, &Data::Fields(fields))
}

fn each(map: &Value, show: impl Fn(&Value) -> Data) -> BTreeMap<Vec<u8>, Data> {
    map.as_object()
        .into_iter()
        .flatten()
        .map(|(k, v)| (k.as_bytes().to_vec(), show(v)))
        .collect()
}

fn status(value: &Value) -> Data {
    let mut fields = vec![Field::both(
        "status",
        value["status"].as_str().unwrap_or_default(),
    )];
    if let Some(since) = value["since"].as_str() {
        fields.push(Field::both(
            "since",
            in_utc(since).unwrap_or_else(|| since.into()).as_str(),
        ));
    }
    Data::Fields(fields)
}

/// A time of RFC 3339, to the second and in UTC, as Juju prints it.
fn in_utc(text: &str) -> Option<String> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let days = days_from_date(number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let seconds = number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
    let zone = text
        .get(19..)?
        .trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            sign * (zone.get(1..3)?.parse::<i64>().ok()? * 3600
                + zone.get(4..6)?.parse::<i64>().ok()? * 60)
        }
    };
    let total = days * 86400 + seconds - offset;
    let (year, month, day) = date_from_days(total.div_euclid(86400));
    let (minutes, second) = (total.rem_euclid(86400) / 60, total.rem_euclid(60));
    Some(format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{second:02}Z",
        minutes / 60,
        minutes % 60
    ))
}

/// Days since 1970, counted in years that begin in March, so that the day in doubt is the last.
fn days_from_date(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let in_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year
        - 719_468
}

fn date_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let in_era = days.rem_euclid(146_097);
    let year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
