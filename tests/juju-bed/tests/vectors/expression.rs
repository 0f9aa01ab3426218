//! The short forms of long and of odd texts in the recordings.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

/// The bytes that an expression stands for; a plain text stands for itself.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    if let Some(text) = value.as_str() {
        return text.as_bytes().to_vec();
    }
    if let Some([text, times]) = value["repeat"].as_array().map(Vec::as_slice) {
        let times = times
            .as_u64()
            .and_then(|n| usize::try_from(n).ok())
            .expect("a number of times");
        return bytes(text).repeat(times);
    }
    if let Some(parts) = value["cat"].as_array() {
        return parts.iter().flat_map(bytes).collect();
    }
    let coded = value["b64"]
        .as_str()
        .unwrap_or_else(|| panic!("no expression: {value}"));
    BASE64.decode(coded).expect("base64")
}

/// The same value with all expressions in it written out, in keys too.
pub(crate) fn written_out(value: &Value) -> Value {
    match value {
        Value::Object(map)
            if map.len() == 1
                && ["repeat", "cat", "b64"]
                    .iter()
                    .any(|k| map.contains_key(*k)) =>
        {
            String::from_utf8_lossy(&bytes(value)).into()
        }
        Value::Object(map) => map.iter().map(|(k, v)| (key(k), written_out(v))).collect(),
        Value::Array(items) => items.iter().map(written_out).collect(),
        other => other.clone(),
    }
}

fn key(key: &str) -> String {
    match key.strip_prefix("GEN:") {
        Some(rest) => {
            let expression = serde_json::from_str(rest).expect("an expression behind GEN:");
            String::from_utf8_lossy(&bytes(&expression)).into_owned()
        }
        None => key.into(),
    }
}
