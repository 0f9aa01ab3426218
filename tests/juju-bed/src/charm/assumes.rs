//! `assumes`: what a charm wants of its Juju, judged as the controller does at deploy and refresh.

use serde_yaml::Value;

use super::Refused;
use crate::context::Version;

type Number = [u32; 3];

/// Refuses the charm if this version does not satisfy every expression.
pub(super) fn check(assumes: &Value, version: Version) -> Result<(), Refused> {
    let Value::Sequence(list) = assumes else {
        return Ok(());
    };
    let mut complaints = Vec::new();
    for expression in list {
        if let Err(lines) = judge(expression, version, 3)? {
            complaints.extend(lines);
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    let lines = complaints.join("\n");
    Err(Refused::because(format!(
        "Charm feature requirements cannot be met:\n    - charm requires all of the following:\n{lines}"
    )))
}

/// The outer error is about the expression itself, the inner one says what is not met, a line each.
fn judge(
    expression: &Value,
    version: Version,
    depth: usize,
) -> Result<Result<(), Vec<String>>, Refused> {
    match expression {
        Value::String(text) => judge_feature(text, version, depth),
        Value::Mapping(map) => {
            let any = map.contains_key("any-of");
            let list = map
                .get(if any { "any-of" } else { "all-of" })
                .and_then(Value::as_sequence)
                .cloned()
                .unwrap_or_default();
            let mut lines = Vec::new();
            let mut met = 0;
            for inner in &list {
                match judge(inner, version, depth + 1)? {
                    Ok(()) => met += 1,
                    Err(more) => lines.extend(more),
                }
            }
            let satisfied = if any { met > 0 } else { met == list.len() };
            if satisfied {
                return Ok(Ok(()));
            }
            let title = format!(
                "{}- charm requires {} of the following:",
                "  ".repeat(depth),
                if any { "at least one" } else { "all" }
            );
            lines.insert(0, title);
            Ok(Err(lines))
        }
        _ => Err(Refused::because("metadata: assumes: malformed expression")),
    }
}

fn judge_feature(
    text: &str,
    version: Version,
    depth: usize,
) -> Result<Result<(), Vec<String>>, Refused> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let indent = "  ".repeat(depth);
    match words.as_slice() {
        ["juju"] => Ok(Ok(())),
        ["juju", operator @ (">=" | "<"), wanted] => {
            let wanted = number(wanted).ok_or_else(|| malformed(text))?;
            let ours = ours(version);
            if (*operator == ">=") == (ours >= wanted) {
                return Ok(Ok(()));
            }
            let line = format!(
                "{indent}- charm requires feature \"juju\" (version {operator} {}) but model currently supports version {}",
                dotted(wanted),
                dotted(ours)
            );
            Ok(Err(vec![line]))
        }
        [feature] => Ok(Err(vec![format!(
            "{indent}- charm requires feature {feature:?} but model does not support it"
        )])),
        _ => Err(malformed(text)),
    }
}

fn malformed(text: &str) -> Refused {
    Refused::because(format!(
        "metadata: assumes: malformed feature expression {text:?}"
    ))
}

fn number(text: &str) -> Option<Number> {
    let mut parts = [0; 3];
    for (index, part) in text.split('.').enumerate() {
        *parts.get_mut(index)? = part.parse().ok()?;
    }
    Some(parts)
}

fn ours(version: Version) -> Number {
    match version {
        Version::V2_9 => [2, 9, 52],
        Version::V3_6 => [3, 6, 28],
        Version::V4_0 => [4, 0, 15],
    }
}

fn dotted(number: Number) -> String {
    number.map(|part| part.to_string()).join(".")
}
