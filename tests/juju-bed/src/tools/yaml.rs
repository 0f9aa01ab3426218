//! YAML as Juju's library reads it, as far as a library for YAML 1.2 does: maps of texts, and parameters of actions.

use std::collections::BTreeMap;

use serde_json::{Number, Value};
use serde_yaml::Deserializer;

use super::data::Text;

/// What the library takes for the text itself.
const BINARY: &[u8] = b"!!binary";

/// Reads a map of texts, each as it is written; of several documents the first. What means nothing is empty.
pub(super) fn texts(content: &[u8]) -> Result<BTreeMap<Text, Text>, String> {
    type Texts = BTreeMap<Option<String>, Option<String>>;
    if content.windows(BINARY.len()).any(|part| part == BINARY) {
        return Err("!!binary is not simulated".into());
    }
    let text = |text: Option<String>| text.unwrap_or_default().into_bytes();
    let read: Option<Texts> = first(content)?.flatten();
    let pairs = read.into_iter().flatten();
    Ok(pairs.map(|(key, value)| (text(key), text(value))).collect())
}

/// Reads anything; of several documents the first, and nothing if there is none.
///
/// Scalars mean what they mean in YAML 1.1, as in an operator's `key=0644`. The library, which reads YAML 1.2, does not
/// tell which were quoted: one counts as quoted if the text has it in quotes anywhere. Within lists and maps a number
/// that is one in YAML 1.2 only, as `1e3`, is one here.
pub(crate) fn value(content: &str) -> Result<Option<Value>, String> {
    let bytes = content.as_bytes();
    Ok(match first(bytes)? {
        Some(value @ (Value::Array(_) | Value::Object(_))) => Some(in_1_1(value, content)),
        Some(_) => first(bytes)
            .ok()
            .flatten()
            .map(|text| scalar(text, content)),
        None => None,
    })
}

fn in_1_1(value: Value, content: &str) -> Value {
    match value {
        Value::String(text) => scalar(text, content),
        Value::Array(items) => items
            .into_iter()
            .map(|item| in_1_1(item, content))
            .collect(),
        Value::Object(map) => {
            let map = map.into_iter();
            map.map(|(key, value)| (key, in_1_1(value, content)))
                .collect()
        }
        other => other,
    }
}

fn scalar(text: String, content: &str) -> Value {
    let quoted = ['"', '\''].map(|quote| content.contains(&format!("{quote}{text}{quote}")));
    match quoted {
        [false, false] => meaning(&text),
        _ => text.into(),
    }
}

fn first<'de, T: serde::Deserialize<'de>>(content: &'de [u8]) -> Result<Option<T>, String> {
    let mut documents = Deserializer::from_slice(content);
    let read = documents.next().map(T::deserialize).transpose();
    read.map_err(|error| words(&error))
}

/// What is wrong, with the line behind the first one, as Juju's library has it where it is of the same descent.
fn words(error: &serde_yaml::Error) -> String {
    let whole = error.to_string();
    let end = whole.find(" at line ").or_else(|| whole.find(", while "));
    let text = &whole[..end.unwrap_or(whole.len())];
    match error.location().map(|place| place.line()) {
        Some(line) if line > 1 => format!("line {line}: {text}"),
        _ => text.to_owned(),
    }
}

/// Juju folds a longer text at its blanks.
const FOLDED: usize = 80;

/// Whether a text reads as the same text where nothing is around it: words, numbers of versions, addresses, paths.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/ ".contains(c);
    let like_a_date = text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('-');
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.ends_with(' ')
        && (text.len() <= FOLDED || !text.contains(' '))
        && text.chars().all(plain)
        && !like_a_date
        && meaning(text).is_string()
}

/// What a text without quotes means in YAML 1.1; times stay texts.
fn meaning(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            return true.into();
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            return false.into();
        }
        _ => {}
    }
    let digits = text.replace('_', "");
    let number = if text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) {
        int(&digits).or_else(|| float(&digits))
    } else {
        None
    };
    number.map_or_else(|| text.into(), Value::Number)
}

/// With a base in front, or an eight for a leading zero.
fn int(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (&text[..1], rest.to_ascii_lowercase()),
        None => ("", text.to_ascii_lowercase()),
    };
    let bases = [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)];
    let based = bases.iter().find_map(|(prefix, base)| {
        let digits = digits.strip_prefix(prefix)?;
        (!digits.is_empty()).then_some((digits, *base))
    });
    let (digits, base) = based.unwrap_or((&digits, 10));
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let signed = i64::from_str_radix(&format!("{sign}{digits}"), base);
    let large = || u64::from_str_radix(digits, base).ok().map(Number::from);
    signed.ok().map(Number::from).or_else(large)
}

/// Not with a dot at the end, and with a sign in the exponent.
fn float(text: &str) -> Option<Number> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "+"));
    let fits = !mantissa.ends_with('.') && exponent.starts_with(['+', '-']);
    text.parse()
        .ok()
        .filter(|_| fits)
        .and_then(Number::from_f64)
}
