//! One hook on one screen: event → observe → plan → apply → publish → remember.

use crate::{
    apply::{self, Outcome},
    deadline::Deadlines,
    demand::{self, Demand, Sight},
    entry::Owner,
    event::{Environment, Scope, Subject, Verdict},
    farewell, interface, juju,
    ledger::{Ground, Ledger, Marks},
    memory,
    observe::{self, First, Standing},
    plan::{self, Mandate, Plan, Terms},
    publish::{self, Answers},
    report::{self, News},
    session::{Problem, Session},
    store::Store,
};

/// Who and when we are.
struct Here<'a> {
    environment: &'a Environment,
    owner: Owner,
    now: i64,
}

/// Runs one hook.
///
/// # Errors
/// When a hook tool fails: Juju is broken, or we are.
pub fn run(
    environment: &Environment,
    deadlines: &Deadlines,
    now: i64,
) -> Result<Verdict, juju::Error> {
    let Some(scope) = Scope::of(&environment.event) else {
        return Ok(Verdict::Done);
    };
    let here = Here {
        environment,
        owner: Owner {
            model: environment.model.clone(),
            application: environment.unit.application().clone(),
        },
        now,
    };
    let first = observe::first(juju::Reader, &environment.unit, &scope)?;
    // A unit that leaves others behind changes nothing, and keeps its memory.
    if first.standing == Standing::OthersStay {
        return Ok(Verdict::Done);
    }
    let ledger = memory::read(&first.state);
    let known = ledger.as_ref().and_then(|ledger| ledger.ground.as_ref());
    let application = &here.owner.application;
    let session = observe::credential(juju::Reader, &first.options, application)?
        .map_err(Problem::from)
        .and_then(|credential| Session::open(credential, known, deadlines, now));
    match session {
        Ok(session) => with_lxd(&here, &scope, first, ledger.as_ref(), &session),
        Err(problem) => without_lxd(&here, &scope, &first, ledger.as_ref(), problem),
    }
}

fn with_lxd(
    here: &Here<'_>,
    scope: &Scope,
    mut first: First,
    ledger: Option<&Ledger>,
    session: &Session,
) -> Result<Verdict, juju::Error> {
    let stop = scope.subject == Subject::Stop;
    if !first.sight.wide && !stop && must_look_wide(ledger, &first.sight, session) {
        let narrow = std::mem::take(&mut first.sight);
        first.sight = observe::wide(juju::Reader, &here.environment.unit, narrow, scope)?;
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let interest = plan::interest(&demand, &first.sight);
    let store = match session.store(&interest, first.sight.wide || stop) {
        Ok(store) => store,
        Err(error) => {
            return without_lxd(here, scope, &first, ledger, session.problem(&error));
        }
    };
    let (plan, outcome) = change(here, scope, &first, &demand, ledger, &store, session);
    if stop {
        return Ok(farewell::with_lxd(&here.owner, &store, &outcome));
    }
    let (mut next, answers) = publish::settle(demand, &first.sight, scope, &store, &plan, &outcome);
    next.ground = Some(Ground {
        behind: !outcome.undone.is_empty(),
        ..session.ground()
    });
    let nodes = session.nodes();
    let answers = match first.standing {
        Standing::Stays => answers,
        Standing::LastLeaves | Standing::OthersStay => Answers::new(),
    };
    report::publish(&answers, &first.sight, &nodes, &mut next)?;
    let news = match &outcome.failure {
        Some(error) => News::Problem(session.problem(error)),
        None => News::Active(nodes.count()),
    };
    farewell::moved_away(&here.owner, ledger, &session.ground());
    report::remember(&first, ledger, next, news)?;
    Ok(Verdict::Done)
}

/// Databags and trust store stay as they are; what was let go is owed.
fn without_lxd(
    here: &Here<'_>,
    scope: &Scope,
    first: &First,
    ledger: Option<&Ledger>,
    problem: Problem,
) -> Result<Verdict, juju::Error> {
    if scope.subject == Subject::Stop {
        return Ok(farewell::without_lxd(&here.owner, ledger, &problem));
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let mut next = publish::settle_without_lxd(demand);
    if let Some(ground) = &mut next.ground {
        ground.behind = true;
    }
    report::remember(first, ledger, next, News::Problem(problem))?;
    Ok(Verdict::Done)
}

/// The memory does not tell enough: there is none, LXD is another one or the last hook could not do everything there,
/// or what we published is gone.
fn must_look_wide(ledger: Option<&Ledger>, sight: &Sight, session: &Session) -> bool {
    let Some(Ledger {
        ground: Some(known),
        relations,
        ..
    }) = ledger
    else {
        return true;
    };
    let unpublished = sight.relations.iter().any(|(id, seen)| {
        let published = seen.own.contains_key(interface::PUBLISHED);
        let trusted = relations
            .get(id)
            .is_some_and(|relation| !relation.trusted().is_empty());
        trusted && !published
    });
    !known.is_the_same(&session.ground()) || unpublished
}

fn change(
    here: &Here<'_>,
    scope: &Scope,
    first: &First,
    demand: &Demand,
    ledger: Option<&Ledger>,
    store: &Store,
    session: &Session,
) -> (Plan, Outcome) {
    let nothing = Marks::new();
    let terms = Terms {
        owner: &here.owner,
        own: session.credential.fingerprint(),
        now: here.now,
        doubted: ledger.map_or(&nothing, |ledger| &ledger.doubted),
        mandate: match first.standing {
            _ if scope.subject == Subject::Stop => Mandate::Clear,
            Standing::Stays => Mandate::Reconcile,
            Standing::LastLeaves | Standing::OthersStay => Mandate::Withdraw,
        },
    };
    let plan = plan::plan(demand, &first.sight, store, scope, &terms);
    let outcome = apply::apply(plan.steps.clone(), &here.owner, session);
    (plan, outcome)
}
