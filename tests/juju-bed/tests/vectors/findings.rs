//! Holds results against what was recorded.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};

use crate::expression::bytes;

/// A longer text is shown in parts.
const SHOWN: usize = 600;

/// What was found to differ.
#[derive(Default)]
pub(crate) struct Findings {
    /// The folder that the recordings call `$BASE`.
    pub(crate) base: String,
    /// What is compared now.
    pub(crate) label: String,
    /// Each with what was expected.
    pub(crate) differences: Vec<String>,
    /// A tool that a step needs and that is not simulated.
    pub(crate) not_simulated: Option<String>,
}

impl Findings {
    /// Compares: one step.
    pub(crate) fn step(&mut self, expected: &Value, got: &Value) {
        for key in ["absent", "spawn-error"] {
            if expected.get(key).is_some() || got.get(key).is_some() {
                self.same_json(key, &expected[key], &got[key]);
                return;
            }
        }
        if expected.get("env").is_some() {
            for key in ["argv0", "cwd"] {
                self.same_json(key, &expected[key], &got[key]);
            }
            let none = Map::new();
            let got = got["env"].as_object().unwrap_or(&none);
            let got = got
                .iter()
                .map(|(k, v)| (k.clone(), without_random(k, v)))
                .collect();
            self.same_json("env", &expected["env"], &got);
            return;
        }
        let [out, err] = ["out", "err"].map(|k| {
            BASE64
                .decode(got[k].as_str().unwrap_or_default())
                .expect("base64")
        });
        let complaint = String::from_utf8_lossy(&err);
        let complaint = complaint.trim_end().strip_prefix("ERROR ");
        if let Some(tool) = complaint.and_then(|t| t.strip_suffix(" is not simulated")) {
            self.not_simulated = Some(tool.into());
            return;
        }
        if let Some(first) = expected["help"].as_str() {
            let line = out.split(|b| *b == b'\n').next().unwrap_or_default();
            self.same("help", first.as_bytes(), line);
            self.same_json("rc", &json!(0), &got["rc"]);
            return;
        }
        self.same(
            "out",
            &expected.get("out").map(bytes).unwrap_or_default(),
            &out,
        );
        self.same(
            "err",
            &expected.get("err").map(bytes).unwrap_or_default(),
            &err,
        );
        let code = expected.get("rc").cloned().unwrap_or_else(|| json!(0));
        self.same_json("rc", &code, &got["rc"]);
    }

    /// Compares: what the run left behind.
    pub(crate) fn effects(&mut self, expected: &Value, got: &Value) {
        let none = Map::new();
        let (expected, got) = (
            expected.as_object().unwrap_or(&none),
            got.as_object().unwrap_or(&none),
        );
        for key in expected
            .keys()
            .chain(got.keys().filter(|k| !expected.contains_key(*k)))
        {
            let of = |map: &Map<String, Value>| map.get(key).cloned().unwrap_or_default();
            self.same_json(key, &of(expected), &of(got));
        }
    }

    fn same_json(&mut self, what: &str, expected: &Value, got: &Value) {
        self.same(
            what,
            expected.to_string().as_bytes(),
            got.to_string().as_bytes(),
        );
    }

    /// Compares: two texts.
    pub(crate) fn same(&mut self, what: &str, expected: &[u8], got: &[u8]) {
        let got = replaced(got, self.base.as_bytes(), b"$BASE");
        if got != expected {
            let (expected, got) = (shown(expected), shown(&got));
            self.differences.push(format!(
                "{} {what}\n        expected {expected}\n        got      {got}",
                self.label
            ));
        }
    }
}

fn replaced(text: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(byte) = rest.first() {
        if let Some(after) = rest.strip_prefix(what) {
            out.extend_from_slice(with);
            rest = after;
        } else {
            out.push(*byte);
            rest = &rest[1..];
        }
    }
    out
}

/// The random end of a context's id has a name in the recordings.
fn without_random(name: &str, value: &Value) -> Value {
    match value.as_str().and_then(|text| text.rsplit_once('-')) {
        Some((head, hex))
            if name == "JUJU_CONTEXT_ID"
                && hex.len() == 32
                && hex.bytes().all(|b| b.is_ascii_hexdigit()) =>
        {
            format!("{head}-<hex>").into()
        }
        _ => value.clone(),
    }
}

/// A text for people, not too long.
pub(crate) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let text = format!("{text:?}");
    if text.chars().count() <= SHOWN {
        return text;
    }
    text.chars().take(SHOWN).collect::<String>() + "…"
}
