//! Holds the calls of one hook against the recorded ones.

use serde_json::Value;

use crate::{
    answer,
    recording::{Call, Hook, relation_number},
    timing::Timing,
};

/// How the calls of a hook differ from the recorded ones.
pub(crate) fn differences(recorded: &Hook, ours: &Hook, timing: &Timing) -> Vec<String> {
    let line = |call: Option<&Call>| match call {
        None => "(no call)".to_owned(),
        Some(call) => format!(
            "{:?} <{:?} {} {:?} {:?}",
            call.argv.join(" "),
            call.stdin,
            call.exit,
            call.stdout,
            call.stderr
        ),
    };
    let most = recorded.calls.len().max(ours.calls.len());
    let differing = (0..most)
        .map(|at| (recorded.calls.get(at), ours.calls.get(at)))
        .filter(|(theirs, our)| match (theirs, our) {
            (Some(theirs), Some(our)) => !same_call(recorded, theirs, our, timing),
            _ => true,
        });
    differing
        .map(|(theirs, our)| {
            format!(
                "call\n  expected: {}\n  got:      {}",
                line(theirs),
                line(our)
            )
        })
        .collect()
}

fn same_call(hook: &Hook, recorded: &Call, ours: &Call, timing: &Timing) -> bool {
    let (recorded, ours) = (&of_lab(&in_json(recorded)), &of_lab(&in_json(ours)));
    if recorded == ours {
        return true;
    }
    let asked_same = (&recorded.argv, &recorded.stdin) == (&ours.argv, &ours.stdin);
    if asked_same
        && recorded.tool() == "relation-get"
        && recorded.stderr == "ERROR relation unit not found\n"
    {
        return read_from(hook, recorded)
            .is_some_and(|(relation, entity)| timing.came(&hook.model, relation, &entity));
    }
    let asked = (
        &recorded.argv,
        &recorded.stdin,
        recorded.exit,
        &recorded.stderr,
    ) == (&ours.argv, &ours.stdin, ours.exit, &ours.stderr);
    asked && recorded.exit == 0 && was_so(hook, recorded, ours, timing)
}

/// A map that was answered in YAML, as JSON: the bed answers in it in either case.
fn in_json(call: &Call) -> Call {
    let mut call = call.clone();
    let read = answer::in_yaml(call.stdout.as_bytes());
    if let (false, Some(map @ Value::Object(_))) = (call.asks("--format=json"), read) {
        call.stdout = map.to_string();
    }
    call
}

/// The cloud is called as in the lab where it was recorded.
fn of_lab(call: &Call) -> Call {
    let mut call = call.clone();
    if call.tool() == "credential-get" {
        for key in ["name", "region"] {
            let before = format!("\"{key}\":\"");
            let Some((head, rest)) = call.stdout.split_once(&before) else {
                continue;
            };
            let rest = rest.split_once('"').map_or("", |(_, rest)| rest);
            call.stdout = format!("{head}{before}LAB\"{rest}");
        }
    }
    call
}

/// Whether others showed at some time of the step what the recorded hook saw of them.
fn was_so(hook: &Hook, recorded: &Call, ours: &Call, timing: &Timing) -> bool {
    let json = |call: &Call| serde_json::from_str::<Value>(&call.stdout).unwrap_or_default();
    match recorded.tool() {
        "goal-state" => timing.goal_was(&hook.model, &hook.unit, &json(recorded), &json(ours)),
        "is-leader" => json(recorded)
            .as_bool()
            .is_some_and(|leads| timing.led(&hook.model, &hook.unit, leads)),
        "relation-get" => {
            let Some((relation, entity)) = read_from(hook, recorded) else {
                return false;
            };
            entity != hook.unit
                && timing.bag_was(&hook.model, relation, &entity, recorded.stdout.trim_end())
        }
        _ => false,
    }
}

/// Relation and databag that a `relation-get` of everything reads.
fn read_from(hook: &Hook, call: &Call) -> Option<(u32, String)> {
    let mut relation = hook.relation();
    let mut positional = Vec::new();
    let mut words = call.argv.iter().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-r" | "--relation" => relation = relation_number(words.next()?),
            "--format" => {
                words.next();
            }
            option if option.starts_with('-') && option != "-" => {}
            _ => positional.push(word.clone()),
        }
    }
    let of_hook = || {
        ["JUJU_REMOTE_UNIT", "JUJU_REMOTE_APP"]
            .into_iter()
            .find_map(|name| hook.env.get(name).filter(|text| !text.is_empty()).cloned())
    };
    if positional.first().is_some_and(|key| key != "-") {
        return None;
    }
    Some((relation?, positional.get(1).cloned().or_else(of_hook)?))
}
