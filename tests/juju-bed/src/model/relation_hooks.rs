//! The hooks of relations: which comes next, and what is done after it.

use std::collections::BTreeMap;

use super::{
    Controller,
    chance::Chance,
    state::{Bag, Joined, Life, Planned, Relation, Seen},
};
use crate::context::{Run, Settings, Version};

impl Controller {
    /// A living unit enters every relation it has heard of; that is when the others begin to see it.
    pub(super) fn enter_scopes(&mut self, name: &str) {
        let Some(unit) = self.units.get(name) else {
            return;
        };
        let agent = &unit.agent;
        let fresh: Vec<u32> = agent
            .view
            .iter()
            .filter(|(id, seen)| !seen.over && !agent.relations.contains_key(*id))
            .map(|(id, _)| *id)
            .collect();
        for id in fresh {
            if self.enter(id, name)
                && let Ok(agent) = self.agent_mut(name)
            {
                agent.relations.insert(id, Joined::default());
            }
        }
    }

    /// Puts a living unit into a relation's scope; whether it may enter.
    pub(super) fn enter(&mut self, id: u32, name: &str) -> bool {
        let unit = self.units.get(name);
        let relation = self.relations.get_mut(&id);
        match (unit, relation) {
            (Some(unit), Some(relation)) if unit.life == Life::Alive && !relation.is_over() => {
                let data = network_keys(&unit.address, self.version);
                relation.scope.insert(name.to_owned());
                relation
                    .bags
                    .insert(name.to_owned(), Bag { data, version: 1 });
                true
            }
            _ => false,
        }
    }

    pub(super) fn plan_created(&self, name: &str, chance: &mut Chance) -> Option<Planned> {
        let agent = &self.units[name].agent;
        let new = agent.relations.iter().filter(|(_, joined)| !joined.created);
        let mut ids: Vec<u32> = new.map(|(id, _)| *id).collect();
        chance.order(name, &mut ids);
        let lives = |id: &u32| agent.view.get(id).is_some_and(|seen| !seen.over);
        let id = ids.into_iter().find(lives)?;
        self.relation_hook(name, id, "created", "", 0)
    }

    /// The next hook of any relation: at random among them, peers last.
    pub(super) fn plan_relation(&mut self, name: &str, chance: &mut Chance) -> Option<Planned> {
        let mut ids: Vec<u32> = self.units[name].agent.relations.keys().copied().collect();
        chance.order(name, &mut ids);
        if self.version > Version::V2_9 {
            ids.sort_by_key(|id| self.relations.get(id).is_some_and(Relation::is_peer));
        }
        ids.into_iter()
            .find_map(|id| self.plan_in_relation(name, id))
    }

    fn plan_in_relation(&mut self, name: &str, id: u32) -> Option<Planned> {
        let unit = &self.units[name];
        let joined = unit.agent.relations.get(&id)?.clone();
        if self.relations.get(&id)?.removed {
            let left = joined
                .members
                .keys()
                .next()
                .filter(|_| joined.departures > 0)?;
            return self.relation_hook(name, id, "departed", left, 0);
        }
        let seen = unit
            .agent
            .view
            .get(&id)
            .filter(|seen| !seen.over && unit.life == Life::Alive)
            .cloned();
        let gone = seen.is_none();
        let seen = seen.unwrap_or_else(|| Seen {
            over: true,
            members: BTreeMap::new(),
            app_version: joined.app_version,
        });
        if let Some(owed) = &joined.owed {
            let version = seen
                .members
                .get(owed)
                .or_else(|| joined.members.get(owed))
                .copied()
                .unwrap_or(0);
            return self.relation_hook(name, id, "changed", owed, version);
        }
        if unit.agent.view.get(&id).is_none_or(|seen| seen.over)
            && let Some(next) = self.plan_parting(name, id)
        {
            return next;
        }
        if let Some(left) = joined
            .members
            .keys()
            .find(|member| !seen.members.contains_key(*member))
        {
            return self.relation_hook(name, id, "departed", left, 0);
        }
        if gone {
            return self.plan_broken(name, id, &joined);
        }
        if seen.app_version != joined.app_version {
            return self.relation_hook(name, id, "changed", "", seen.app_version);
        }
        if let Some((new, version)) = seen
            .members
            .iter()
            .find(|(member, _)| !joined.members.contains_key(*member))
        {
            return self.relation_hook(name, id, "joined", new, *version);
        }
        let (changed, version) = seen
            .members
            .iter()
            .find(|(member, version)| joined.members.get(*member) != Some(version))?;
        self.relation_hook(name, id, "changed", changed, *version)
    }

    /// Peer relations never break, and one that was never created has nothing to break.
    pub(super) fn plan_broken(&mut self, name: &str, id: u32, joined: &Joined) -> Option<Planned> {
        if self.relations.get(&id).is_some_and(Relation::is_peer) {
            return None;
        }
        if !joined.created {
            self.leave(name, id);
            return None;
        }
        self.relation_hook(name, id, "broken", "", 0)
    }

    pub(super) fn relation_hook(
        &self,
        name: &str,
        id: u32,
        kind: &str,
        remote: &str,
        version: u64,
    ) -> Option<Planned> {
        let unit = &self.units[name];
        let mut remote_app = self.relations.get(&id)?.remote_of(&unit.app)?.app.clone();
        // The other hooks take the name from the remote unit or the application that they are about.
        if ["created", "broken"].contains(&kind) && unit.agent.relations.get(&id)?.nameless {
            remote_app.clear();
        }
        // Who leaves is decided from our own life: a leaving unit sees everybody depart because of itself.
        let departing = (kind == "departed").then(|| {
            if unit.life == Life::Alive {
                remote.to_owned()
            } else {
                name.to_owned()
            }
        });
        let run = Run::RelationHook {
            kind: kind.into(),
            relation: id,
            remote_unit: remote.into(),
            remote_app,
            departing,
        };
        Some(Planned { run, version })
    }

    /// Remembers that a relation's hook is done.
    pub(super) fn after_relation_hook(&mut self, name: &str, hook: &Planned) {
        let Run::RelationHook {
            kind,
            relation,
            remote_unit,
            ..
        } = &hook.run
        else {
            return;
        };
        if kind == "broken" {
            return self.leave(name, *relation);
        }
        let agent = self.agent_mut(name).ok();
        let Some(joined) = agent.and_then(|agent| agent.relations.get_mut(relation)) else {
            return;
        };
        match kind.as_str() {
            "created" => joined.created = true,
            "joined" => {
                joined.members.insert(remote_unit.clone(), hook.version);
                joined.owed = Some(remote_unit.clone());
            }
            "departed" => {
                joined.departures = joined.departures.saturating_sub(1);
                let first = joined.members.remove(remote_unit).is_some();
                if first && joined.parting.is_some_and(|parting| parting.departed > 1) {
                    joined.again.insert(remote_unit.clone());
                } else {
                    joined.again.remove(remote_unit);
                }
            }
            _ if remote_unit.is_empty() => joined.app_version = hook.version,
            _ => {
                joined.members.insert(remote_unit.clone(), hook.version);
                joined.owed = None;
            }
        }
    }

    /// A unit leaves a relation's scope; its databag stays readable.
    pub(super) fn leave(&mut self, name: &str, id: u32) {
        if let Ok(agent) = self.agent_mut(name) {
            agent.relations.remove(&id);
        }
        if let Some(relation) = self.relations.get_mut(&id) {
            relation.scope.remove(name);
        }
    }
}

/// What Juju itself writes into a unit's databags.
pub(super) fn network_keys(address: &str, version: Version) -> Settings {
    let mut keys = Settings::from([
        ("egress-subnets".into(), format!("{address}/32")),
        ("ingress-address".into(), address.into()),
    ]);
    if version < Version::V4_0 {
        keys.insert("private-address".into(), address.into());
    }
    keys
}
