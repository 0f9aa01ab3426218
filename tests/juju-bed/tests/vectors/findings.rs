//! Holds results against what was recorded.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};

use crate::{answer, expression::bytes};

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
    /// Why it cannot be compared as a whole, and how far it still can be.
    pub(crate) not_done: Option<NotDone>,
}

/// A kind of what is not simulated. The first words are the kind's name in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// This tool: nothing behind it can be compared.
    Tool(String),
    /// What Juju's reader of YAML refuses ours takes, or the other way round: nothing behind it can be compared.
    YamlTaken,
    YamlRefused,
    /// Both refuse it, for a reason in other words.
    YamlWords,
    /// The same value, as JSON.
    YamlBytes,
    /// Not the same value, as Juju's is not what it answers in JSON either.
    YamlValue,
}

impl NotDone {
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Tool(name) => name,
            Self::YamlTaken => "YAML that only Juju refuses",
            Self::YamlRefused => "YAML that only Juju reads",
            Self::YamlWords => "YAML refused in other words",
            Self::YamlBytes => "YAML answers as JSON",
            Self::YamlValue => "YAML answers that lose something",
        }
    }

    /// Nothing that comes later can be compared, as it may build on this.
    pub(crate) fn is_an_end(&self) -> bool {
        matches!(self, Self::Tool(_) | Self::YamlTaken | Self::YamlRefused)
    }
}

impl Findings {
    /// Compares: one step, whose answer was asked for in JSON or not.
    pub(crate) fn step(&mut self, expected: &Value, got: &Value, in_json: bool) {
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
            self.not_done(NotDone::Tool(tool.into()));
            return;
        }
        if let Some(first) = expected["help"].as_str() {
            let line = out.split(|b| *b == b'\n').next().unwrap_or_default();
            self.same("help", first.as_bytes(), line);
            self.same_json("rc", &json!(0), &got["rc"]);
            return;
        }
        let expected_of = |key: &str| expected.get(key).map(bytes).unwrap_or_default();
        let (their_out, their_err) = (expected_of("out"), expected_of("err"));
        let code = expected.get("rc").cloned().unwrap_or_else(|| json!(0));
        let of_yaml = |text: &[u8]| text.starts_with(b"ERROR yaml: ");
        match (of_yaml(&their_err), of_yaml(&err)) {
            (true, false) if got["rc"] == 0 => return self.not_done(NotDone::YamlTaken),
            (false, true) if code == 0 => return self.not_done(NotDone::YamlRefused),
            (true, true) if their_err != err => self.not_done(NotDone::YamlWords),
            _ => self.same("err", &their_err, &err),
        }
        match as_yaml(&their_out, &out).filter(|_| !in_json && their_out != out) {
            Some(how) => self.not_done(how),
            None => self.same("out", &their_out, &out),
        }
        self.same_json("rc", &code, &got["rc"]);
    }

    /// Whether what comes next can no longer be compared.
    pub(crate) fn at_an_end(&self) -> bool {
        self.not_done.as_ref().is_some_and(NotDone::is_an_end)
    }

    /// What ends the comparison counts before what does not, and then the first.
    fn not_done(&mut self, what: NotDone) {
        let weaker = |known: &NotDone| what.is_an_end() && !known.is_an_end();
        if self.not_done.as_ref().is_none_or(weaker) {
            self.not_done = Some(what);
        }
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

/// Whether a reader of YAML takes ours, which is JSON, for the same value. A block at the end of Juju's answers has
/// lost its empty lines.
fn as_yaml(expected: &[u8], got: &[u8]) -> Option<NotDone> {
    let got = answer::with_numbers(serde_json::from_slice(got).ok()?);
    let read = answer::in_yaml(expected)?;
    let lossy = expected.starts_with(b"|") || expected.starts_with(b"!!binary");
    match read == got {
        true => Some(NotDone::YamlBytes),
        false => lossy.then_some(NotDone::YamlValue),
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
