//! Plays the commands of a recording on simulated models.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use juju_bed::model::{Error, Model};
use serde_json::Value;

use crate::{
    follow::lead,
    links::Link,
    names::Names,
    offers::Offer,
    recording::{Hook, Recording, Step},
    timing::Timing,
};

/// What a command came to.
pub(crate) enum Outcome {
    /// Done, with what it printed if that is JSON.
    Done(Value),
    /// Refused.
    Refused(String),
    /// The bed has no such thing.
    Cannot,
}

/// A step as we played it.
pub(crate) struct Played {
    pub(crate) outcome: Outcome,
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
    /// Names of consumers that the recording has given away.
    pub(crate) consumers: Vec<String>,
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
            consumers: Vec::new(),
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
        let outcome = match self.command(step) {
            Ok(outcome) => outcome,
            Err(Error::Refused(refused)) => Outcome::Refused(refused.to_string()),
            Err(error) => return Err(error),
        };
        self.let_lead(step)?;
        self.follow(step, &mut timing)?;
        self.settle(step, &mut timing, &before)?;
        self.let_lead(step)?;
        self.settle(step, &mut timing, &before)?;
        for _ in 0..step.hooks.len() {
            if !self.wants_retry(step, &before) {
                break;
            }
            self.settle(step, &mut timing, &before)?;
        }
        Ok(Played {
            outcome,
            hooks: self.hooks_since(&before),
            timing,
        })
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
            self.model(name)?.wake();
            self.exhaust(name, step, timing, before)?;
        }
        // One model's hooks are another one's news.
        while self.mirror()? {
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

    /// Time: a failing hook was tried more often than we did.
    fn wants_retry(&self, step: &Step, before: &BTreeMap<String, usize>) -> bool {
        let ours = self.hooks_since(before);
        let failures = |hooks: &[Hook], model: &str, unit: &str| {
            hooks
                .iter()
                .filter(|hook| hook.model == model && hook.unit == unit && hook.failed())
                .count()
        };
        let units: BTreeSet<(&str, &str)> = step
            .hooks
            .iter()
            .map(|hook| (hook.model.as_str(), hook.unit.as_str()))
            .collect();
        units.into_iter().any(|(name, unit)| {
            let status = self.models.get(name).and_then(|model| model.status(unit));
            status.is_some_and(|status| status.status == "error")
                && failures(&step.hooks, name, unit) > failures(&ours, name, unit)
        })
    }

    pub(crate) fn model(&mut self, name: &str) -> Result<&mut Model, Error> {
        self.models
            .get_mut(name)
            .ok_or_else(|| refused(format!("model {name:?} not found")))
    }
}

/// As Juju refuses a command.
pub(crate) fn refused(text: String) -> Error {
    Error::Refused(juju_bed::charm::Refused(text))
}
