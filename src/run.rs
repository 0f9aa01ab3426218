//! One hook on one screen: event → observe → plan → apply → publish → remember.

use crate::{
    action,
    apply::{self, Outcome},
    confinement::{Projects, Restriction},
    credential::{Credential, CredentialError},
    deadline::Deadlines,
    demand::{self, Demand, Sight},
    entry::Owner,
    error::Class,
    event::{Environment, Event, Scope, Subject, Verdict},
    farewell, interface,
    juju::{self, Status},
    ledger::{Ground, Ledger, Marks},
    lxd::Kind,
    names::RelationId,
    observe::{self, First, Standing},
    plan::{self, Mandate, Plan, Terms},
    predecessor,
    publish::{self, Answers},
    report::{self, News},
    session::{Problem, Session},
    step::Step,
    store::Store,
};

/// Who and when we are.
#[derive(Debug)]
pub struct Here<'a> {
    /// What Juju told.
    pub environment: &'a Environment,
    /// Who we are in the trust store.
    pub owner: Owner,
    /// How long we wait.
    pub deadlines: &'a Deadlines,
    /// When we began, in seconds after 1970.
    pub now: i64,
}

/// What a reconciliation came to.
#[derive(Debug)]
pub struct Reconciled {
    /// How the hook ends.
    pub verdict: Verdict,
    /// What was to be done.
    pub planned: Vec<Step>,
    /// What was done of it.
    pub done: Vec<Step>,
    /// The relations whose databag of ours changed.
    pub published: Vec<RelationId>,
    /// What is said of it, unless this unit leaves and others stay.
    pub status: Option<Status>,
}

/// Runs one hook or action.
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
        deadlines,
        now,
    };
    match environment.event {
        Event::Action(action) => action::run(action, &here, &scope),
        _ => reconcile(&here, &scope).map(|reconciled| reconciled.verdict),
    }
}

/// Has the trust store and the databags be as they should be, as far as the scope goes. The last unit that leaves waits
/// for an LXD that is away while there may be something left: Juju waits for a hook that runs, and soon drops a unit whose
/// hook failed.
///
/// # Errors
/// When a hook tool fails.
pub fn reconcile(here: &Here<'_>, scope: &Scope) -> Result<Reconciled, juju::Error> {
    let mut first = observe::first(juju::Reader, &here.environment.unit, scope)?;
    // A unit that leaves others behind changes nothing, and keeps its memory.
    if first.standing == Standing::OthersStay {
        return Ok(Reconciled::nothing(Verdict::Done));
    }
    let mut credential = observe::credential(juju::Reader, &first.options, here.environment)?;
    if first.ledger.is_none() && !scope.dry_run {
        predecessor::remove_files(&here.environment.folder);
    }
    if let (Ok(credential), Event::Installed | Event::Changed) =
        (&credential, &here.environment.event)
    {
        for remark in &credential.remarks {
            tracing::warn!("{remark}");
        }
    }
    let differs = predecessor::compare_credentials(
        here.environment,
        &first.options,
        first.ledger.as_ref(),
        credential.as_ref(),
    );
    let waits = first.standing == Standing::LastLeaves
        && !farewell::is_settled(first.ledger.as_ref(), &scope.subject);
    let acted = loop {
        let acted = match session(here, credential, first.ledger.as_ref(), !scope.dry_run) {
            Ok(session) => act(here, scope, &mut first, session)?,
            Err(problem) => Err(problem),
        };
        let problem = match &acted {
            Ok(acted) => acted
                .outcome
                .failure
                .as_ref()
                .map(|error| error.kind().class()),
            Err(problem) => Some(problem.class),
        };
        let again = waits && problem == Some(Class::Transient);
        if !again || here.deadlines.pause().is_err() {
            break acted;
        }
        credential = observe::credential(juju::Reader, &first.options, here.environment)?;
    };
    match acted {
        Ok(acted) => with_lxd(here, scope, &first, acted, differs),
        Err(problem) => without_lxd(here, scope, &first, problem, differs),
    }
}

/// Opens a session. Where LXD does not trust the credential yet, it may be made to: only by who remembers what came of
/// that.
///
/// # Errors
/// What is wrong with the credential or with LXD.
pub fn session(
    here: &Here<'_>,
    credential: Result<Credential, CredentialError>,
    ledger: Option<&Ledger>,
    may_enrol: bool,
) -> Result<Session, Problem> {
    let mut credential = credential?;
    credential.enrolment = credential.enrolment.filter(|_| may_enrol);
    Session::open(credential, ledger, &here.owner, here.deadlines, here.now)
}

/// What was found and done in LXD.
struct Acted {
    session: Session,
    ground: Ground,
    restriction: Restriction,
    demand: Demand,
    store: Store,
    plan: Plan,
    outcome: Outcome,
}

/// Looks at LXD, and does there what is to be done.
fn act(
    here: &Here<'_>,
    scope: &Scope,
    first: &mut First,
    session: Session,
) -> Result<Result<Acted, Problem>, juju::Error> {
    let ledger = first.ledger.as_ref();
    let stop = scope.subject == Subject::Stop;
    let ground = session.ground(&first.options.projects());
    if !first.sight.wide && !stop && must_look_wide(ledger, &first.sight, &ground) {
        let narrow = std::mem::take(&mut first.sight);
        let unit = &here.environment.unit;
        first.sight = observe::wide(juju::Reader, unit, narrow, ledger, &scope.subject)?;
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let whole = first.sight.wide || first.standing == Standing::LastLeaves;
    let interest = plan::interest(&demand, &first.sight);
    let look = || {
        if whole || !interest.is_empty() {
            session.require_rights(!ground.restricted_to.is_empty())?;
        }
        let restriction = session.restriction(&ground.restricted_to, first.sight.wide)?;
        Ok((restriction, session.store(&interest, whole)?))
    };
    let (restriction, store) = match look() {
        Ok(seen) => seen,
        Err(error) => return Ok(Err(session.problem(&error))),
    };
    let terms = terms(here, scope, first, &ground, &restriction, &session);
    let plan = plan::plan(&demand, &first.sight, &store, scope, &terms);
    let steps = if scope.dry_run {
        Vec::new()
    } else {
        plan.steps.clone()
    };
    let outcome = apply::apply(steps, &here.owner, &session);
    Ok(Ok(Acted {
        session,
        ground,
        restriction,
        demand,
        store,
        plan,
        outcome,
    }))
}

/// Tells the relations what came of it, and remembers it.
fn with_lxd(
    here: &Here<'_>,
    scope: &Scope,
    first: &First,
    acted: Acted,
    differs: Option<bool>,
) -> Result<Reconciled, juju::Error> {
    let Acted {
        session,
        ground,
        restriction,
        demand,
        store,
        plan,
        outcome,
    } = acted;
    let ledger = first.ledger.as_ref();
    if scope.dry_run {
        let problem = session.restriction_problem(&restriction);
        let status = problem.map(|problem| problem.status);
        return Ok(Reconciled::planned(plan.steps, status));
    }
    if first.standing == Standing::LastLeaves {
        let verdict = farewell::with_lxd(&here.owner, &scope.subject, &store, &outcome);
        if scope.subject == Subject::Stop || verdict == Verdict::Again {
            return Ok(Reconciled::nothing(verdict));
        }
    }
    let (mut next, answers) = publish::settle(demand, &first.sight, scope, &store, &plan, &outcome);
    predecessor::name_what_is_left(ledger, &next, &store);
    report::log_wider(&plan.wider, ledger, &ground);
    farewell::moved_away(&here.owner, ledger, &ground);
    let problem = problem(&session, &restriction, &outcome, &ground.restricted_to);
    next.note_names(&here.owner, &store, &outcome.done);
    next.refused = None;
    next.differs = differs.unwrap_or(next.differs);
    next.ground = Some(Ground {
        behind: problem.is_some() || !outcome.undone.is_empty(),
        ..ground
    });
    let nodes = session.nodes();
    let answers = match first.standing {
        Standing::Stays if nodes.count() > 0 => answers,
        _ => Answers::new(),
    };
    let published = report::publish(&answers, &first.sight, &nodes, &mut next)?;
    let news = problem.map_or_else(|| News::Active(nodes.count()), News::Problem);
    let status = report::remember(first, next, &news)?;
    Ok(Reconciled {
        done: outcome.done,
        published,
        ..Reconciled::planned(plan.steps, Some(status))
    })
}

/// Databags and trust store stay as they are; what was let go is owed.
fn without_lxd(
    here: &Here<'_>,
    scope: &Scope,
    first: &First,
    problem: Problem,
    differs: Option<bool>,
) -> Result<Reconciled, juju::Error> {
    let ledger = first.ledger.as_ref();
    if scope.dry_run {
        return Ok(Reconciled::planned(Vec::new(), Some(problem.status)));
    }
    if first.standing == Standing::LastLeaves {
        let verdict = farewell::without_lxd(&here.owner, &scope.subject, ledger, &problem);
        if scope.subject == Subject::Stop || verdict == Verdict::Again {
            return Ok(Reconciled::nothing(verdict));
        }
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let mut next = publish::settle_without_lxd(demand);
    if let Some(ground) = &mut next.ground {
        ground.behind = true;
    }
    if problem.refused.is_some() {
        next.refused.clone_from(&problem.refused);
    }
    next.differs = differs.unwrap_or(next.differs);
    let status = report::remember(first, next, &News::Problem(problem))?;
    Ok(Reconciled::planned(Vec::new(), Some(status)))
}

impl Reconciled {
    /// Nothing was to be done, or nothing that is told.
    const fn nothing(verdict: Verdict) -> Self {
        Self {
            verdict,
            planned: Vec::new(),
            done: Vec::new(),
            published: Vec::new(),
            status: None,
        }
    }

    fn planned(planned: Vec<Step>, status: Option<Status>) -> Self {
        Self {
            planned,
            status,
            ..Self::nothing(Verdict::Done)
        }
    }
}

/// The memory does not tell enough: there is none, LXD is another one or the last hook could not do everything there,
/// or what we published is gone.
fn must_look_wide(ledger: Option<&Ledger>, sight: &Sight, ground: &Ground) -> bool {
    let Some(Ledger {
        ground: Some(known),
        partial: false,
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
    !known.is_the_same(ground) || unpublished
}

fn terms<'a>(
    here: &'a Here<'_>,
    scope: &Scope,
    first: &'a First,
    ground: &Ground,
    restriction: &'a Restriction,
    session: &Session,
) -> Terms<'a> {
    static NOTHING: Marks = Marks::new();
    // What was doubted on another LXD was not seen on this one.
    let here_before = |ledger: &&Ledger| {
        let known = ledger.ground.as_ref();
        known.is_some_and(|known| known.is_the_same_lxd(ground))
    };
    Terms {
        owner: &here.owner,
        own: session.credential.fingerprint(),
        now: here.now,
        restriction,
        doubted: first
            .ledger
            .as_ref()
            .filter(here_before)
            .map_or(&NOTHING, |ledger| &ledger.doubted),
        mandate: match (first.standing, &scope.subject) {
            (_, Subject::Stop) => Mandate::Clear,
            (Standing::Stays, _) => Mandate::Reconcile,
            (Standing::LastLeaves | Standing::OthersStay, subject) => {
                Mandate::Withdraw(subject.relation())
            }
        },
    }
}

/// What keeps LXD from being as it should be.
fn problem(
    session: &Session,
    restriction: &Restriction,
    outcome: &Outcome,
    asked: &Projects,
) -> Option<Problem> {
    let Some(error) = &outcome.failure else {
        let restriction = session.restriction_problem(restriction);
        return restriction.or_else(|| session.address_problem());
    };
    // A look at the subject alone believed that the projects exist.
    let missing = matches!(error.kind(), Kind::NoProject)
        .then(|| session.restriction(asked, true).ok())
        .flatten()
        .and_then(|restriction| session.restriction_problem(&restriction));
    missing.or_else(|| Some(session.problem(error)))
}
