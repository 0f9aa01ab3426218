//! What an agent knows of relations: the controller's news as they reach it.

use std::collections::BTreeMap;

use super::{
    Controller,
    state::{Relation, Seen, app_of},
};

impl Controller {
    /// Tells every agent what the controller knows now; whether that was news to anyone.
    pub(super) fn refresh_views(&mut self) -> bool {
        let names: Vec<String> = self.units.keys().cloned().collect();
        names.iter().filter(|name| self.refresh_view(name)).count() > 0
    }

    pub(super) fn refresh_view(&mut self, name: &str) -> bool {
        let Some(unit) = self.units.get_mut(name) else {
            return false;
        };
        let known = &unit.agent.view;
        let relations = self.relations.iter();
        let view: BTreeMap<u32, Seen> = relations
            .filter(|(_, relation)| relation.side_of(&unit.app).is_some() && !relation.removed)
            .map(|(id, relation)| (*id, see(relation, name, known.get(id))))
            .collect();
        let news = *known != view;
        unit.agent.view = view;
        news
    }

    /// Delivers one event of a relation's watcher. The first one holds everybody who is there.
    pub(super) fn tell(&mut self, name: &str, id: u32, entity: &str, behind: u64) {
        let app = app_of(name);
        let relation = self.relations.get(&id);
        let now = relation
            .filter(|relation| relation.side_of(app).is_some() && !relation.removed)
            .map(|relation| (see(relation, name, None), relation.remote_of(app)));
        let Some(view) = self.units.get_mut(name).map(|unit| &mut unit.agent.view) else {
            return;
        };
        match (now, view.get_mut(&id)) {
            (None, _) => {
                view.remove(&id);
            }
            (Some((now, _)), None) => {
                view.insert(id, now);
            }
            (Some((now, remote)), Some(seen)) => {
                seen.over = now.over;
                if remote.is_some_and(|side| side.app == entity) {
                    seen.app_version = now.app_version;
                } else if let Some(version) = now.members.get(entity) {
                    // Nobody hears of a time before what was heard, nor before the unit entered.
                    let known = seen.members.get(entity).copied().unwrap_or(1);
                    seen.members
                        .insert(entity.to_owned(), version.saturating_sub(behind).max(known));
                } else if !relation.is_some_and(|relation| relation.ghosts.contains(entity)) {
                    seen.members.remove(entity);
                }
            }
        }
    }
}

/// What the controller tells a unit about a relation of its application, of which it knew this.
fn see(relation: &Relation, name: &str, known: Option<&Seen>) -> Seen {
    let app = app_of(name);
    let version = |entity: &str| relation.bags.get(entity).map_or(0, |bag| bag.version);
    let remote = relation
        .remote_of(app)
        .map(|side| side.app.as_str())
        .unwrap_or_default();
    let members = relation
        .scope
        .iter()
        .filter(|unit| app_of(unit) == remote && *unit != name);
    let stale = known.into_iter().flat_map(|seen| &seen.members);
    let stale = stale.filter(|(unit, _)| relation.ghosts.contains(*unit));
    Seen {
        over: relation.is_over(),
        members: members
            .map(|unit| (unit.clone(), version(unit)))
            .chain(stale.map(|(unit, version)| (unit.clone(), *version)))
            .collect(),
        app_version: version(remote),
    }
}
