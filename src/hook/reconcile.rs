//! One hook on one screen: observe → inquire → decide → apply → conclude → publish → remember.

use crate::{
    credential::{Credential, CredentialError},
    decision::{
        self, Conclusion, Ending, Seen, Situation, Written,
        demand::Demand,
        event::{Event, Verdict},
        plan::Plan,
        scope::{Leaving, Scope},
    },
    error::Class,
    hook::enter,
    juju,
    lxd::{self, apply, session::Session},
    names::RelationId,
    trust::{change::Change, outcome::Outcome},
    values::Status,
};

use super::{
    Here, left_behind,
    observe::{self, View},
    problem::{self, Problem},
    python_charm, refused_commit,
    report::{self, News},
};

/// What a reconciliation came to.
#[derive(Debug)]
pub struct Reconciled {
    /// How the hook ends.
    pub verdict: Verdict,
    /// What was to be done.
    pub planned: Vec<Change>,
    /// What was done of it.
    pub done: Vec<Change>,
    /// The relations whose databag of ours changed.
    pub published: Vec<RelationId>,
    /// What is said of it, unless this unit leaves and others stay.
    pub status: Option<Status>,
}

/// Has the trust store and the databags be as they should be, as far as the scope goes. The last unit that leaves waits
/// for an LXD that is away while there may be something left: Juju waits for a hook that runs, and soon drops a unit whose
/// hook failed.
///
/// # Errors
/// When a hook tool fails: Juju is broken, or we are.
pub fn reconcile(here: &Here<'_>, scope: &Scope) -> Result<Reconciled, juju::Error> {
    let mut view = observe::view(juju::Reader, here.environment, scope)?;
    // A unit that leaves others behind changes nothing, and keeps its memory.
    if view.leaving == Leaving::OthersStay {
        return Ok(Reconciled::ended(Verdict::Done));
    }
    let mut credential = observe::credential(juju::Reader, &view.options, here.environment)?;
    let differs = begin(here, scope, &view, &credential);
    let acted = loop {
        let acted = match enter::session(here, credential, view.ledger.as_ref(), !scope.dry_run) {
            Ok(session) => act(here, scope, &mut view, differs, session)?,
            Err(problem) => Err(problem),
        };
        let class = match &acted {
            Ok(acted) => acted.failure.as_ref().map(|error| error.kind().class()),
            Err(problem) => Some(problem.class),
        };
        let again = class == Some(Class::Transient)
            && view.situation(here, scope, differs).is_worth_waiting();
        if !again || here.deadlines.pause().is_err() {
            break acted;
        }
        credential = observe::credential(juju::Reader, &view.options, here.environment)?;
    };
    let situation = view.situation(here, scope, differs);
    let reconciled = match acted {
        Ok(acted) => with_lxd(&situation, &view, acted),
        Err(problem) => without_lxd(&situation, &view, problem),
    }?;
    if !scope.dry_run {
        refused_commit::note(
            &here.environment.folder,
            view.ledger.as_ref(),
            &view.observed,
        );
    }
    Ok(reconciled)
}

/// What is done once, whatever comes of LXD. Returns whether options and cloud give different credentials.
fn begin(
    here: &Here<'_>,
    scope: &Scope,
    view: &View,
    credential: &Result<Credential, CredentialError>,
) -> Option<bool> {
    if view.ledger.is_none() && !scope.dry_run {
        python_charm::remove_files(&here.environment.folder);
    }
    if let (Ok(credential), Event::Installed | Event::Changed) =
        (credential, &here.environment.event)
    {
        for remark in &credential.remarks {
            tracing::warn!("{remark}");
        }
    }
    python_charm::compare_credentials(
        here.environment,
        &view.options,
        view.ledger.as_ref(),
        credential.as_ref(),
    )
}

/// What was found and done in LXD.
struct Acted {
    session: Session,
    demand: Demand,
    seen: Seen,
    plan: Plan,
    outcome: Outcome,
    /// What stopped all further changes.
    failure: Option<lxd::Error>,
}

/// Looks at LXD, and does there what is to be done.
fn act(
    here: &Here<'_>,
    scope: &Scope,
    view: &mut View,
    differs: Option<bool>,
    session: Session,
) -> Result<Result<Acted, Problem>, juju::Error> {
    let lxd = enter::known_lxd(&session, &view.options.projects());
    let situation = view.situation(here, scope, differs);
    if decision::must_look_wide(&situation, &view.observed, &lxd) {
        let narrow = std::mem::take(&mut view.observed);
        view.observed = observe::wide(
            juju::Reader,
            here.environment,
            narrow,
            view.ledger.as_ref(),
            &scope.subject,
        )?;
    }
    let situation = view.situation(here, scope, differs);
    let inquiry = decision::inquire(&situation, &view.observed, &lxd);
    let look = || {
        if inquiry.whole || !inquiry.certificates.is_empty() {
            session.require_rights(!lxd.restricted_to.is_empty())?;
        }
        let restriction = session.restriction(&lxd.restricted_to, view.observed.wide)?;
        let store = session.store(&inquiry.certificates, inquiry.whole)?;
        Ok((restriction, store))
    };
    let (restriction, store) = match look() {
        Ok(seen) => seen,
        Err(error) => return Ok(Err(problem::of(&error, &session))),
    };
    let seen = Seen {
        lxd,
        restriction,
        store,
    };
    let plan = decision::decide(&situation, &view.observed, &inquiry.demand, &seen);
    let changes = match scope.dry_run {
        true => Vec::new(),
        false => plan.changes.clone(),
    };
    let (outcome, failure) = apply::apply(changes, &here.owner, &session);
    Ok(Ok(Acted {
        session,
        demand: inquiry.demand,
        seen,
        plan,
        outcome,
        failure,
    }))
}

/// Tells the relations what came of it, and remembers it.
fn with_lxd(
    situation: &Situation<'_>,
    view: &View,
    acted: Acted,
) -> Result<Reconciled, juju::Error> {
    let Acted {
        session,
        demand,
        seen,
        plan,
        outcome,
        failure,
    } = acted;
    if situation.scope.dry_run {
        let problem = problem::of_restriction(&seen.restriction, &session);
        return Ok(Reconciled::planned(
            plan.changes,
            problem.map(|problem| problem.status),
        ));
    }
    if situation.leaving == Leaving::AsLast {
        left_behind::log_what_stays(situation, &seen.store, &outcome);
    }
    let problem = problem::after(failure.as_ref(), &seen, &session);
    let nodes = session.nodes();
    let ending = Ending {
        nodes: nodes.count(),
        problem: problem.is_some(),
    };
    let conclusion = decision::conclude(
        situation,
        &view.observed,
        demand,
        &seen,
        &plan,
        &outcome,
        ending,
    );
    let Conclusion { verdict, written } = conclusion;
    let Some(Written {
        mut ledger,
        answers,
    }) = written
    else {
        return Ok(Reconciled::ended(verdict));
    };
    python_charm::name_what_is_left(situation.ledger, &ledger, &seen.store);
    report::log_wider(&plan.wider, situation.ledger, &seen.lxd);
    left_behind::log_move(situation, &seen.lxd);
    let published = report::publish(&answers, &view.observed, &nodes, &mut ledger)?;
    let news = problem.map_or_else(|| News::Active(nodes.count()), News::Problem);
    let status = report::remember(view, ledger, &news)?;
    Ok(Reconciled {
        verdict,
        done: outcome.done,
        published,
        ..Reconciled::planned(plan.changes, Some(status))
    })
}

/// Databags and trust store stay as they are.
fn without_lxd(
    situation: &Situation<'_>,
    view: &View,
    problem: Problem,
) -> Result<Reconciled, juju::Error> {
    if situation.scope.dry_run {
        return Ok(Reconciled::planned(Vec::new(), Some(problem.status)));
    }
    if situation.leaving == Leaving::AsLast {
        left_behind::log_all(situation, &problem);
    }
    let refused = problem.refused.as_ref();
    let conclusion =
        decision::conclude_without_lxd(situation, &view.observed, problem.class, refused);
    let Some(Written { ledger, .. }) = conclusion.written else {
        return Ok(Reconciled::ended(conclusion.verdict));
    };
    let status = report::remember(view, ledger, &News::Problem(problem))?;
    Ok(Reconciled::planned(Vec::new(), Some(status)))
}

impl Reconciled {
    /// Nothing was to be done, or nothing that is told.
    const fn ended(verdict: Verdict) -> Self {
        Self {
            verdict,
            planned: Vec::new(),
            done: Vec::new(),
            published: Vec::new(),
            status: None,
        }
    }

    fn planned(planned: Vec<Change>, status: Option<Status>) -> Self {
        Self {
            planned,
            status,
            ..Self::ended(Verdict::Done)
        }
    }
}
