//! Consumers in other models, as the offering side sees them, and the odd ways in which their relations end.

use super::{
    Controller, Error, Model,
    chance::Chance,
    state::{Application, Elsewhere, Life, Planned, Relation},
};
use crate::context::Refusal;

/// How a unit's agent meets the end of a relation, where that does not go as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parting {
    /// How often `departed` runs for each remote unit.
    pub departed: u8,
    /// Whether and when `broken` runs. Until then `relation-ids` goes on listing the relation, in every hook.
    pub broken: Broken,
    /// What the tools say of the relation's application databags meanwhile.
    pub refusal: Refusal,
}

/// When `relation-broken` runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Behind `departed`, as it should.
    Soon,
    /// Only when the unit itself leaves.
    WhenLeaving,
    /// It does not.
    Never,
}

impl Parting {
    /// `departed` and `broken` as they should be.
    pub const USUAL: Self = Self::of(1, Broken::Soon);
    /// `broken` without `departed`.
    pub const BROKEN_ONLY: Self = Self::of(0, Broken::Soon);
    /// `departed`, and nothing after it.
    pub const DEPARTED: Self = Self::of(1, Broken::Never);
    /// `departed` twice, and nothing after it.
    pub const DEPARTED_TWICE: Self = Self::of(2, Broken::Never);
    /// Nothing at all.
    pub const SILENT: Self = Self::of(0, Broken::Never);
    /// What a real Juju did with a consumer of an offer.
    pub const SEEN: [Self; 4] = [
        Self::USUAL,
        Self::DEPARTED,
        Self::DEPARTED_TWICE,
        Self::of(1, Broken::WhenLeaving),
    ];

    const fn of(departed: u8, broken: Broken) -> Self {
        Self {
            departed,
            broken,
            refusal: Refusal::Unauthorized,
        }
    }

    /// In one of the ways that were seen.
    fn by(chance: &mut Chance) -> Self {
        let parting = chance.one_of(&Self::SEEN);
        let refusals = [Refusal::Unauthorized, Refusal::NotFound, Refusal::ByReader];
        parting.refusing(chance.one_of(&refusals))
    }

    /// The same with another refusal.
    #[must_use]
    pub const fn refusing(self, refusal: Refusal) -> Self {
        Self { refusal, ..self }
    }
}

impl Model {
    /// A consumer of an offer, as the offering side sees it: an application `remote-<32 hex>` of another model, with so
    /// many units. The test integrates it and writes for it as for [`Model::remote`]; `goal-state` does not list it.
    /// Its name.
    ///
    /// # Errors
    /// If the bed cannot make it.
    pub fn remote_cross_model(&mut self, units: u32) -> Result<String, Error> {
        let name = format!("remote-{}", self.chance.uuid().replace('-', ""));
        self.add_elsewhere(&name, None)?;
        self.add_units(&name, units)?;
        Ok(name)
    }

    /// An offer of another model, as the consuming side sees it: an application of that name, without units for now.
    /// Before 4.0, `goal-state` lists it by the offer's URL, `admin/model.name`.
    ///
    /// # Errors
    /// If the name is taken.
    pub fn remote_offer(&mut self, name: &str, url: &str) -> Result<(), Error> {
        self.add_elsewhere(name, Some(url.to_owned()))
    }

    /// A unit of a remote side, by its number; it enters the relations that there are.
    ///
    /// # Errors
    /// If there is no such application, or it runs hooks of its own.
    pub fn add_remote_unit(&mut self, app: &str, number: u32) -> Result<String, Error> {
        if !self.controller.is_remote(app) {
            return Err(Error::refused(format!("{app:?} is no remote side")));
        }
        self.controller.next.unit.insert(app.to_owned(), number);
        self.controller.new_unit(app, &self.lab)
    }

    fn add_elsewhere(&mut self, name: &str, offer: Option<String>) -> Result<(), Error> {
        self.controller.check_new_name(name)?;
        let model = self.chance.uuid();
        let app = Application {
            elsewhere: Some(Elsewhere { model, offer }),
            ..Application::default()
        };
        self.controller.apps.insert(name.to_owned(), app);
        Ok(())
    }

    /// The consumer goes: its model removes the relation or the application. Each unit of the other side meets the end
    /// of the relation as told, or else in one of the ways that were seen, by chance.
    ///
    /// # Errors
    /// If there is no such consumer.
    pub fn remove_cross_model(&mut self, app: &str, parting: Option<Parting>) -> Result<(), Error> {
        let elsewhere = self.controller.app(app)?.elsewhere.as_ref();
        if elsewhere.is_none_or(|there| there.offer.is_some()) {
            return Err(Error::refused(format!("{app:?} consumes no offer")));
        }
        for relation in self.controller.relations_of(app) {
            for unit in self.controller.agents_in(relation) {
                let parting = parting.unwrap_or_else(|| Parting::by(&mut self.chance));
                self.part(&unit, relation, parting)?;
            }
        }
        self.remove_application(app)
    }

    /// `juju remove-offer --force` of an application's endpoint: no hook follows, and the consumers' units stay listed.
    ///
    /// # Errors
    /// If there is no such application.
    pub fn remove_offer_forced(&mut self, app: &str, endpoint: &str) -> Result<(), Error> {
        self.controller.app(app)?;
        let offered = |relation: &Relation| {
            let elsewhere = relation.elsewhere.as_ref();
            let side = relation.side_of(app);
            side.is_some_and(|side| side.endpoint == endpoint)
                && elsewhere.is_some_and(|there| there.offer.is_none())
        };
        for id in self.controller.relations_of(app) {
            let relation = &self.controller.relations[&id];
            if offered(relation) && !relation.is_gone() {
                self.controller.remove_at_once(id, app);
            }
        }
        Ok(())
    }

    /// Decides how one unit's agent will meet the end of a relation.
    ///
    /// # Errors
    /// If the unit is not in that relation.
    pub fn part(&mut self, unit: &str, relation: u32, parting: Parting) -> Result<(), Error> {
        let agent = self.controller.agent_mut(unit)?;
        let joined = agent
            .relations
            .get_mut(&relation)
            .ok_or_else(|| Error::refused(format!("{unit:?} is not in relation {relation}")))?;
        joined.parting = Some(parting);
        Ok(())
    }
}

impl Controller {
    /// The relation that the controller takes a number for: both sides name the endpoints, so a newer relation between
    /// the same ones is meant where it knows the old one no more.
    pub(super) fn stands_for(&self, id: u32) -> u32 {
        let known = self
            .relations
            .get(&id)
            .filter(|relation| relation.is_gone());
        let newer = known.and_then(|old| {
            let mut all = self.relations.iter();
            all.find(|(_, relation)| !relation.is_gone() && relation.is_between(&old.sides))
        });
        newer.map_or(id, |(newer, _)| *newer)
    }

    /// The units whose agents are in a relation.
    fn agents_in(&self, relation: u32) -> Vec<String> {
        let units = self
            .units
            .iter()
            .filter(|(_, unit)| unit.agent.relations.contains_key(&relation));
        units.map(|(name, _)| name.clone()).collect()
    }

    /// The next hook of a relation that ends oddly, once the agent knows of its end; `None` if it ends as usual.
    pub(super) fn plan_parting(&mut self, name: &str, id: u32) -> Option<Option<Planned>> {
        let unit = self.units.get_mut(name)?;
        let joined = unit.agent.relations.get_mut(&id)?;
        let parting = joined.parting?;
        if parting.departed == 0 {
            joined.members.clear();
        }
        let left = joined.members.keys().next();
        if let Some(left) = left.or_else(|| joined.again.first()).cloned() {
            return Some(self.relation_hook(name, id, "departed", &left, 0));
        }
        let (leaving, joined) = (unit.life != Life::Alive, joined.clone());
        match parting.broken {
            Broken::WhenLeaving if !leaving => Some(None),
            Broken::Soon | Broken::WhenLeaving => Some(self.plan_broken(name, id, &joined)),
            Broken::Never => {
                if let Some(relation) = self.relations.get_mut(&id) {
                    relation.scope.remove(name);
                }
                Some(None)
            }
        }
    }

    /// What the tools say of a relation that has ended for everybody but this agent.
    pub(super) fn refusal(&self, name: &str, id: u32) -> Option<Refusal> {
        if self.stands_for(id) != id {
            return None;
        }
        if self
            .relations
            .get(&id)
            .is_some_and(|relation| relation.removed)
        {
            return Some(Refusal::ByReader);
        }
        let agent = &self.units.get(name)?.agent;
        let joined = agent.relations.get(&id)?;
        let parting = joined
            .parting
            .filter(|parting| parting.broken != Broken::Soon)?;
        let over = self.relations.get(&id).is_none_or(Relation::is_over)
            && agent.view.get(&id).is_none_or(|seen| seen.over);
        let nobody = joined.members.is_empty() && joined.again.is_empty();
        (over && (nobody || parting.departed == 0)).then_some(parting.refusal)
    }
}
