//! Runs that do not come to their end: killed after so many calls, from another thread, or with their agent.

use super::{
    Controller, Error, Model,
    state::{Interruption, Planned},
};
use crate::{
    agent::{End, Orders, Process, Ran},
    context::Run,
};

impl Model {
    /// Kills the next hook, action or command of `unit` with SIGKILL once so many of its calls of hook tools have been
    /// served: the last of them has its effect, the process does not hear of it, and no later one counts. With 0 it
    /// dies as soon as it has started. Juju runs a killed hook again by itself.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn kill_during(&mut self, unit: &str, after_calls: usize) -> Result<(), Error> {
        self.interrupt(unit, after_calls, false)
    }

    /// Restarts the agent of `unit` in the middle of its next run, which is killed as by [`Model::kill_during`]. A hook
    /// that was running has failed; a run that makes fewer calls is over before the restart.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn restart_agent_during(&mut self, unit: &str, after_calls: usize) -> Result<(), Error> {
        self.interrupt(unit, after_calls, true)
    }

    /// Restarts a unit's agent, which then knows of relations only what the controller knows: who was removed by force
    /// departs, a relation that was is forgotten with its failed hook. `relation-broken` will not name the other
    /// application, and databags are read anew. Nothing else runs because of it.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn restart_agent(&mut self, unit: &str) -> Result<(), Error> {
        self.controller.unit(unit)?;
        self.controller.restart(unit);
        Ok(())
    }

    /// What kills the runs of this model from another thread.
    #[must_use]
    pub fn process(&self) -> Process {
        self.process.clone()
    }

    fn interrupt(&mut self, unit: &str, after_calls: usize, restart: bool) -> Result<(), Error> {
        self.controller.agent_mut(unit)?.interruption = Some(Interruption {
            after_calls,
            restart,
        });
        Ok(())
    }

    /// What is to happen to the run of `unit` that begins now.
    pub(super) fn orders(&self, unit: &str) -> Orders {
        let agent = self.controller.units.get(unit).map(|unit| &unit.agent);
        let interruption = agent.and_then(|agent| agent.interruption.as_ref());
        Orders {
            process: self.process.clone(),
            kill_after: interruption.map(|interruption| interruption.after_calls),
        }
    }
}

impl Controller {
    /// A run is over: the agent restarts if it was to do so meanwhile. Whether it did. What no process came to be for
    /// was no run.
    pub(super) fn end_interruption(&mut self, unit: &str, ran: &Ran) -> bool {
        if ran.end == End::NotRun {
            return false;
        }
        let agent = self.agent_mut(unit).ok();
        let interruption = agent.and_then(|agent| agent.interruption.take());
        let restarts = interruption.is_some_and(|interruption| interruption.restart);
        if restarts {
            self.restart(unit);
        }
        restarts
    }

    fn restart(&mut self, unit: &str) {
        let relations = &self.relations;
        let Some(unit) = self.units.get_mut(unit) else {
            return;
        };
        let agent = &mut unit.agent;
        agent.cache.clear();
        agent
            .relations
            .retain(|id, _| relations.get(id).is_some_and(|relation| !relation.removed));
        for joined in agent.relations.values_mut() {
            joined.nameless = true;
        }
        for (id, seen) in &mut agent.view {
            let ghosts = relations.get(id).map(|relation| &relation.ghosts);
            seen.members
                .retain(|member, _| !ghosts.is_some_and(|ghosts| ghosts.contains(member)));
        }
        let known = &agent.relations;
        let lost = |hook: &Planned| matches!(&hook.run, Run::RelationHook { relation, .. } if !known.contains_key(relation));
        agent.queued.take_if(|hook| lost(hook));
        agent.failed.take_if(|failed| lost(&failed.hook));
    }
}
