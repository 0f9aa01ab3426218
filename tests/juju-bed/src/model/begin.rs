//! Before a run: what the agent still holds of remote databags, and leadership that is about to change.

use super::{
    Controller, Error, Lab, Model,
    state::{Agent, ChangeOfLeader},
};
use crate::context::{Context, Effects, LeadershipChange, Run};

impl Model {
    /// Lets leadership go over to `leader` while the next hook, action or command of `unit` runs, after so many calls
    /// of hook tools.
    ///
    /// # Errors
    /// If there is no such unit, or the two are of different applications.
    pub fn change_leader_during(
        &mut self,
        unit: &str,
        after_calls: usize,
        leader: &str,
    ) -> Result<(), Error> {
        let app = &self.controller.unit(unit)?.app;
        if self.controller.unit(leader)?.app != *app {
            return Err(Error::refused(format!("{leader:?} is no unit of {app:?}")));
        }
        self.controller.agent_mut(unit)?.change_of_leader = Some(ChangeOfLeader {
            after_calls,
            leader: leader.to_owned(),
        });
        Ok(())
    }
}

impl Controller {
    /// What a run is given.
    pub(super) fn begin(&mut self, name: &str, run: Run, lab: &Lab) -> Context {
        let agent = self.units.get_mut(name).map(|unit| &mut unit.agent);
        let change = agent.and_then(|agent| {
            agent.prune_cache(&run);
            agent.change_of_leader.take()
        });
        let mut context = self.context(name, run, lab);
        if let Some(change) = change {
            context.leadership_change = Some(LeadershipChange {
                after_calls: change.after_calls,
                leader: change.leader == name,
            });
            if let Ok(app) = self.app_mut(context.application()) {
                app.leader = Some(change.leader);
            }
        }
        context
    }

    /// Keeps what the run read of remote units, for the hooks to come.
    pub(super) fn keep_read(&mut self, name: &str, effects: &Effects) {
        for (id, owner) in &effects.read {
            let relation = self.relations.get(&self.stands_for(*id));
            let bag = relation.and_then(|relation| relation.bags.get(owner));
            let data = bag.map(|bag| bag.data.clone()).unwrap_or_default();
            if let Ok(agent) = self.agent_mut(name) {
                agent.cache.insert((*id, owner.clone()), data);
            }
        }
    }
}

impl Agent {
    /// Forgets the databags of units that are no members, and of the one that the hook is about.
    fn prune_cache(&mut self, run: &Run) {
        let about = match run {
            Run::RelationHook {
                relation,
                remote_unit,
                ..
            } => Some((relation, remote_unit)),
            _ => None,
        };
        let relations = &self.relations;
        self.cache.retain(|(id, owner), _| {
            let joined = relations.get(id);
            joined.is_some_and(|joined| joined.members.contains_key(owner))
                && about != Some((id, owner))
        });
    }
}
