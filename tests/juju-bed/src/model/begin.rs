//! Before a run: what the agent still holds of remote databags, and leadership that is about to change.

use super::{
    Error, Inner, Model,
    state::{Agent, ChangeOfLeader},
};
use crate::context::{Context, Effects, LeadershipChange, Run};

impl Model {
    /// Lets leadership go over to `leader` while the next hook, action or command of `unit` runs, after so many calls of hook tools.
    ///
    /// # Errors
    /// If there is no such unit, or the two are of different applications.
    pub fn change_leader_during(
        &mut self,
        unit: &str,
        after_calls: usize,
        leader: &str,
    ) -> Result<(), Error> {
        let app = &self.inner.unit(unit)?.app;
        if self.inner.unit(leader)?.app != *app {
            return Err(Error::refused(format!("{leader:?} is no unit of {app:?}")));
        }
        if let Some(unit) = self.inner.units.get_mut(unit) {
            unit.agent.change_of_leader = Some(ChangeOfLeader {
                after_calls,
                leader: leader.to_owned(),
            });
        }
        Ok(())
    }
}

impl Inner {
    /// What a run is given.
    pub(super) fn begin(&mut self, name: &str, run: Run) -> Context {
        self.prune_cache(name, &run);
        let mut context = self.context(name, run);
        let change = self
            .units
            .get_mut(name)
            .and_then(|unit| unit.agent.change_of_leader.take());
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

    /// Forgets the databags of units that are no members, and of the one that the hook is about.
    fn prune_cache(&mut self, name: &str, run: &Run) {
        let Some(unit) = self.units.get_mut(name) else {
            return;
        };
        let Agent {
            cache, relations, ..
        } = &mut unit.agent;
        let about = match run {
            Run::RelationHook {
                relation,
                remote_unit,
                ..
            } => Some((relation, remote_unit)),
            _ => None,
        };
        cache.retain(|(id, owner), _| {
            let joined = relations.get(id);
            joined.is_some_and(|joined| joined.members.contains_key(owner))
                && about != Some((id, owner))
        });
    }

    /// Keeps what the run read of remote units, for the hooks to come.
    pub(super) fn keep_read(&mut self, name: &str, effects: &Effects) {
        for (id, owner) in &effects.read {
            let relation = self.relations.get(&self.stands_for(*id));
            let bag = relation.and_then(|relation| relation.bags.get(owner));
            let data = bag.map(|bag| bag.data.clone()).unwrap_or_default();
            if let Some(unit) = self.units.get_mut(name) {
                unit.agent.cache.insert((*id, owner.clone()), data);
            }
        }
    }
}
