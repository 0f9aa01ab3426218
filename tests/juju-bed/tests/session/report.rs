//! Tells what agrees and what does not.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    compare::{self, Failing, Verdict},
    play::{Answer, Played},
    recording::{Hook, Step},
};

/// Differences that are printed in full; of the others only the hook is named.
const IN_FULL: usize = 12;

/// What a recording must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Floor {
    pub(crate) agree: usize,
    pub(crate) retries: usize,
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Report {
    agree: usize,
    differ: usize,
    retries: usize,
}

impl Report {
    pub(crate) fn step(
        &mut self,
        number: usize,
        step: &Step,
        played: &Played,
        failing: &mut Failing,
    ) {
        let place = format!("step {number} ({})", step.words.join(" "));
        if let Some(difference) = answer(step, &played.answer) {
            self.verdict(&place, "the command", &[difference]);
        }
        let all = step.hooks.iter().chain(&played.hooks);
        let units: BTreeSet<_> = all.map(|hook| (&hook.model, &hook.unit)).collect();
        for unit in units {
            let of = |hooks: &'_ [Hook]| {
                let of_unit = |hook: &&Hook| (&hook.model, &hook.unit) == unit;
                hooks.iter().filter(of_unit).cloned().collect::<Vec<_>>()
            };
            let (recorded, ours) = (of(&step.hooks), of(&played.hooks));
            let (recorded, ours): (Vec<_>, Vec<_>) =
                (recorded.iter().collect(), ours.iter().collect());
            let (verdicts, retries) = compare::unit(&recorded, &ours, failing, &played.timing);
            self.retries += retries;
            for Verdict { title, differences } in verdicts {
                self.agree += usize::from(differences.is_empty());
                self.verdict(&place, &title, &differences);
            }
        }
    }

    pub(crate) fn verdict(&mut self, place: &str, title: &str, differences: &[String]) {
        if differences.is_empty() {
            return;
        }
        self.differ += 1;
        println!("DIFFERS  {place}: {title}");
        if self.differ <= IN_FULL {
            println!("{}\n", differences.join("\n"));
        }
    }

    /// Whether all agrees; every recorded hook must have been compared, or be a retry, and of each there must be as
    /// many as are known.
    pub(crate) fn end(mut self, name: &str, recorded: usize, floor: Option<Floor>) -> bool {
        let found = Floor {
            agree: self.agree,
            retries: self.retries,
        };
        if let Some(floor) = floor.filter(|floor| *floor != found) {
            let counted = format!("expected: {floor:?}\ngot:      {found:?}");
            self.verdict(name, "the count", &[counted]);
        }
        if self.differ == 0 && (self.agree == 0 || self.agree + self.retries != recorded) {
            let compared = format!("{} compared of {recorded}", self.agree + self.retries);
            self.verdict(name, "the whole", &[compared]);
        }
        println!(
            "{name}: {} retries of units in error not compared",
            self.retries
        );
        println!(
            "session: {} hooks agree, {} differ",
            self.agree, self.differ
        );
        self.differ == 0
    }
}

/// How what the command itself came to differs from what the operator was told.
fn answer(step: &Step, answer: &Answer) -> Option<String> {
    let told = step.said.lines().last().unwrap_or_default();
    let (expected, got) = match answer {
        Answer::Cannot => ("to be simulated".into(), "it is not".into()),
        Answer::Refused(text) if step.failed => (told.to_owned(), format!("ERROR {text}")),
        Answer::Refused(text) => ("done".into(), format!("ERROR {text}")),
        Answer::Done(_) if step.failed => (told.to_owned(), "done".into()),
        Answer::Done(ours) => {
            let first = step.said.lines().next().unwrap_or_default();
            let said = serde_json::from_str(first).map(without_times).ok()?;
            if !said.is_object() {
                return None;
            }
            (said.to_string(), ours.to_string())
        }
    };
    (expected != got).then(|| format!("expected: {expected}\ngot:      {got}"))
}

/// Times are not simulated: `timing` goes, and a log line's time.
fn without_times(mut said: Value) -> Value {
    let tasks = said
        .as_object_mut()
        .into_iter()
        .flat_map(|map| map.values_mut());
    for task in tasks.filter_map(Value::as_object_mut) {
        task.remove("timing");
        let log = task.get_mut("log").and_then(Value::as_array_mut);
        for line in log.into_iter().flatten() {
            if let Some(text) = line.as_str().and_then(|text| text.strip_prefix("TIME ")) {
                *line = text.into();
            }
        }
    }
    said
}
