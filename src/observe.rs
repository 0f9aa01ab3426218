//! Gathers what Juju shows. Reads that do not depend on each other run at the same time; nothing is asked twice.
//! No decisions.

use std::{collections::BTreeMap, thread};

use crate::{
    credential::{Credential, CredentialError, Options, SecretRefusal},
    demand::{RelationSight, Sight},
    event::{Environment, Scope, Subject},
    juju::{Error, Reader, Settings, Status},
    names::{ApplicationName, BagName, RelationId, UnitName},
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
        let leaving = scope.standing.then(|| threads.spawn(|| reader.leaving()));
        let status = scope.wide.then(|| threads.spawn(|| reader.status()));
        let sight = if scope.wide {
            wide(reader, unit, Sight::default(), scope)
        } else {
            narrow(reader, unit, &scope.subject)
        };
        Ok(First {
            options: joined(options)?,
            state: joined(state)?,
            standing: match leaving {
                Some(leaving) => standing(&joined(leaving)?, unit, &scope.subject),
                None => Standing::Stays,
            },
            status: status.map(joined).transpose()?,
            sight: sight?,
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

/// Looks at every relation, as far as `sight` does not have it yet.
///
/// # Errors
/// When a hook tool fails for another reason than that a relation is over.
pub fn wide(reader: Reader, unit: &UnitName, sight: Sight, scope: &Scope) -> Result<Sight, Error> {
    let mut sight = Sight {
        wide: true,
        ..sight
    };
    let broken =
        |id: &RelationId| matches!(&scope.subject, Subject::Broken(broken) if broken == id);
    let mut ids = reader.relations()?;
    ids.retain(|id| !broken(id) && !sight.gone.contains_key(id));
    let members = each(&ids, |id| members(reader, *id));
    let mut applications = BTreeMap::new();
    let mut bags = Vec::new();
    for (id, members) in ids.iter().zip(members) {
        let Some((Some(application), units)) = unless_gone(&mut sight, *id, members)? else {
            sight.gone.entry(*id).or_insert_with(nameless);
            continue;
        };
        let theirs = units.into_iter().map(BagName::Unit);
        let all = theirs.chain([
            BagName::Unit(unit.clone()),
            BagName::Application(application.clone()),
        ]);
        let seen = sight.relations.get(id);
        let unread = all.filter(|bag| {
            let ours = *bag == BagName::Unit(unit.clone());
            !seen.is_some_and(|seen| ours || seen.requests.contains_key(bag))
        });
        bags.extend(unread.map(|bag| (*id, bag)));
        applications.insert(*id, application);
    }
    read(reader, unit, &applications, &bags, &mut sight)?;
    Ok(sight)
}

/// The consumer's application and those of its units that this unit has met.
fn members(
    reader: Reader,
    id: RelationId,
) -> Result<(Option<ApplicationName>, Vec<UnitName>), Error> {
    let units = reader.units(id)?;
    let known = units.first().map(|unit| unit.application().clone());
    Ok((application(reader, id, known)?, units))
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
    for ((id, bag), settings) in bags.iter().zip(answers) {
        let Some(settings) = unless_gone(sight, *id, settings)? else {
            continue;
        };
        let Some(application) = applications.get(id) else {
            continue;
        };
        let seen = sight.relations.entry(*id).or_insert_with(|| RelationSight {
            application: application.clone(),
            own: Settings::new(),
            requests: BTreeMap::new(),
        });
        if *bag == BagName::Unit(unit.clone()) {
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
