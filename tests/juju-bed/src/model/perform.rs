//! Runs hooks: until all is quiet, or one at a time in whatever order a test wants.

use std::io;

use super::{
    Error, Model,
    state::{Agent, Failed, Life, Planned},
};
use crate::{
    agent::{self, Orders, Place, Ran},
    context::{Context, Run},
};

/// More hooks than any sane charm runs before it is quiet.
const ENOUGH: usize = 20_000;

/// A hook that is ready to run.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) unit: String,
    hook: Planned,
    pub(super) place: Place,
    pub(super) context: Context,
    pub(super) orders: Orders,
}

impl Model {
    /// Runs hooks until no unit has anything left to do. A hook that failed before is tried again first, once.
    ///
    /// # Errors
    /// If the bed cannot run hooks, or they do not come to an end.
    pub fn settle(&mut self) -> Result<(), Error> {
        self.wake();
        self.until_quiet(Self::step)
    }

    /// Goes on for as long as `step` finds something to do.
    pub(super) fn until_quiet(
        &mut self,
        mut step: impl FnMut(&mut Self) -> Result<bool, Error>,
    ) -> Result<(), Error> {
        for _ in 0..ENOUGH {
            if !step(self)? {
                return Ok(());
            }
        }
        Err(io::Error::other("the model does not settle").into())
    }

    /// Time passes: every agent hears the news, and hooks that failed may be tried again.
    pub fn wake(&mut self) {
        if self.clock.retry_hooks {
            let units = self.controller.units.values_mut();
            for failed in units.filter_map(|unit| unit.agent.failed.as_mut()) {
                failed.retry = true;
            }
        }
        self.controller.refresh_views();
    }

    /// Runs one hook of whichever unit's turn it is; `false` if there is none to run.
    ///
    /// # Errors
    /// If the bed cannot run it.
    pub fn step(&mut self) -> Result<bool, Error> {
        loop {
            if let Some((unit, hook)) = self.controller.next_turn(&mut self.chance) {
                self.perform(&unit, &hook)?;
                return Ok(true);
            }
            if !self.news()? {
                return Ok(false);
            }
        }
    }

    /// Nobody has anything to do: every agent hears the news, and the dead are buried. Whether there was any.
    pub(super) fn news(&mut self) -> Result<bool, Error> {
        Ok(self.controller.refresh_views() || self.bury()?)
    }

    /// One unit's agent hears all the news.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn hear(&mut self, unit: &str) -> Result<(), Error> {
        self.controller.unit(unit)?;
        self.controller.refresh_view(unit);
        Ok(())
    }

    /// One unit's agent hears of one unit or application in a relation; with an empty name, of the relation itself:
    /// that it exists (and who is there), or that it ends. What it hears of a databag may be some versions behind.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn tell(
        &mut self,
        unit: &str,
        relation: u32,
        entity: &str,
        behind: u64,
    ) -> Result<(), Error> {
        self.controller.unit(unit)?;
        self.controller.tell(unit, relation, entity, behind);
        Ok(())
    }

    /// What one unit's agent would run next, going by what it has heard.
    pub fn next_hook(&mut self, unit: &str) -> Option<Run> {
        let hook = self.controller.plan(unit, &mut self.chance)?;
        Some(hook.run)
    }

    /// Runs what [`Model::next_hook`] names; `false` if there is nothing.
    ///
    /// # Errors
    /// If the bed cannot run the hook.
    pub fn step_unit(&mut self, unit: &str) -> Result<bool, Error> {
        let Some(hook) = self.controller.plan(unit, &mut self.chance) else {
            return Ok(false);
        };
        self.perform(unit, &hook)?;
        Ok(true)
    }

    /// Runs a planned hook and takes in what came of it.
    fn perform(&mut self, unit: &str, hook: &Planned) -> Result<(), Error> {
        if let Some(begun) = self.begin(unit, hook)? {
            let ran = agent::run(&begun.place, &begun.context, &begun.orders)?;
            self.finish(begun, ran);
        }
        Ok(())
    }

    /// Makes everything ready for a planned hook; `None` if the operator has resolved it without a retry.
    pub(super) fn begin(&mut self, unit: &str, hook: &Planned) -> Result<Option<Begun>, Error> {
        self.chance.turn = unit.to_owned();
        if self.controller.skip_resolved(unit) {
            return Ok(None);
        }
        self.lay_out(unit, hook)?;
        self.controller.before_hook(unit, hook);
        Ok(Some(Begun {
            context: self.controller.begin(unit, hook.run.clone(), &self.lab),
            place: self.place(unit),
            orders: self.orders(unit),
            unit: unit.to_owned(),
            hook: hook.clone(),
        }))
    }

    /// Takes in what came of a hook.
    pub(super) fn finish(&mut self, begun: Begun, mut ran: Ran) {
        let Begun { unit, hook, .. } = begun;
        // A broken relation is forgotten below, and its endpoint with it.
        let name = self.controller.run_name(&unit, &hook.run);
        if self.controller.end_interruption(&unit, &ran) && std::mem::take(&mut ran.effects.requeue)
        {
            ran.effects.hook_error = Some("terminated".into());
        }
        let effects = &mut ran.effects;
        self.controller.take_in(&unit, effects, &self.journal);
        if !effects.requeue && effects.hook_error.is_none() {
            self.controller.after_hook(&unit, &hook);
        } else if let Ok(agent) = self.controller.agent_mut(&unit) {
            match effects.requeue {
                true => agent.requeue(hook),
                false => agent.fail(hook, format!("hook failed: {name:?}"), self.clock.now),
            }
        }
        if !effects.skipped {
            self.journal.push(&unit, &name, ran);
        }
    }

    /// Removes what is gone for good: dead units with their folders, relations that everybody left, applications
    /// without units.
    pub(super) fn bury(&mut self) -> Result<bool, Error> {
        let units = self.controller.units.iter();
        let dead = units.filter(|(_, unit)| unit.life == Life::Dead);
        let dead: Vec<String> = dead.map(|(name, _)| name.clone()).collect();
        for name in &dead {
            let folder = self.folder(name);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
        }
        let buried = self.controller.forget(&dead);
        Ok(self.controller.elect() || buried)
    }
}

impl Agent {
    fn requeue(&mut self, hook: Planned) {
        self.failed = None;
        self.queued = Some(hook);
    }

    fn fail(&mut self, hook: Planned, message: String, now: u64) {
        self.queued = None;
        let before = self.failed.take();
        self.failed = Some(Failed {
            hook,
            message,
            since: before.as_ref().map_or(now, |failed| failed.since),
            at: now,
            tries: 1 + before.map_or(0, |failed| failed.tries),
            retry: false,
            skip: false,
        });
    }
}
