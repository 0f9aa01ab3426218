//! Relations between applications.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Controller, Error, Model,
    state::{Relation, Side, app_of},
    take,
};
use crate::context::Role;

impl Model {
    /// `juju integrate <one> <other>`, each `app` or `app:endpoint`; the relation's number.
    ///
    /// # Errors
    /// If there is no such pair of endpoints, or more than one, or it is related already.
    pub fn integrate(&mut self, one: &str, other: &str) -> Result<u32, Error> {
        for text in [one, other] {
            let app = split(text).0;
            if self.controller.app(app)?.dying {
                return Err(Error::refused(format!("application {app:?} is not alive")));
            }
        }
        let sides = self.controller.pair(one, other)?;
        let mut relations = self.controller.relations.values();
        if relations.any(|relation| relation.lives() && relation.is_between(&sides)) {
            let key = sides
                .iter()
                .map(|side| format!("{}:{}", side.app, side.endpoint))
                .collect::<Vec<_>>()
                .join(" ");
            return Err(Error::refused(format!("relation {key} already exists")));
        }
        Ok(self.controller.add_relation(sides))
    }

    /// `juju remove-relation <one> <other>`
    ///
    /// # Errors
    /// If there is no such relation.
    pub fn remove_relation(&mut self, one: &str, other: &str) -> Result<(), Error> {
        let id = self
            .controller
            .relation_between(one, other, Relation::lives)?;
        self.controller.end_relation(id);
        Ok(())
    }

    /// `juju suspend-relation <number>`, which a real Juju does to offers only: everybody leaves as if it were removed.
    ///
    /// # Errors
    /// If there is no such relation.
    pub fn suspend_relation(&mut self, relation: u32) -> Result<(), Error> {
        self.controller.relation_mut(relation)?.suspended = true;
        self.controller.let_remotes_leave(relation);
        Ok(())
    }

    /// `juju resume-relation <number>`: everybody enters anew under the same number, with empty databags.
    ///
    /// # Errors
    /// If there is no such relation.
    pub fn resume_relation(&mut self, relation: u32) -> Result<(), Error> {
        let known = self.controller.relation_mut(relation)?;
        if std::mem::take(&mut known.suspended) {
            self.controller.let_remotes_enter(relation);
        }
        Ok(())
    }
}

impl Controller {
    pub(super) fn add_relation(&mut self, sides: Vec<Side>) -> u32 {
        let id = take(&mut self.next.relation);
        let elsewhere = sides
            .iter()
            .find_map(|side| self.apps.get(&side.app)?.elsewhere.clone());
        self.relations.insert(
            id,
            Relation {
                sides,
                dying: false,
                removed: false,
                suspended: false,
                elsewhere,
                scope: BTreeSet::new(),
                ghosts: BTreeSet::new(),
                bags: BTreeMap::new(),
            },
        );
        self.let_remotes_enter(id);
        id
    }

    fn let_remotes_enter(&mut self, id: u32) {
        let sides = self.relations[&id].sides.iter().map(|side| &side.app);
        let remotes = sides.filter(|app| self.is_remote(app));
        let units: Vec<String> = remotes.flat_map(|app| self.unit_names(app)).collect();
        for unit in units {
            self.enter(id, &unit);
        }
    }

    pub(super) fn add_peer_relations(&mut self, app: &str) {
        let Ok(deployed) = self.charm_of(app) else {
            return;
        };
        let endpoints = deployed.charm.metadata.endpoints.iter();
        for (name, _) in endpoints.filter(|(_, endpoint)| endpoint.role == Role::Peer) {
            self.add_relation(vec![Side {
                app: app.to_owned(),
                endpoint: name.clone(),
                role: Role::Peer,
            }]);
        }
    }

    /// The number of a relation between two endpoints, of those that are meant.
    pub(super) fn relation_between(
        &self,
        one: &str,
        other: &str,
        meant: fn(&Relation) -> bool,
    ) -> Result<u32, Error> {
        let has = |relation: &Relation, text: &str| {
            let (app, endpoint) = split(text);
            relation.sides.iter().any(|side| {
                side.app == app && endpoint.is_none_or(|endpoint| side.endpoint == endpoint)
            })
        };
        let found = self
            .relations
            .iter()
            .find(|(_, relation)| meant(relation) && has(relation, one) && has(relation, other));
        found
            .map(|(id, _)| *id)
            .ok_or_else(|| Error::refused(format!("relation \"{one} {other}\" not found")))
    }

    /// A relation ends: its remote sides leave at once, the others when their hooks are done.
    pub(super) fn end_relation(&mut self, id: u32) {
        if let Some(relation) = self.relations.get_mut(&id) {
            relation.dying = true;
        }
        self.let_remotes_leave(id);
    }

    fn let_remotes_leave(&mut self, id: u32) {
        let apps = &self.apps;
        let remote = |unit: &str| {
            apps.get(app_of(unit))
                .is_some_and(|app| app.charm.is_none())
        };
        if let Some(relation) = self.relations.get_mut(&id) {
            relation.scope.retain(|unit| !remote(unit));
        }
    }

    fn relation_mut(&mut self, id: u32) -> Result<&mut Relation, Error> {
        self.relations
            .get_mut(&id)
            .ok_or_else(|| Error::refused(format!("relation \"{id}\" not found")))
    }

    /// The one pair of endpoints that both texts allow.
    fn pair(&self, one: &str, other: &str) -> Result<Vec<Side>, Error> {
        let mut pairs = Vec::new();
        for left in self.candidates(one, other)? {
            for right in self.candidates(other, one)? {
                if self.fit(&left, &right) {
                    pairs.push(vec![left.clone(), right]);
                }
            }
        }
        match (pairs.pop(), pairs.is_empty()) {
            (Some(pair), true) => Ok(pair),
            (None, _) => Err(Error::refused(format!(
                "no relations found for {one:?} {other:?}"
            ))),
            _ => Err(Error::refused(format!(
                "ambiguous relation: \"{one} {other}\" could refer to more than one"
            ))),
        }
    }

    /// The endpoints that `app` or `app:endpoint` can mean. A remote side has whatever endpoint is asked of it,
    /// answering the other's role.
    fn candidates(&self, text: &str, other: &str) -> Result<Vec<Side>, Error> {
        let (app, wanted) = split(text);
        if self.app(app)?.charm.is_some() {
            let deployed = self.charm_of(app)?;
            let endpoints = deployed
                .charm
                .metadata
                .endpoints
                .iter()
                .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == *name));
            let real = endpoints.filter(|(_, endpoint)| endpoint.role != Role::Peer);
            return Ok(real
                .map(|(name, endpoint)| Side {
                    app: app.into(),
                    endpoint: name.clone(),
                    role: endpoint.role,
                })
                .collect());
        }
        let roles = match self.is_remote(split(other).0) {
            true => Vec::new(),
            false => self
                .candidates(other, text)?
                .iter()
                .map(|side| answering(side.role))
                .collect(),
        };
        let named = |role| Side {
            app: app.into(),
            endpoint: wanted.unwrap_or("remote").into(),
            role,
        };
        Ok(roles.into_iter().map(named).collect())
    }

    fn fit(&self, left: &Side, right: &Side) -> bool {
        let interface = |side: &Side| {
            let deployed = self.apps.get(&side.app)?.charm.as_ref()?;
            deployed
                .charm
                .metadata
                .endpoints
                .get(&side.endpoint)
                .map(|endpoint| endpoint.interface.clone())
        };
        let same = match (interface(left), interface(right)) {
            (Some(left), Some(right)) => left == right,
            _ => true,
        };
        same && left.role == answering(right.role) && left.app != right.app
    }
}

/// The role on the side that answers to `role`.
fn answering(role: Role) -> Role {
    match role {
        Role::Provider => Role::Requirer,
        Role::Requirer => Role::Provider,
        Role::Peer => Role::Peer,
    }
}

fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once(':')
        .map_or((text, None), |(app, endpoint)| (app, Some(endpoint)))
}
