//! What a text without quotes means: YAML 1.1 takes many for something else than a text.

/// The short tag of the meaning.
pub(super) fn resolve(text: &str) -> &'static str {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => "!!null",
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" | "n"
        | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            "!!bool"
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => "!!float",
        _ if text.starts_with('.') && is_go_float(text) => "!!float",
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')) => {
            number_or_time(text)
        }
        _ => "!!str",
    }
}

fn number_or_time(text: &str) -> &'static str {
    if is_timestamp(text) {
        return "!!timestamp";
    }
    let plain = text.replace('_', "");
    if is_int(&plain) {
        "!!int"
    } else if is_yaml_float(&plain) {
        "!!float"
    } else {
        "!!str"
    }
}

/// With a base if it is prefixed, and no more than 64 bits.
fn is_int(text: &str) -> bool {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = if let Some(rest) = lower.strip_prefix("0x") {
        (rest, 16)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (rest, 2)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (rest, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    if digits.starts_with(['+', '-']) {
        return false;
    }
    match u64::from_str_radix(digits, base) {
        Ok(n) if negative => n <= 1 << 63,
        // What is more than 63 bits is only read without a sign.
        Ok(n) => n < 1 << 63 || !text.starts_with('+'),
        Err(_) => false,
    }
}

/// Digits with at most one dot, which is not at the end, and an exponent with a sign.
fn is_yaml_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let mantissa = match mantissa.split_once('.') {
        Some((whole, part)) => whole.bytes().all(|b| b.is_ascii_digit()) && digits(part),
        None => digits(mantissa),
    };
    mantissa && exponent.is_none_or(|e| e.strip_prefix(['+', '-']).is_some_and(digits))
}

/// What Go reads as a float, of what begins with a dot.
fn is_go_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    mantissa.strip_prefix('.').is_some_and(digits) && exponent
}

/// A date, alone or with a time of day.
fn is_timestamp(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else {
        return false;
    };
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    match rest.split_once(['T', 't', ' ']) {
        None => is_month_and_day(year, rest),
        Some((date, time)) => is_month_and_day(year, date) && is_time(time, rest.contains(' ')),
    }
}

fn small(text: &str, range: std::ops::RangeInclusive<u32>) -> bool {
    (1..=2).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && text.parse().is_ok_and(|n| range.contains(&n))
}

fn is_month_and_day(year: &str, text: &str) -> bool {
    let Some((month, day)) = text.split_once('-') else {
        return false;
    };
    let year: u32 = year.parse().unwrap_or(0);
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month.parse() {
        Ok(2_u32) => 28 + u32::from(leap),
        Ok(4 | 6 | 9 | 11) => 30,
        _ => 31,
    };
    small(month, 1..=12) && small(day, 1..=days)
}

/// Hours, minutes, seconds with a fraction; a zone is needed after a `T` and not allowed after a space.
fn is_time(text: &str, after_space: bool) -> bool {
    let (time, zone) = text.split_at(text.find(['Z', '+', '-']).unwrap_or(text.len()));
    let (time, fraction) = time
        .split_once('.')
        .map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let mut parts = time.split(':');
    let mut part = |most| parts.next().is_some_and(|p| small(p, 0..=most));
    let in_range = part(23) && part(59) && part(59);
    let whole = parts.next().is_none()
        && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    let zone_fits = match zone.strip_prefix(['+', '-']) {
        Some(offset) => offset.split_once(':').is_some_and(|(h, m)| {
            h.len() == 2 && m.len() == 2 && small(h, 0..=24) && small(m, 0..=60)
        }),
        None => zone == "Z",
    };
    in_range
        && whole
        && if after_space {
            zone.is_empty()
        } else {
            zone_fits
        }
}

/// A number in base 60, which other readers of YAML 1.1 would take for one.
pub(super) fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let first_fits = first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let rest: Vec<&str> = parts.collect();
    let Some((last, inner)) = rest.split_last() else {
        return false;
    };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    let fraction_fits = fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    first_fits && fraction_fits && inner.iter().chain([&last]).all(|p| small(p, 0..=59))
}
