//! Gathers what Juju shows. Reads that do not depend on each other run at the same time; nothing is asked twice.
//! No decisions.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use crate::{
    credential::{Credential, CredentialError, Options, SecretRefusal},
    demand::{RelationSight, Sight},
    event::{Environment, Scope, Subject},
    juju::{Error, Reader, Settings, Status},
    ledger::Ledger,
    memory,
    names::{ApplicationName, BagName, RelationId, UnitName},
    presence::{self, Goal, Listed},
    request::{self, Request},
};

/// How many hook tools run at once. The agent serves one at a time; only starting them overlaps.
const AT_ONCE: usize = 4;

/// Whether this unit, and with it the charm, stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It stays.
    Stays,
    /// It leaves, and other units of the application stay.
    OthersStay,
    /// It leaves as the last one.
    LastLeaves,
}

/// What a hook sees before it knows where LXD is.
#[derive(Debug)]
pub struct First {
    /// The configuration.
    pub options: Options,
    /// The charm's state.
    pub state: Settings,
    /// The memory in it, if there is one.
    pub ledger: Option<Ledger>,
    /// Whether this unit stays.
    pub standing: Standing,
    /// What Juju shows as our status, where it was asked.
    pub status: Option<Status>,
    /// The subject's relation, or all of them.
    pub sight: Sight,
}

/// Looks at Juju as far as the scope goes.
///
/// # Errors
/// When a hook tool fails for another reason than that a relation is over.
pub fn first(reader: Reader, unit: &UnitName, scope: &Scope) -> Result<First, Error> {
    thread::scope(|threads| {
        let options = threads.spawn(|| reader.options());
        let state = threads.spawn(|| reader.state());
        let status = scope.wide.then(|| threads.spawn(|| reader.status()));
        let remembered = || joined(state).map(|state| (memory::read(&state), state));
        let (sight, goal, (ledger, state)) = if scope.wide {
            let listed = reader.relations();
            let remembered = remembered()?;
            let (sight, goal) = all(reader, unit, listed?, remembered.0.as_ref(), scope)?;
            (sight, goal, remembered)
        } else {
            let goal = scope.standing.then(|| threads.spawn(|| reader.goal()));
            let sight = narrow(reader, unit, &scope.subject);
            (sight?, goal.map(joined).transpose()?, remembered()?)
        };
        Ok(First {
            options: joined(options)?,
            ledger,
            state,
            standing: match goal {
                Some(goal) => standing(&goal.units, unit, &scope.subject),
                None => Standing::Stays,
            },
            status: status.map(joined).transpose()?,
            sight,
        })
    })
}

/// The credential, from the options with their secret, or the cloud.
///
/// # Errors
/// When the hook tool fails; what is wrong with the credential is the inner result.
pub fn credential(
    reader: Reader,
    options: &Options,
    environment: &Environment,
) -> Result<Result<Credential, CredentialError>, Error> {
    let application = environment.unit.application();
    if !options.any() {
        return Ok(match reader.cloud()? {
            Some(cloud) => cloud.credential(),
            None => Err(CredentialError::NoAccess {
                application: application.to_string(),
            }),
        });
    }
    let uri = match options.secret() {
        Ok(Some(uri)) => uri,
        Ok(None) => return Ok(options.credential(None)),
        Err(problem) => return Ok(Err(problem)),
    };
    let content = if environment.user_secrets {
        reader.secret(&uri)?
    } else {
        Err(SecretRefusal::Unknown)
    };
    Ok(match content {
        Ok(content) => options.credential(Some(&content)),
        Err(refusal) => Err(uri.refused(refusal, application)),
    })
}

fn standing(leaving: &BTreeMap<UnitName, bool>, unit: &UnitName, subject: &Subject) -> Standing {
    let leaves = *subject == Subject::Stop || leaving.get(unit) == Some(&true);
    let others_stay = leaving
        .iter()
        .any(|(other, leaves)| other != unit && !leaves);
    match (leaves, others_stay) {
        (false, _) => Standing::Stays,
        (true, true) => Standing::OthersStay,
        (true, false) => Standing::LastLeaves,
    }
}

/// Looks at what the hook is about, and at nothing else.
fn narrow(reader: Reader, unit: &UnitName, subject: &Subject) -> Result<Sight, Error> {
    let (relation, known, changed) = match subject {
        Subject::Created(relation, application) => (*relation, application.clone(), None),
        Subject::Databag(relation, bag) => {
            let application = bag.as_ref().map(|bag| bag.application().clone());
            (*relation, application, Some(bag.clone()))
        }
        Subject::Departed(relation, unit) => (*relation, Some(unit.application().clone()), None),
        Subject::Nothing | Subject::Broken(_) | Subject::Stop => return Ok(Sight::default()),
    };
    let mut sight = Sight::default();
    let known = application(reader, relation, known);
    let Some(Some(application)) = unless_gone(&mut sight, relation, known)? else {
        sight.gone.entry(relation).or_insert_with(nameless);
        return Ok(sight);
    };
    let mut bags = vec![BagName::Unit(unit.clone())];
    if let Some(bag) = changed {
        bags.push(bag.unwrap_or_else(|| BagName::Application(application.clone())));
    }
    let bags: Vec<_> = bags.into_iter().map(|bag| (relation, bag)).collect();
    let applications = BTreeMap::from([(relation, application)]);
    read(reader, unit, &applications, &bags, &mut sight)?;
    Ok(sight)
}

/// Looks at every relation but those that are known to be gone.
fn all(
    reader: Reader,
    unit: &UnitName,
    listed: Vec<RelationId>,
    ledger: Option<&Ledger>,
    scope: &Scope,
) -> Result<(Sight, Option<Goal>), Error> {
    let mut sight = Sight::default();
    let relations = members(reader, listed, ledger, None, &mut sight)?;
    thread::scope(|threads| {
        // After the lists: a unit that appears in between is not taken for one that is gone.
        let goal = scope.standing.then(|| threads.spawn(|| reader.goal()));
        read_all(reader, unit, &relations, &mut sight)?;
        let goal = goal.map(joined).transpose()?;
        hide(&mut sight, &relations, ledger, goal.as_ref(), None);
        Ok((sight, goal))
    })
}

/// Looks at every relation, as far as the hook's own look, `sight`, does not have it yet.
///
/// # Errors
/// When a hook tool fails for another reason than that a relation is over.
pub fn wide(
    reader: Reader,
    unit: &UnitName,
    sight: Sight,
    ledger: Option<&Ledger>,
    subject: &Subject,
) -> Result<Sight, Error> {
    let mut sight = sight;
    let mut listed = reader.relations()?;
    let broken = |id: &RelationId| *subject == Subject::Broken(*id);
    listed.retain(|id| !broken(id) && !sight.gone.contains_key(id));
    let relations = members(reader, listed, ledger, subject.relation(), &mut sight)?;
    read_all(reader, unit, &relations, &mut sight)?;
    hide(&mut sight, &relations, ledger, None, subject.databag());
    Ok(sight)
}

/// The relations that are to be looked at, with their units.
fn members(
    reader: Reader,
    listed: Vec<RelationId>,
    ledger: Option<&Ledger>,
    subject: Option<RelationId>,
    sight: &mut Sight,
) -> Result<BTreeMap<RelationId, Listed>, Error> {
    sight.wide = true;
    let known = |id: &RelationId| ledger.is_some_and(|ledger| ledger.gone.contains(id));
    let (gone, ids): (Vec<_>, Vec<_>) = listed
        .into_iter()
        .partition(|id| known(id) && Some(*id) != subject);
    sight
        .gone
        .extend(gone.into_iter().map(|id| (id, "as before".to_owned())));
    let mut relations = BTreeMap::new();
    for (id, answer) in ids.iter().zip(each(&ids, |id| listing(reader, *id))) {
        match unless_gone(sight, *id, answer)? {
            Some(Some(listed)) => {
                relations.insert(*id, listed);
            }
            _ => {
                sight.gone.entry(*id).or_insert_with(nameless);
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
    sight: &mut Sight,
) -> Result<(), Error> {
    let ours = BagName::Unit(unit.clone());
    let mut bags = Vec::new();
    for (id, Listed { application, units }) in relations {
        let theirs = units.iter().cloned().map(BagName::Unit);
        let all = theirs.chain([ours.clone(), BagName::Application(application.clone())]);
        let seen = sight.relations.get(id);
        let unread = all.filter(|bag| {
            !seen.is_some_and(|seen| *bag == ours || seen.requests.contains_key(bag))
        });
        bags.extend(unread.map(|bag| (*id, bag)));
    }
    let applications = relations
        .iter()
        .map(|(id, listed)| (*id, listed.application.clone()))
        .collect();
    read(reader, unit, &applications, &bags, sight)
}

/// Passes over the units that were removed by force: as `goal` shows them, or as they are remembered.
fn hide(
    sight: &mut Sight,
    relations: &BTreeMap<RelationId, Listed>,
    ledger: Option<&Ledger>,
    goal: Option<&Goal>,
    subject: Option<&BagName>,
) {
    for (id, seen) in &mut sight.relations {
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

/// Reads databags, ours and theirs, into `sight`.
fn read(
    reader: Reader,
    unit: &UnitName,
    applications: &BTreeMap<RelationId, ApplicationName>,
    bags: &[(RelationId, BagName)],
    sight: &mut Sight,
) -> Result<(), Error> {
    let answers = each(bags, |(id, bag)| reader.databag(*id, bag));
    let ours = BagName::Unit(unit.clone());
    for ((id, bag), settings) in bags.iter().zip(answers) {
        let settings = match settings {
            // One of theirs that is refused is out of sight, no more.
            Err(error) if *bag != ours && error.is_relation_gone() => continue,
            settings => unless_gone(sight, *id, settings)?,
        };
        let Some(settings) = settings else {
            continue;
        };
        let Some(application) = applications.get(id) else {
            continue;
        };
        let seen = sight.relations.entry(*id).or_insert_with(|| RelationSight {
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
    let gone = &sight.gone;
    sight.relations.retain(|id, _| !gone.contains_key(id));
    Ok(())
}

/// The answer, except where Juju does not let us look because the relation is over, which is noted.
fn unless_gone<T>(
    sight: &mut Sight,
    relation: RelationId,
    answer: Result<T, Error>,
) -> Result<Option<T>, Error> {
    match answer {
        Err(error) if error.is_relation_gone() => {
            sight.gone.insert(relation, crate::error::chain(&error));
            Ok(None)
        }
        answer => answer.map(Some),
    }
}

fn nameless() -> String {
    "Juju does not name its other side".to_owned()
}

/// Works on several items at once; the results are in the order of the items.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let share = items.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|threads| {
        let workers: Vec<_> = items
            .chunks(share)
            .map(|share| threads.spawn(|| share.iter().map(&work).collect::<Vec<R>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| joined(worker))
            .collect()
    })
}

fn joined<T>(worker: thread::ScopedJoinHandle<'_, T>) -> T {
    worker
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
