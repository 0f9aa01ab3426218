//! Answers in YAML: Juju's, and those of the bed, which are JSON.

use serde_json::Value;

/// What a reader of YAML takes it for.
pub(crate) fn in_yaml(text: &[u8]) -> Option<Value> {
    serde_yaml::from_slice(text).ok().map(with_numbers)
}

/// Juju writes some texts without quotes that are numbers in YAML 1.2 only.
pub(crate) fn with_numbers(value: Value) -> Value {
    match value {
        Value::String(text) => match serde_yaml::from_str(&text) {
            Ok(number @ Value::Number(_)) => number,
            _ => text.into(),
        },
        Value::Array(items) => items.into_iter().map(with_numbers).collect(),
        Value::Object(map) => {
            let map = map.into_iter();
            map.map(|(key, value)| (key, with_numbers(value))).collect()
        }
        other => other,
    }
}
