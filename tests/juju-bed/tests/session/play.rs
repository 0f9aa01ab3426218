//! Plays the commands of a recording on simulated models.

use std::{collections::BTreeMap, path::Path};

use juju_bed::model::{Error, Model, Patience};
use serde_json::Value;

use crate::{
    follow::lead,
    links::Link,
    names::Names,
    offers::Offer,
    recording::{Hook, Recording, Step},
    timing::Timing,
};

/// No unit is given up.
const FOR_EVER: Patience = Patience {
    stop: u64::MAX,
    other: u64::MAX,
};

/// What a command came to.
pub(crate) enum Answer {
    /// Done, with what it printed if that is JSON.
    Done(Value),
    /// Refused.
    Refused(String),
    /// The bed has no such thing.
    Cannot,
}

/// A step as we played it.
pub(crate) struct Played {
    pub(crate) answer: Answer,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) timing: Timing,
}

/// The models of a session.
pub(crate) struct Stage<'a> {
    pub(crate) charms: &'a Path,
    pub(crate) recording: &'a Recording,
    pub(crate) models: BTreeMap<String, Model>,
    pub(crate) names: Names,
    /// By their names.
    pub(crate) offers: BTreeMap<String, Offer>,
    /// The offers' names, by the models that consume them and what they are called there.
    pub(crate) consumed: BTreeMap<(String, String), String>,
    pub(crate) links: Vec<Link>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(charms: &'a Path, recording: &'a Recording) -> Self {
        Self {
            charms,
            recording,
            models: BTreeMap::new(),
            names: Names::default(),
            offers: BTreeMap::new(),
            consumed: BTreeMap::new(),
            links: Vec::new(),
        }
    }

    /// Plays one step. Of the recording it takes only what Juju leaves to chance and time.
    pub(crate) fn play(&mut self, step: &Step) -> Result<Played, Error> {
        let before: BTreeMap<String, usize> = self
            .models
            .iter()
            .map(|(name, model)| (name.clone(), model.journal().len()))
            .collect();
        let mut timing = Timing::default();
        self.watch(&mut timing);
        timing.begin();
        self.prepare(step);
        let answer = match self.command(step) {
            Ok(Answer::Done(said)) => Answer::Done(self.named(&said)),
            Ok(answer) => answer,
            Err(Error::Refused(refused)) => Answer::Refused(refused.to_string()),
            Err(error) => return Err(error),
        };
        self.let_lead(step)?;
        self.follow(step, &mut timing)?;
        self.settle(step, &mut timing, &before)?;
        self.let_lead(step)?;
        self.settle(step, &mut timing, &before)?;
        self.let_time_pass(step, &before)?;
        self.settle(step, &mut timing, &before)?;
        Ok(Played {
            answer,
            hooks: self.hooks_since(&before),
            timing,
        })
    }

    /// What an operator was told, with the recording's names in it.
    fn named(&mut self, said: &Value) -> Value {
        self.models
            .values()
            .for_each(|model| self.names.learn(model));
        serde_json::from_str(&self.names.in_text(&said.to_string())).unwrap_or_default()
    }

    pub(crate) fn watch(&mut self, timing: &mut Timing) {
        for (name, model) in &self.models {
            self.names.learn(model);
            timing.watch(name, model, &self.names);
        }
    }

    fn hooks_since(&self, before: &BTreeMap<String, usize>) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for (name, model) in &self.models {
            let fresh = model
                .journal()
                .iter()
                .skip(before.get(name).copied().unwrap_or(0));
            hooks.extend(
                fresh
                    .filter(|entry| entry.name != "juju-exec")
                    .map(|entry| self.names.hook(name, entry)),
            );
        }
        hooks
    }

    /// Chance: whether `config-changed` runs twice.
    fn prepare(&mut self, step: &Step) {
        for (name, model) in &mut self.models {
            let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
            for hook in step.hooks.iter().filter(|hook| {
                hook.model == *name && hook.name == "config-changed" && !hook.failed()
            }) {
                *runs.entry(&hook.unit).or_default() += 1;
            }
            model.set_config_changed_twice(runs.values().any(|runs| *runs > 1));
        }
    }

    /// Chance: which unit leads, when there is none or none that has begun.
    fn let_lead(&mut self, step: &Step) -> Result<(), Error> {
        for hook in step
            .hooks
            .iter()
            .filter(|hook| hook.name == "leader-elected")
        {
            if let Some(model) = self.models.get_mut(&hook.model) {
                lead(model, hook)?;
            }
        }
        Ok(())
    }

    fn settle(
        &mut self,
        step: &Step,
        timing: &mut Timing,
        before: &BTreeMap<String, usize>,
    ) -> Result<(), Error> {
        let names: Vec<String> = self.models.keys().cloned().collect();
        for name in &names {
            self.exhaust(name, step, timing, before)?;
        }
        // One model's hooks are another one's news.
        while self.mirror(true)? {
            for name in &names {
                self.exhaust(name, step, timing, before)?;
            }
        }
        Ok(())
    }

    /// Runs what one model has to run.
    fn exhaust(
        &mut self,
        name: &str,
        step: &Step,
        timing: &mut Timing,
        before: &BTreeMap<String, usize>,
    ) -> Result<(), Error> {
        loop {
            self.watch(timing);
            self.order_relations(step, name, before)?;
            if !self.model(name)?.step()? {
                return Ok(());
            }
        }
    }

    /// Chance: which relation comes first.
    fn order_relations(
        &mut self,
        step: &Step,
        name: &str,
        before: &BTreeMap<String, usize>,
    ) -> Result<(), Error> {
        let mut left: BTreeMap<&str, Vec<(u32, String)>> = BTreeMap::new();
        for hook in step.hooks.iter().filter(|hook| hook.model == name) {
            if let Some(id) = hook.relation() {
                left.entry(&hook.unit)
                    .or_default()
                    .push((id, hook.identity()));
            }
        }
        for done in self
            .hooks_since(before)
            .iter()
            .filter(|hook| hook.model == name)
        {
            let list = left.get_mut(done.unit.as_str());
            if let Some((list, at)) = list.and_then(|list| {
                list.iter()
                    .position(|(_, hook)| *hook == done.identity())
                    .map(|at| (list, at))
            }) {
                list.remove(at);
            }
        }
        let model = self.model(name)?;
        for (unit, list) in left {
            model.set_relation_order(unit, &list.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Time: as long as the recorded retries of a unit in error took. A dying unit that runs nothing later was given
    /// up, if it was tried again at all.
    fn let_time_pass(
        &mut self,
        step: &Step,
        before: &BTreeMap<String, usize>,
    ) -> Result<(), Error> {
        let ours = self.hooks_since(before);
        let later = self.recording.after(step).flat_map(|step| &step.hooks);
        let later: Vec<&Hook> = later.filter(|hook| !hook.is_action()).collect();
        for (name, model) in &mut self.models {
            let failures = |hooks: &[Hook], unit: &str| {
                let of_unit = |hook: &&Hook| hook.model == *name && hook.unit == unit;
                let failed = hooks.iter().filter(of_unit).filter(|hook| hook.failed());
                u32::try_from(failed.count()).unwrap_or(u32::MAX)
            };
            let units = model
                .applications()
                .into_iter()
                .flat_map(|app| model.units(&app));
            let failing: Vec<String> = units.filter(|unit| in_error(model, unit)).collect();
            let (mut seconds, mut patience) = (step.waits(), Patience::default());
            for unit in &failing {
                let (recorded, first) = (failures(&step.hooks, unit), model.tries(unit));
                let first = first.saturating_sub(failures(&ours, unit));
                let waits = (first + 1..=first + recorded).map(delay);
                let passed = waits.sum::<u64>().saturating_sub(1);
                seconds = seconds.max(passed);
                let lives_on = later
                    .iter()
                    .any(|hook| hook.model == *name && hook.unit == *unit);
                if lives_on {
                    patience = FOR_EVER;
                } else if recorded > 1 {
                    patience.other = patience.other.min(passed);
                }
            }
            model.set_patience(patience);
            model.advance(seconds)?;
        }
        Ok(())
    }

    pub(crate) fn model(&mut self, name: &str) -> Result<&mut Model, Error> {
        self.models
            .get_mut(name)
            .ok_or_else(|| refused(format!("model {name:?} not found")))
    }
}

pub(crate) fn in_error(model: &Model, unit: &str) -> bool {
    model
        .status(unit)
        .is_some_and(|status| status.status == "error")
}

/// How long Juju waits after so many tries.
fn delay(tries: u32) -> u64 {
    (5 << (tries - 1).min(6)).min(300)
}

/// As Juju refuses a command.
pub(crate) fn refused(text: String) -> Error {
    Error::Refused(juju_bed::charm::Refused(text))
}
