//! One hook on one screen: event → observe → plan → apply → publish → remember.

use crate::{
    apply::{self, Outcome},
    credential::Credential,
    deadline::Deadlines,
    demand::{self, Demand, Sight},
    entry::Owner,
    error::chain,
    event::{Environment, Scope, Subject},
    interface::Nodes,
    juju,
    ledger::{Ground, Ledger},
    lxd::{self, Connection, Server},
    memory, observe,
    observe::{First, Standing},
    plan::{self, Mandate, Plan, Store, Terms},
    publish::{self, Answers},
    report::{self, News},
    status,
};

/// From so many certificates on, one listing is cheaper than asking for each.
const MOST_READS: usize = 8;

/// How a hook ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0: Juju commits what was written.
    Done,
    /// Exit code 1: Juju runs the hook again.
    Again,
}

/// Why LXD could not be worked with.
#[derive(Debug)]
pub struct Problem {
    /// What `juju status` shows.
    pub status: juju::Status,
    /// The whole of it, for the log.
    pub detail: String,
    /// The charm can get over it by itself.
    pub transient: bool,
}

/// An LXD that answers and trusts us.
struct Session {
    credential: Credential,
    connection: Connection,
    server: Server,
}

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
    let session = match observe::credential(juju::Reader, &first.options, &here.owner.application)?
    {
        Ok(credential) => connect(credential, deadlines, now),
        Err(error) => Err(Problem {
            status: status::no_credential(&error),
            detail: chain(&error),
            transient: false,
        }),
    };
    match session {
        Ok(session) => with_lxd(&here, &scope, first, ledger.as_ref(), &session),
        Err(problem) => without_lxd(&here, &scope, &first, ledger.as_ref(), problem),
    }
}

fn connect(credential: Credential, deadlines: &Deadlines, now: i64) -> Result<Session, Problem> {
    let answer = Connection::new(&credential, deadlines)
        .and_then(|connection| Ok((connection.reader().server()?, connection)));
    match answer {
        Ok((server, connection)) => Ok(Session {
            credential,
            connection,
            server,
        }),
        Err(error) => Err(problem(&error, &credential, now)),
    }
}

fn problem(error: &lxd::Error, credential: &Credential, now: i64) -> Problem {
    Problem {
        status: status::lxd_problem(error.kind(), credential, now),
        detail: format!("LXD at {}: {}", credential.endpoint.address(), chain(error)),
        transient: error.kind().class() == crate::error::Class::Transient,
    }
}

fn with_lxd(
    here: &Here<'_>,
    scope: &Scope,
    first: First,
    ledger: Option<&Ledger>,
    session: &Session,
) -> Result<Verdict, juju::Error> {
    let mut first = first;
    let unit = &here.environment.unit;
    if !first.sight.wide
        && scope.subject != Subject::Stop
        && must_look_wide(ledger, &first.sight, session)
    {
        first.sight = observe::wide(juju::Reader, unit, std::mem::take(&mut first.sight), scope)?;
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let result = look(&demand, &first.sight, scope, session).map(|store| {
        let (plan, outcome) = change(here, scope, &first, &demand, ledger, &store, session);
        (store, plan, outcome)
    });
    let (store, plan, outcome) = match result {
        Ok(done) => done,
        Err(error) => {
            let problem = problem(&error, &session.credential, here.now);
            return without_lxd(here, scope, &first, ledger, problem);
        }
    };
    if scope.subject == Subject::Stop {
        return Ok(report::farewell(&here.owner, &store, &outcome));
    }
    let (mut next, answers) = publish::settle(demand, &first.sight, scope, &store, &plan, &outcome);
    next.ground = Some(Ground {
        behind: !outcome.undone.is_empty(),
        ..ground(session)
    });
    let nodes = Nodes::stand_alone(&session.server, &session.credential.endpoint);
    let failure = outcome.failure.as_ref();
    let news = match failure.map(|error| problem(error, &session.credential, here.now)) {
        Some(problem) => News::from(problem),
        None => News::active(nodes.count()),
    };
    let answers = if first.standing == Standing::Stays {
        answers
    } else {
        Answers::new()
    };
    report::publish(&answers, &first.sight, &nodes, &mut next)?;
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
        return Ok(report::farewell_without_lxd(&here.owner, ledger, &problem));
    }
    let demand = demand::demand(ledger, &first.sight, scope);
    let mut next = publish::settle_without_lxd(demand);
    if let Some(ground) = &mut next.ground {
        ground.behind = true;
    }
    report::remember(first, ledger, next, News::from(problem))?;
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
        let published = seen.own.contains_key(crate::interface::PUBLISHED);
        let trusted = relations
            .get(id)
            .is_some_and(|relation| !relation.trusted().is_empty());
        trusted && !published
    });
    *known != ground(session) || unpublished
}

fn ground(session: &Session) -> Ground {
    Ground {
        endpoint: session.credential.endpoint.to_string(),
        server: session.server.fingerprint(),
        version: session.server.version.clone(),
        behind: false,
    }
}

/// Reads what the plan has to know of the trust store.
fn look(
    demand: &Demand,
    sight: &Sight,
    scope: &Scope,
    session: &Session,
) -> Result<Store, lxd::Error> {
    let reader = session.connection.reader();
    let interest = plan::interest(demand, sight);
    let whole = sight.wide || scope.subject == Subject::Stop;
    if whole || interest.len() > MOST_READS {
        let entries = reader.certificates()?;
        return Ok(Store {
            whole: true,
            entries: entries
                .into_iter()
                .map(|entry| (entry.fingerprint, Some(entry)))
                .collect(),
        });
    }
    let mut store = Store::default();
    for fingerprint in interest {
        store
            .entries
            .insert(fingerprint, reader.certificate(fingerprint)?);
    }
    Ok(store)
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
    let nothing = crate::ledger::Marks::new();
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
    let connection = &session.connection;
    let outcome = apply::apply(
        plan.steps.clone(),
        &here.owner,
        connection.reader(),
        connection.writer(),
    );
    (plan, outcome)
}
