//! Plays a recorded operator's session with the real probing charms and compares every hook with what a real Juju ran.
//!
//! `SESSION_FILE` names another recording of the same form; its charms are in `session-charms/` beside it, or else ours are taken.

#![allow(clippy::print_stdout, reason = "the report is what this target is for")]

mod charms;
mod command;
mod compare;
mod names;
mod offers;
mod play;
mod recording;
mod timing;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::{Path, PathBuf},
    process::ExitCode,
};

use juju_bed::model::Lab;
use serde_json::Value;

use compare::{Failing, Verdict};
use play::{Outcome, Played, Stage};
use recording::{Recording, Step};

/// Differences that are printed in full; of the others only the hook is named.
const IN_FULL: usize = 12;

fn main() -> ExitCode {
    if !Lab::default()
        .path
        .split(':')
        .any(|folder| Path::new(folder).join("python3").exists())
    {
        println!("session: not there (no python3)");
        return ExitCode::SUCCESS;
    }
    let ours = || {
        ["session-4.0.json", "written-4.0.json"]
            .map(committed)
            .to_vec()
    };
    let paths = env::var_os("SESSION_FILE").map_or_else(ours, |path| vec![path.into()]);
    // Each is played whatever became of the one before.
    let played: Vec<ExitCode> = paths.iter().map(|path: &PathBuf| play(path)).collect();
    let failed = played.into_iter().find(|code| *code != ExitCode::SUCCESS);
    failed.unwrap_or(ExitCode::SUCCESS)
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("recordings")
        .join(name)
}

fn play(path: &Path) -> ExitCode {
    let recording = Recording::read(path);
    let charms = charms::prepare(path).expect("the charms can be copied");
    let mut report = Report::default();
    let mut stage = Stage::new(charms.path(), &recording);
    let mut failing = Failing::default();
    for (number, step) in recording.steps.iter().enumerate() {
        match stage.play(step) {
            Ok(played) => report.step(number, step, &played, &stage, &mut failing),
            Err(error) => report.verdict(number, step, "the bed", &[error.to_string()]),
        }
    }
    report.end(recording.title())
}

#[derive(Default)]
struct Report {
    agree: usize,
    differ: usize,
    /// What the bed cannot do, by command, and how many hooks were not compared therefore.
    cannot: BTreeMap<String, usize>,
    skipped: usize,
    /// Applications whose state is not that of the recording any more.
    apart: BTreeSet<String>,
    /// Offers by name, with the application behind.
    offers: BTreeMap<String, String>,
}

impl Report {
    fn step(
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

    fn verdict(&mut self, number: usize, step: &Step, title: &str, differences: &[String]) {
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

    /// The applications that a command names, also through an offer or a relation's number.
    fn leave_apart(&mut self, step: &Step, stage: &Stage<'_>) {
        if step.words.first().is_some_and(|command| command == "offer") {
            let app = step
                .words
                .iter()
                .find_map(|word| word.split_once(':'))
                .map(|(app, _)| app.rsplit('.').next().unwrap_or(app).to_owned());
            if let (Some(app), Some(name)) = (app, step.words.last()) {
                self.offers.insert(name.clone(), app);
            }
            return;
        }
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
            let app = self
                .offers
                .get(piece)
                .map_or(piece, String::as_str)
                .to_owned();
            if apps.contains(&app) {
                self.apart.insert(app);
            } else if piece.parse::<u32>().is_ok() && step.words[0].ends_with("-relation") {
                self.apart.extend(apps.iter().cloned());
            }
        }
    }

    fn concerns_apart(&self, step: &Step) -> bool {
        step.words
            .iter()
            .flat_map(|word| word.split([':', '.', '/', ',']))
            .any(|piece| self.apart.contains(piece) || self.offers.contains_key(piece))
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

    fn end(self, title: &str) -> ExitCode {
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
