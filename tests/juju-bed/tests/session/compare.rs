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

/// All hooks of one unit in one step.
pub(crate) fn unit(
    recorded: &[&Hook],
    ours: &[&Hook],
    failing: &mut Failing,
    timing: &Timing,
) -> Vec<Verdict> {
    let (recorded, retried) = split_retries(recorded, &mut failing.recorded);
    let (ours, our_retries) = split_retries(ours, &mut failing.ours);
    let mut verdicts = Vec::new();
    for key in partitions(&recorded, &ours) {
        let of = |hooks: &[&'_ Hook]| {
            hooks
                .iter()
                .enumerate()
                .filter(|(at, _)| key.holds(hooks, *at))
                .map(|(_, hook)| (*hook).clone())
                .collect::<Vec<_>>()
        };
        verdicts.extend(align(&of(&recorded), &of(&ours), timing));
    }
    for (at, retry) in retried.iter().enumerate() {
        verdicts.push(match our_retries.get(at) {
            Some(ours) => pair(retry, ours, timing),
            None => missing(retry),
        });
    }
    verdicts
}

/// How often a failing hook is tried again, and between what, is time: only the first failure has a place.
fn split_retries<'a>(
    hooks: &[&'a Hook],
    failing: &mut BTreeMap<String, String>,
) -> (Vec<&'a Hook>, Vec<&'a Hook>) {
    let (mut first, mut retries) = (Vec::new(), Vec::new());
    for hook in hooks {
        let unit = format!("{}:{}", hook.model, hook.unit);
        if hook.is_action() {
            first.push(*hook);
        } else if hook.failed() && failing.get(&unit) == Some(&hook.identity()) {
            retries.push(*hook);
        } else {
            if hook.failed() {
                failing.insert(unit, hook.identity());
            } else {
                failing.remove(&unit);
            }
            first.push(*hook);
        }
    }
    (first, retries)
}

/// A part of a unit's hooks in which the order counts.
struct Part {
    /// How many of `install`, `start`, `stop`, `remove` came before.
    anchors: usize,
    /// `None` is what belongs to no relation; the whole list if there is one relation at most.
    relation: Option<Option<u32>>,
}

impl Part {
    fn holds(&self, hooks: &[&Hook], at: usize) -> bool {
        anchors_before(hooks, at) == self.anchors
            && self
                .relation
                .is_none_or(|relation| hooks[at].relation() == relation)
    }
}

fn anchors_before(hooks: &[&Hook], at: usize) -> usize {
    hooks[..=at]
        .iter()
        .filter(|hook| ["install", "start", "stop", "remove"].contains(&hook.name.as_str()))
        .count()
}

fn partitions(recorded: &[&Hook], ours: &[&Hook]) -> Vec<Part> {
    let related: BTreeSet<u32> = recorded.iter().filter_map(|hook| hook.relation()).collect();
    if related.len() < 2 {
        let most = [recorded, ours].map(|hooks| {
            hooks
                .len()
                .checked_sub(1)
                .map_or(0, |last| anchors_before(hooks, last))
        });
        return (0..=most[0].max(most[1]))
            .map(|anchors| Part {
                anchors,
                relation: None,
            })
            .collect();
    }
    let all = |hooks: &[&Hook]| {
        (0..hooks.len())
            .map(|at| (anchors_before(hooks, at), hooks[at].relation()))
            .collect::<BTreeSet<_>>()
    };
    all(recorded)
        .union(&all(ours))
        .map(|(anchors, relation)| Part {
            anchors: *anchors,
            relation: Some(*relation),
        })
        .collect()
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
        (None, _) => hook.name == "config-changed",
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
    let mut names: BTreeSet<&String> = recorded.env.keys().collect();
    if !recorded.written {
        differ("argv[0]", &recorded.argv0, &ours.argv0);
        differ("folder", &recorded.cwd, &ours.cwd);
        names.extend(ours.env.keys());
    }
    for name in names {
        let value = |hook: &Hook| match hook.env.get(name) {
            None => "(not set)".to_owned(),
            Some(_)
                if [
                    "JUJU_API_ADDRESSES",
                    "JUJU_AVAILABILITY_ZONE",
                    "JUJU_VERSION",
                ]
                .contains(&name.as_str()) =>
            {
                "(of the lab)".to_owned()
            }
            Some(text) => text.clone(),
        };
        differ(name, &value(recorded), &value(ours));
    }
    if !recorded.written {
        differences.extend(calls::differences(recorded, ours, timing));
    }
    Verdict {
        title: title(recorded),
        differences,
    }
}
