//! Tells what agrees and what does not.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

use serde_json::Value;

use crate::{
    compare::{self, Failing, Verdict},
    play::{Outcome, Played, Stage},
    recording::{self, Step},
};

/// Differences that are printed in full; of the others only the hook is named.
const IN_FULL: usize = 12;

/// What was found so far.
#[derive(Default)]
pub(crate) struct Report {
    agree: usize,
    differ: usize,
    /// What the bed cannot do, by command, and how many hooks were not compared therefore.
    cannot: BTreeMap<String, usize>,
    skipped: usize,
    /// Applications whose state is not that of the recording any more.
    apart: BTreeSet<String>,
}

impl Report {
    pub(crate) fn step(
        &mut self,
        number: usize,
        step: &Step,
        played: &Played,
        stage: &Stage<'_>,
        failing: &mut Failing,
    ) {
        self.outcome(number, step, played, stage);
        self.spread(stage);
        let mut units: BTreeSet<(&str, &str)> = step
            .hooks
            .iter()
            .map(|hook| (hook.model.as_str(), hook.unit.as_str()))
            .collect();
        units.extend(
            played
                .hooks
                .iter()
                .map(|hook| (hook.model.as_str(), hook.unit.as_str())),
        );
        for (model, unit) in units {
            let of = |hooks: &'_ [recording::Hook]| {
                hooks
                    .iter()
                    .filter(|hook| hook.model == model && hook.unit == unit)
                    .cloned()
                    .collect::<Vec<_>>()
            };
            let (recorded, ours) = (of(&step.hooks), of(&played.hooks));
            if self
                .apart
                .contains(unit.split('/').next().unwrap_or_default())
            {
                self.skipped += recorded.len();
                continue;
            }
            let (recorded, ours): (Vec<_>, Vec<_>) =
                (recorded.iter().collect(), ours.iter().collect());
            for Verdict { title, differences } in
                compare::unit(&recorded, &ours, failing, &played.timing)
            {
                self.verdict(number, step, &title, &differences);
            }
        }
    }

    pub(crate) fn verdict(
        &mut self,
        number: usize,
        step: &Step,
        title: &str,
        differences: &[String],
    ) {
        if differences.is_empty() {
            self.agree += 1;
            return;
        }
        self.differ += 1;
        println!("DIFFERS  step {number} ({}): {title}", step.words.join(" "));
        if self.differ <= IN_FULL {
            println!("{}\n", differences.join("\n"));
        }
    }

    /// What the command itself came to, against what the operator was told.
    fn outcome(&mut self, number: usize, step: &Step, played: &Played, stage: &Stage<'_>) {
        let command = step.words.first().cloned().unwrap_or_default();
        match &played.outcome {
            Outcome::Cannot => {
                *self.cannot.entry(command).or_default() += 1;
                self.leave_apart(step, stage);
            }
            // What was set up by a command that we cannot do is not there to be taken down.
            Outcome::Refused(_) if !step.failed && self.concerns_apart(step) => {
                *self
                    .cannot
                    .entry(format!("{command} (of the above)"))
                    .or_default() += 1;
            }
            Outcome::Refused(text) if !step.failed => self.verdict(
                number,
                step,
                "the command",
                &[format!("expected: done\ngot:      {text}")],
            ),
            Outcome::Done(_) if step.failed => self.verdict(
                number,
                step,
                "the command",
                &[format!("expected: {}\ngot:      done", step.said)],
            ),
            Outcome::Done(ours) => {
                let said = step
                    .said
                    .lines()
                    .next()
                    .and_then(|line| serde_json::from_str::<Value>(line).ok());
                if let Some(said) = said
                    .map(without_times)
                    .filter(|said| said.is_object() && *said != *ours && !self.concerns_apart(step))
                {
                    self.verdict(
                        number,
                        step,
                        "the result",
                        &[format!("expected: {said}\ngot:      {ours}")],
                    );
                }
            }
            Outcome::Refused(_) => {}
        }
    }

    /// The applications that a command names, also through a relation's number.
    fn leave_apart(&mut self, step: &Step, stage: &Stage<'_>) {
        let apps: BTreeSet<String> = stage
            .models
            .values()
            .flat_map(juju_bed::model::Model::applications)
            .collect();
        for piece in step
            .words
            .iter()
            .skip(1)
            .flat_map(|word| word.split([':', '.', '/', ',']))
        {
            if apps.contains(piece) {
                self.apart.insert(piece.to_owned());
            } else if piece.parse::<u32>().is_ok() && step.words[0].ends_with("-relation") {
                self.apart.extend(apps.iter().cloned());
            }
        }
    }

    fn concerns_apart(&self, step: &Step) -> bool {
        step.words
            .iter()
            .flat_map(|word| word.split([':', '.', '/', ',']))
            .any(|piece| self.apart.contains(piece))
    }

    /// Who is related to an application that went apart sees that.
    fn spread(&mut self, stage: &Stage<'_>) {
        for model in stage.models.values() {
            let apps = model.applications();
            for _ in &apps {
                let related = |app: &&String| {
                    self.apart
                        .iter()
                        .any(|apart| !model.relations(apart, app).is_empty())
                };
                let more: Vec<String> = apps.iter().filter(related).cloned().collect();
                self.apart.extend(more);
            }
        }
    }

    pub(crate) fn end(self, title: &str) -> ExitCode {
        for (command, times) in &self.cannot {
            println!("not simulated: {command} ({times})");
        }
        if self.skipped > 0 {
            let apart: Vec<String> = self.apart.into_iter().collect();
            println!(
                "not compared: {} hooks of {}, which depend on that",
                self.skipped,
                apart.join(", ")
            );
        }
        println!(
            "{title}: {} hooks agree, {} differ",
            self.agree, self.differ
        );
        if self.differ == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// Times are not simulated: `timing` goes, and a log line's time.
fn without_times(mut said: Value) -> Value {
    for task in said
        .as_object_mut()
        .into_iter()
        .flat_map(|map| map.values_mut())
    {
        let Some(task) = task.as_object_mut() else {
            continue;
        };
        task.remove("timing");
        for line in task
            .get_mut("log")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(text) = line.as_str().and_then(|text| text.strip_prefix("TIME ")) {
                *line = text.into();
            }
        }
    }
    said
}
