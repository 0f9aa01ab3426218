//! Holds the hooks of a step against the recorded ones: strict in what Juju decides, free in what is chance and time.

use std::collections::{BTreeMap, BTreeSet};

use crate::{calls, recording::Hook, timing::Timing};

/// One recorded hook, or one that should not have run.
pub(crate) struct Verdict {
    pub(crate) title: String,
    /// What is not as it should be; empty if all is.
    pub(crate) differences: Vec<String>,
}

/// The hook that fails on a unit, on either side.
#[derive(Default)]
pub(crate) struct Failing {
    recorded: BTreeMap<String, String>,
    ours: BTreeMap<String, String>,
}

/// All hooks of one unit in one step, and how many recorded retries are not compared.
pub(crate) fn unit(
    recorded: &[&Hook],
    ours: &[&Hook],
    failing: &mut Failing,
    timing: &Timing,
) -> (Vec<Verdict>, usize) {
    let (recorded, retries) = without_retries(recorded, &mut failing.recorded);
    let (ours, _) = without_retries(ours, &mut failing.ours);
    let mut verdicts = Vec::new();
    for part in parts(&recorded, &ours) {
        let of = |hooks: &[&'_ Hook]| {
            let within = (0..hooks.len()).filter(|at| part_of(hooks, *at) == part);
            within.map(|at| hooks[at].clone()).collect::<Vec<_>>()
        };
        verdicts.extend(align(&of(&recorded), &of(&ours), timing));
    }
    (verdicts, retries)
}

/// How often a failing hook is tried again, and between what, is time: only the first failure has a place.
fn without_retries<'a>(
    hooks: &[&'a Hook],
    failing: &mut BTreeMap<String, String>,
) -> (Vec<&'a Hook>, usize) {
    let mut first = Vec::new();
    for hook in hooks {
        let unit = format!("{}:{}", hook.model, hook.unit);
        if hook.is_action() {
            first.push(*hook);
        } else if hook.failed() {
            if failing.insert(unit, hook.identity()) != Some(hook.identity()) {
                first.push(*hook);
            }
        } else {
            failing.remove(&unit);
            first.push(*hook);
        }
    }
    let retries = hooks.len() - first.len();
    (first, retries)
}

/// A part of a unit's hooks in which the order counts: how many of `install`, `start`, `stop`, `remove` came before,
/// and the relation.
type Part = (usize, Option<u32>);

fn part_of(hooks: &[&Hook], at: usize) -> Part {
    (anchors_before(hooks, at), hooks[at].relation())
}

fn anchors_before(hooks: &[&Hook], at: usize) -> usize {
    hooks[..=at]
        .iter()
        .filter(|hook| ["install", "start", "stop", "remove"].contains(&hook.name.as_str()))
        .count()
}

fn parts(recorded: &[&Hook], ours: &[&Hook]) -> BTreeSet<Part> {
    let of = |hooks: &[&Hook]| {
        (0..hooks.len())
            .map(|at| part_of(hooks, at))
            .collect::<Vec<_>>()
    };
    of(recorded).into_iter().chain(of(ours)).collect()
}

fn align(recorded: &[Hook], ours: &[Hook], timing: &Timing) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let mut met: BTreeMap<String, &Hook> = BTreeMap::new();
    let (mut left, mut right) = (recorded.iter().peekable(), ours.iter().peekable());
    loop {
        match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return verdicts,
            (Some(theirs), Some(our)) if theirs.identity() == our.identity() => {
                verdicts.push(pair(theirs, our, timing));
                met.insert(our.identity(), our);
                left.next();
                right.next();
            }
            (_, Some(our)) if may_repeat(our, &met, timing) => {
                right.next();
            }
            (Some(theirs), _) if may_repeat(theirs, &met, timing) => {
                verdicts.push(repeated(theirs, met[&theirs.identity()], timing));
                left.next();
            }
            (Some(theirs), our)
                if our.is_none()
                    || !right
                        .clone()
                        .any(|later| later.identity() == theirs.identity()) =>
            {
                verdicts.push(missing(theirs));
                left.next();
            }
            (_, Some(our)) => {
                verdicts.push(Verdict {
                    title: title(our),
                    differences: vec!["expected: not to run".into(), "got: it ran".into()],
                });
                right.next();
            }
            (Some(_), None) => unreachable!("a hook without counterpart was handled above"),
        }
    }
}

/// `config-changed` runs once or twice for one command, and one `changed` may stand for several writes.
fn may_repeat(hook: &Hook, met: &BTreeMap<String, &Hook>, timing: &Timing) -> bool {
    if !met.contains_key(&hook.identity()) {
        return false;
    }
    let remote = |name: &str| hook.env.get(name).filter(|text| !text.is_empty());
    let entity = remote("JUJU_REMOTE_UNIT").or_else(|| remote("JUJU_REMOTE_APP"));
    match (hook.relation(), entity) {
        (None, _) => ["config-changed", "update-status"].contains(&hook.name.as_str()),
        (Some(relation), Some(entity)) => {
            hook.name.ends_with("-relation-changed")
                && timing.writes(&hook.model, relation, entity) > 0
        }
        _ => false,
    }
}

/// A repetition that we did not run: its surroundings are those of the run before, what it saw may have moved on.
fn repeated(recorded: &Hook, ours: &Hook, timing: &Timing) -> Verdict {
    let moving = ["status-get", "state-get"];
    let calm = |hook: &Hook| Hook {
        calls: hook
            .calls
            .iter()
            .filter(|call| !moving.contains(&call.tool()))
            .cloned()
            .collect(),
        ..hook.clone()
    };
    pair(&calm(recorded), &calm(ours), timing)
}

fn missing(hook: &Hook) -> Verdict {
    Verdict {
        title: title(hook),
        differences: vec!["expected: to run".into(), "got: it did not".into()],
    }
}

fn title(hook: &Hook) -> String {
    format!("{} {} {}", hook.model, hook.unit, hook.identity())
}

fn pair(recorded: &Hook, ours: &Hook, timing: &Timing) -> Verdict {
    let mut differences = Vec::new();
    let mut differ = |what: &str, expected: &str, got: &str| {
        if expected != got {
            differences.push(format!("{what}\n  expected: {expected}\n  got:      {got}"));
        }
    };
    differ("end", &recorded.end, &ours.end);
    differ("commit", &recorded.commit_error, &ours.commit_error);
    differ("argv[0]", &recorded.argv0, &ours.argv0);
    differ("folder", &recorded.cwd, &ours.cwd);
    let names: BTreeSet<&String> = recorded.env.keys().chain(ours.env.keys()).collect();
    for name in names {
        let value = |hook: &Hook| match hook.env.get(name) {
            None => "(not set)".to_owned(),
            Some(_)
                if ["JUJU_API_ADDRESSES", "JUJU_AVAILABILITY_ZONE"].contains(&name.as_str()) =>
            {
                "(of the lab)".to_owned()
            }
            Some(text) => text.clone(),
        };
        differ(name, &value(recorded), &value(ours));
    }
    differences.extend(calls::differences(recorded, ours, timing));
    Verdict {
        title: title(recorded),
        differences,
    }
}
