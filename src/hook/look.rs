//! Looks at relations: the one that a hook is about, or all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use super::{
    at_once::{each, joined},
    environment::Environment,
    refused_commit,
};
use crate::{
    decision::{
        ledger::Ledger,
        observed::{Observed, ObservedRelation},
        scope::{Scope, Subject},
    },
    error::chain,
    juju::{Error, Reader},
    names::{ApplicationName, BagName, RelationId, UnitName},
    relation::{
        presence::{self, Goal, Listed},
        request::{self, Request},
    },
    values::Settings,
};

/// Looks at what the hook is about, and at nothing else.
pub(super) fn narrow(
    reader: Reader,
    unit: &UnitName,
    subject: &Subject,
) -> Result<Observed, Error> {
    let (relation, known, changed) = match subject {
        Subject::Created(relation, application) => (*relation, application.clone(), None),
        Subject::Databag(relation, bag) => {
            let application = bag.as_ref().map(|bag| bag.application().clone());
            (*relation, application, Some(bag.clone()))
        }
        Subject::Departed(relation, unit) => (*relation, Some(unit.application().clone()), None),
        Subject::Nothing | Subject::Broken(_) | Subject::Stop => return Ok(Observed::default()),
    };
    let mut observed = Observed::default();
    let known = application(reader, relation, known);
    let Some(Some(application)) = unless_gone(&mut observed, relation, known)? else {
        observed.gone.entry(relation).or_insert_with(nameless);
        return Ok(observed);
    };
    let mut bags = vec![BagName::Unit(unit.clone())];
    if let Some(bag) = changed {
        bags.push(bag.unwrap_or_else(|| BagName::Application(application.clone())));
    }
    let bags: Vec<_> = bags.into_iter().map(|bag| (relation, bag)).collect();
    let applications = BTreeMap::from([(relation, application)]);
    read(reader, unit, &applications, &bags, &mut observed)?;
    Ok(observed)
}

/// Looks at every relation but those that are known to be gone.
pub(super) fn all(
    reader: Reader,
    environment: &Environment,
    listed: Vec<RelationId>,
    ledger: Option<&Ledger>,
    scope: &Scope,
) -> Result<(Observed, Option<Goal>), Error> {
    let mut observed = Observed::default();
    let unit = &environment.unit;
    let left_out = refused_commit::left_out(&environment.folder, ledger);
    let gone = Gone { ledger, left_out };
    let relations = members(reader, listed, &gone, None, &mut observed)?;
    thread::scope(|threads| {
        // After the lists: a unit that appears in between is not taken for one that is gone.
        let goal = scope
            .asks_goal_state
            .then(|| threads.spawn(|| reader.goal()));
        read_all(reader, unit, &relations, &mut observed)?;
        let goal = goal.map(joined).transpose()?;
        hide(&mut observed, &relations, ledger, goal.as_ref(), None);
        Ok((observed, goal))
    })
}

/// Looks at every relation, as far as the hook's own look, `observed`, does not have it yet.
///
/// # Errors
/// When a hook tool fails for another reason than that a relation is over.
pub fn wide(
    reader: Reader,
    environment: &Environment,
    observed: Observed,
    ledger: Option<&Ledger>,
    subject: &Subject,
) -> Result<Observed, Error> {
    let mut observed = observed;
    let mut listed = reader.relations()?;
    let broken = |id: &RelationId| *subject == Subject::Broken(*id);
    listed.retain(|id| !broken(id) && !observed.gone.contains_key(id));
    let unit = &environment.unit;
    let left_out = refused_commit::left_out(&environment.folder, ledger);
    let gone = Gone { ledger, left_out };
    let relations = members(reader, listed, &gone, subject.relation(), &mut observed)?;
    read_all(reader, unit, &relations, &mut observed)?;
    hide(&mut observed, &relations, ledger, None, subject.databag());
    Ok(observed)
}

/// What is known to be gone before it is looked at.
struct Gone<'a> {
    ledger: Option<&'a Ledger>,
    left_out: BTreeSet<RelationId>,
}

impl Gone<'_> {
    fn why(&self, id: RelationId) -> Option<&'static str> {
        let known = self.ledger.is_some_and(|ledger| ledger.gone.contains(&id));
        let refused = self.left_out.contains(&id);
        match (known, refused) {
            (true, _) => Some("as before"),
            (_, true) => Some("Juju refuses what is written through it beside another one"),
            _ => None,
        }
    }
}

/// The relations that are to be looked at, with their units.
fn members(
    reader: Reader,
    listed: Vec<RelationId>,
    gone: &Gone<'_>,
    subject: Option<RelationId>,
    observed: &mut Observed,
) -> Result<BTreeMap<RelationId, Listed>, Error> {
    observed.wide = true;
    let mut ids = Vec::new();
    for id in listed {
        match gone.why(id).filter(|_| Some(id) != subject) {
            Some(why) => drop(observed.gone.insert(id, why.to_owned())),
            None => ids.push(id),
        }
    }
    let mut relations = BTreeMap::new();
    for (id, answer) in ids.iter().zip(each(&ids, |id| listing(reader, *id))) {
        match unless_gone(observed, *id, answer)? {
            Some(Some(listed)) => {
                relations.insert(*id, listed);
            }
            _ => {
                observed.gone.entry(*id).or_insert_with(nameless);
            }
        }
    }
    for alias in presence::aliases(&relations, subject) {
        relations.remove(&alias);
    }
    Ok(relations)
}

/// Reads the databags of all relations that were not read yet.
fn read_all(
    reader: Reader,
    unit: &UnitName,
    relations: &BTreeMap<RelationId, Listed>,
    observed: &mut Observed,
) -> Result<(), Error> {
    let ours = BagName::Unit(unit.clone());
    let mut bags = Vec::new();
    for (id, Listed { application, units }) in relations {
        let theirs = units.iter().cloned().map(BagName::Unit);
        let all = theirs.chain([ours.clone(), BagName::Application(application.clone())]);
        let seen = observed.relations.get(id);
        let unread = all.filter(|bag| {
            !seen.is_some_and(|seen| *bag == ours || seen.requests.contains_key(bag))
        });
        bags.extend(unread.map(|bag| (*id, bag)));
    }
    let applications = relations
        .iter()
        .map(|(id, listed)| (*id, listed.application.clone()))
        .collect();
    read(reader, unit, &applications, &bags, observed)
}

/// Passes over the units that were removed by force: as `goal` shows them, or as they are remembered.
fn hide(
    observed: &mut Observed,
    relations: &BTreeMap<RelationId, Listed>,
    ledger: Option<&Ledger>,
    goal: Option<&Goal>,
    subject: Option<&BagName>,
) {
    for (id, seen) in &mut observed.relations {
        let known = ledger.and_then(|ledger| ledger.relations.get(id));
        let hidden = match (goal, relations.get(id)) {
            (Some(goal), Some(listed)) => presence::removed_by_force(listed, goal),
            _ => known.map_or_else(BTreeSet::new, |known| known.hidden.clone()),
        };
        seen.hidden = hidden
            .into_iter()
            .filter(|unit| subject != Some(&BagName::Unit(unit.clone())))
            .collect();
        let hidden =
            |bag: &BagName| matches!(bag, BagName::Unit(unit) if seen.hidden.contains(unit));
        seen.requests.retain(|bag, _| !hidden(bag));
    }
}

/// The consumer's application and those of its units that this unit has met.
fn listing(reader: Reader, id: RelationId) -> Result<Option<Listed>, Error> {
    let units = reader.units(id)?;
    let known = units.first().map(|unit| unit.application().clone());
    let application = application(reader, id, known)?;
    Ok(application.map(|application| Listed { application, units }))
}

fn application(
    reader: Reader,
    id: RelationId,
    known: Option<ApplicationName>,
) -> Result<Option<ApplicationName>, Error> {
    match known {
        Some(known) => Ok(Some(known)),
        None => reader.application(id),
    }
}

/// Reads databags, ours and theirs, into `observed`.
fn read(
    reader: Reader,
    unit: &UnitName,
    applications: &BTreeMap<RelationId, ApplicationName>,
    bags: &[(RelationId, BagName)],
    observed: &mut Observed,
) -> Result<(), Error> {
    let answers = each(bags, |(id, bag)| reader.databag(*id, bag));
    let ours = BagName::Unit(unit.clone());
    for ((id, bag), settings) in bags.iter().zip(answers) {
        let settings = match settings {
            // One of theirs that is refused is out of sight, no more.
            Err(error) if *bag != ours && error.is_relation_gone() => continue,
            settings => unless_gone(observed, *id, settings)?,
        };
        let Some(settings) = settings else {
            continue;
        };
        let Some(application) = applications.get(id) else {
            continue;
        };
        let seen = observed
            .relations
            .entry(*id)
            .or_insert_with(|| ObservedRelation {
                application: application.clone(),
                own: Settings::new(),
                requests: BTreeMap::new(),
                hidden: BTreeSet::new(),
            });
        if *bag == ours {
            seen.own = settings;
        } else {
            let wish = settings.get(request::KEY).map(String::as_str);
            seen.requests.insert(bag.clone(), Request::parse(wish));
        }
    }
    let gone = &observed.gone;
    observed.relations.retain(|id, _| !gone.contains_key(id));
    Ok(())
}

/// The answer, except where Juju does not let us look because the relation is over, which is noted.
fn unless_gone<T>(
    observed: &mut Observed,
    relation: RelationId,
    answer: Result<T, Error>,
) -> Result<Option<T>, Error> {
    match answer {
        Err(error) if error.is_relation_gone() => {
            observed.gone.insert(relation, chain(&error));
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

fn nameless() -> String {
    "Juju does not name its other side".to_owned()
}
