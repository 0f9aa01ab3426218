//! What is decided between looking and doing, and all of it: how wide to look, who asks for what, what is to be done in the
//! trust store, what each relation is told, what is remembered, how the hook ends. Pure, and touches nothing: a hook puts
//! in what it saw, and carries out what comes out. Neither Juju's tools nor LXD's API are known here.
//!
//! ```text
//! must_look_wide?  ─►  inquire     what has to be known of the trust store      demand
//!                      decide      the changes to be made in it                 plan, admission
//!                      conclude    what is told and remembered                  answers, ledger
//!                      conclude_without_lxd
//! ```

pub mod admission;
pub mod answers;
pub mod demand;
pub mod event;
pub mod known_lxd;
pub mod ledger;
pub mod left_behind;
pub mod memory;
pub mod observed;
pub mod plan;
pub mod scope;

use std::collections::BTreeSet;

use self::{
    answers::Answers,
    demand::Demand,
    event::Verdict,
    known_lxd::KnownLxd,
    ledger::Ledger,
    observed::Observed,
    plan::{Mode, Plan, Terms},
    scope::{Leaving, Scope, Subject},
};
use crate::{
    credential::RefusedEnrolment,
    error::Class,
    relation::provider,
    trust::{confinement::Restriction, outcome::Outcome, owner::Owner, store::TrustStore},
    x509::certificate::Fingerprint,
};

/// What a hook knows of itself.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// Whose entries are ours.
    pub owner: &'a Owner,
    /// How far the hook goes.
    pub scope: &'a Scope,
    /// Whether the unit is leaving.
    pub leaving: Leaving,
    /// What is remembered, if anything is.
    pub ledger: Option<&'a Ledger>,
    /// Whether options and cloud give different credentials, in the hooks that compare them.
    pub differs: Option<bool>,
    /// When the hook began, in seconds after 1970.
    pub now: i64,
}

/// What has to be known of the trust store.
#[derive(Debug)]
pub struct Inquiry {
    /// Who asks for what.
    pub demand: Demand,
    /// The entries of these certificates.
    pub certificates: BTreeSet<Fingerprint>,
    /// Of all.
    pub whole: bool,
}

/// What was seen of LXD.
#[derive(Debug)]
pub struct Seen {
    /// Which one it is.
    pub lxd: KnownLxd,
    /// What entries of ours may do there.
    pub restriction: Restriction,
    /// Its trust store.
    pub store: TrustStore,
}

/// How the dealings with LXD ended, beside what came of the changes.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// How many nodes can be published.
    pub nodes: usize,
    /// Something is not as it should be there, and is said in the status.
    pub problem: bool,
}

/// How the hook ends.
#[derive(Debug)]
pub struct Conclusion {
    /// Whether Juju is to run it again.
    pub verdict: Verdict,
    /// What is told and remembered; `None` where nothing is written.
    pub written: Option<Written>,
}

/// What is told and remembered.
#[derive(Debug)]
pub struct Written {
    /// The next memory.
    pub ledger: Ledger,
    /// What the relations are told.
    pub answers: Answers,
}

impl Situation<'_> {
    /// The last unit leaves, and may have to take something away: it is worth waiting for LXD.
    #[must_use]
    pub fn is_worth_waiting(&self) -> bool {
        self.leaving == Leaving::AsLast && !self.is_settled()
    }

    /// Nothing is known that the last unit would have to take away in this hook.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let relation = self.scope.subject.relation();
        self.ledger
            .is_some_and(|ledger| ledger.is_settled(relation))
    }

    /// The hook is for nothing but a plan, or the last unit has nothing more to say than its `verdict`.
    fn is_silent(&self, verdict: Verdict) -> bool {
        let last = self.leaving == Leaving::AsLast;
        let over = self.scope.subject == Subject::Stop || verdict == Verdict::Again;
        self.scope.dry_run || (last && over)
    }

    /// How far a plan may go.
    fn mode(&self) -> Mode {
        match (self.leaving, &self.scope.subject) {
            (_, Subject::Stop) => Mode::Clear,
            (Leaving::No, _) => Mode::Reconcile,
            (Leaving::AsLast | Leaving::OthersStay, subject) => Mode::Withdraw(subject.relation()),
        }
    }
}

/// The memory does not tell enough: there is none, LXD is another one or the last hook could not do everything there,
/// or what we published is gone. Who stops looks at no relation at all.
#[must_use]
pub fn must_look_wide(situation: &Situation<'_>, observed: &Observed, lxd: &KnownLxd) -> bool {
    if observed.wide || situation.scope.subject == Subject::Stop {
        return false;
    }
    let Some(Ledger {
        lxd: Some(known),
        partial: false,
        relations,
        ..
    }) = situation.ledger
    else {
        return true;
    };
    let unpublished = observed.relations.iter().any(|(id, seen)| {
        let published = seen.own.contains_key(provider::PUBLISHED);
        let trusted = relations
            .get(id)
            .is_some_and(|relation| !relation.trusted().is_empty());
        trusted && !published
    });
    !known.is_the_same(lxd) || unpublished
}

/// Brings the memory up to date with what Juju showed, and tells what has to be known of the trust store of this LXD.
#[must_use]
pub fn inquire(situation: &Situation<'_>, observed: &Observed, lxd: &KnownLxd) -> Inquiry {
    let mut demand = demand::demand(situation.ledger, observed, situation.scope);
    let known = demand.ledger.lxd.as_ref();
    if !known.is_some_and(|known| known.is_the_same_lxd(lxd)) {
        // What nobody was found to ask for on another LXD was not seen on this one.
        demand.ledger.unclaimed.clear();
    }
    Inquiry {
        certificates: plan::interest(&demand, observed),
        whole: observed.wide || situation.leaving == Leaving::AsLast,
        demand,
    }
}

/// What has to be done in the trust store.
#[must_use]
pub fn decide(
    situation: &Situation<'_>,
    observed: &Observed,
    demand: &Demand,
    seen: &Seen,
) -> Plan {
    let terms = Terms {
        owner: situation.owner,
        own: seen.lxd.client,
        now: situation.now,
        restriction: &seen.restriction,
        mode: situation.mode(),
    };
    plan::plan(demand, observed, &seen.store, situation.scope, &terms)
}

/// What is told and remembered once the plan was carried out, with this outcome.
#[must_use]
pub fn conclude(
    situation: &Situation<'_>,
    observed: &Observed,
    demand: Demand,
    seen: &Seen,
    plan: &Plan,
    outcome: &Outcome,
    ending: Ending,
) -> Conclusion {
    let leaves = situation.leaving == Leaving::AsLast;
    let verdict = match leaves && !outcome.undone.is_empty() {
        true => Verdict::Again,
        false => Verdict::Done,
    };
    if situation.is_silent(verdict) {
        return Conclusion::silent(verdict);
    }
    let Seen { lxd, store, .. } = seen;
    let scope = situation.scope;
    let (mut ledger, answers) = answers::confirmed(demand, observed, scope, store, plan, outcome);
    ledger.note_names(situation.owner, store, &outcome.done);
    ledger.refused = None;
    ledger.differs = situation.differs.unwrap_or(ledger.differs);
    ledger.lxd = Some(KnownLxd {
        behind: ending.problem || !outcome.undone.is_empty(),
        ..lxd.clone()
    });
    let answers = match situation.leaving {
        Leaving::No if ending.nodes > 0 => answers,
        _ => Answers::new(),
    };
    Conclusion {
        verdict,
        written: Some(Written { ledger, answers }),
    }
}

/// What is remembered where LXD could not be worked with: databags and trust store stay as they are, what was let go is
/// owed. The last unit is run again where waiting may help.
#[must_use]
pub fn conclude_without_lxd(
    situation: &Situation<'_>,
    observed: &Observed,
    class: Class,
    refused: Option<&RefusedEnrolment>,
) -> Conclusion {
    let verdict = match class {
        Class::Transient if situation.is_worth_waiting() => Verdict::Again,
        Class::Transient | Class::Operator => Verdict::Done,
    };
    if situation.is_silent(verdict) {
        return Conclusion::silent(verdict);
    }
    let demand = demand::demand(situation.ledger, observed, situation.scope);
    let mut ledger = answers::unconfirmed(demand);
    if let Some(lxd) = &mut ledger.lxd {
        lxd.behind = true;
    }
    if let Some(refused) = refused {
        ledger.refused = Some(refused.clone());
    }
    ledger.differs = situation.differs.unwrap_or(ledger.differs);
    Conclusion {
        verdict,
        written: Some(Written {
            ledger,
            answers: Answers::new(),
        }),
    }
}

impl Conclusion {
    /// Nothing is told or remembered.
    #[must_use]
    pub const fn silent(verdict: Verdict) -> Self {
        Self {
            verdict,
            written: None,
        }
    }
}

#[cfg(test)]
mod tests;
