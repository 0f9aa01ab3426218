//! One hook, as the charm runs it, in two halves: another unit may act between them. What is decided is decided by the
//! charm; only Juju and LXD are played.

use std::collections::{BTreeMap, BTreeSet};

use lxd_integrator::{
    decision::{
        self, Conclusion, Ending, Seen, Situation, Written,
        demand::Demand,
        event::{Event, Verdict},
        ledger::Ledger,
        memory,
        observed::Observed,
        plan::Plan,
        scope::{Leaving, Scope, Subject},
    },
    error::Class,
    names::UnitName,
    relation::provider::{self, Node, Nodes},
    trust::{change::Change, store::TrustStore},
    values::Settings,
};

use crate::{
    juju::{self, Juju},
    law::{Leave, Witness},
    lxd::{Lxd, Mishap},
    pool,
};

/// A hook that has looked and decided.
pub(crate) struct Looked {
    unit: u32,
    scope: Scope,
    leaving: Leaving,
    ledger: Option<Ledger>,
    observed: Observed,
    demand: Demand,
    pub(crate) witness: Witness,
    /// `None` while LXD is away.
    decided: Option<(Seen, Plan)>,
}

/// How a hook ended.
pub(crate) enum End {
    /// Juju commits.
    Well,
    /// Juju runs it again.
    Again,
}

/// Looks and decides. `None` where the hook has nothing to do.
pub(crate) fn look(
    juju: &mut Juju,
    lxd: &Lxd,
    unit: u32,
    event: &Event,
    before: &Witness,
) -> Result<Option<Looked>, String> {
    let Some(scope) = Scope::of(event) else {
        return Ok(None);
    };
    let leaving = leaving(juju, unit, &scope);
    if leaving == Leaving::OthersStay {
        return Ok(None);
    }
    let ledger = memory::read(&juju.units[&unit].memory);
    let situation = situation(&scope, leaving, ledger.as_ref());
    let mut observed = match scope.subject {
        Subject::Stop => Observed::default(),
        _ => juju.observed(unit, &scope),
    };
    if !lxd.away && decision::must_look_wide(&situation, &observed, &lxd.known()) {
        let wide = Scope {
            wide: true,
            ..scope.clone()
        };
        observed = juju.observed(unit, &wide);
    }
    let mut witness = match ledger {
        Some(_) => before.after(&observed, &scope),
        None => Witness::default().after(&observed, &scope),
    };
    let inquiry = decision::inquire(&situation, &observed, &lxd.known());
    let decided = (!lxd.away).then(|| {
        let wanted = |entry| inquiry.whole || inquiry.certificates.contains(entry);
        let there = lxd.entries.iter().filter(|(entry, _)| wanted(entry));
        let mut entries: BTreeMap<_, _> = there
            .map(|(entry, known)| (*entry, Some(known.clone())))
            .collect();
        for missing in &inquiry.certificates {
            entries.entry(*missing).or_insert(None);
        }
        let seen = Seen {
            lxd: lxd.known(),
            restriction: lxd.restriction(observed.wide),
            store: TrustStore {
                whole: inquiry.whole,
                entries,
            },
        };
        let plan = decision::decide(&situation, &observed, &inquiry.demand, &seen);
        (seen, plan)
    });
    if let Some((seen, plan)) = &decided {
        let leave = Leave {
            scope: &scope,
            leaving,
            restriction: &seen.restriction,
            lxd: lxd.number,
        };
        for change in &plan.changes {
            let entry = lxd.entries.get(&change.fingerprint());
            witness.allows(change, entry, &leave, before)?;
        }
        for (id, admission) in &plan.admissions {
            for (bag, _, rejected) in &admission.rejected {
                witness.forget(*id, bag, *rejected);
            }
        }
    }
    Ok(Some(Looked {
        unit,
        scope,
        leaving,
        ledger,
        observed,
        demand: inquiry.demand,
        witness,
        decided,
    }))
}

fn situation<'a>(scope: &'a Scope, leaving: Leaving, ledger: Option<&'a Ledger>) -> Situation<'a> {
    Situation {
        owner: pool::owner(),
        scope,
        leaving,
        ledger,
        differs: None,
        now: pool::now(),
    }
}

fn leaving(juju: &Juju, unit: u32, scope: &Scope) -> Leaving {
    if !scope.asks_goal_state {
        return Leaving::No;
    }
    let units: BTreeMap<UnitName, bool> = juju
        .leaving()
        .map(|(number, leaves)| (juju::integrator(number), leaves))
        .collect();
    Leaving::of(&units, &juju::integrator(unit), &scope.subject)
}

/// Carries out what was decided, and commits unless the hook is killed on the way.
pub(crate) fn act(
    juju: &mut Juju,
    lxd: &mut Lxd,
    looked: &Looked,
    mishap: Option<Mishap>,
) -> Result<End, String> {
    let situation = situation(&looked.scope, looked.leaving, looked.ledger.as_ref());
    let observed = &looked.observed;
    let conclusion = match &looked.decided {
        None => decision::conclude_without_lxd(&situation, observed, Class::Transient, None),
        Some((seen, plan)) => {
            let Some(outcome) = lxd.apply(&plan.changes, mishap)? else {
                return Ok(End::Again);
            };
            let ending = Ending {
                nodes: nodes().count(),
                problem: !lxd.is_as_asked() || lxd.failed,
            };
            let demand = looked.demand.clone();
            decision::conclude(&situation, observed, demand, seen, plan, &outcome, ending)
        }
    };
    let Conclusion { verdict, written } = conclusion;
    if verdict == Verdict::Again {
        return Ok(End::Again);
    }
    if let Some(Written { ledger, answers }) = written {
        for (id, answer) in &answers {
            let unit = juju.units.get_mut(&looked.unit);
            if let Some(joined) = unit.and_then(|unit| unit.joined.get_mut(id)) {
                let changes = provider::changes(&joined.own, &answer.texts(&nodes()));
                joined.own.extend(changes);
                joined.own.retain(|_, text| !text.is_empty());
            }
        }
        remember(juju, looked.unit, &ledger);
    }
    Ok(End::Well)
}

fn remember(juju: &mut Juju, unit: u32, ledger: &Ledger) {
    let Some(unit) = juju.units.get_mut(&unit) else {
        return;
    };
    let new = memory::write(ledger);
    unit.memory.extend(memory::changes(&unit.memory, &new));
    unit.memory.retain(|_, text| !text.is_empty());
}

fn nodes() -> Nodes {
    let node = Node {
        name: "node-1".to_owned(),
        endpoint: "10.0.0.1".parse().expect("an endpoint"),
    };
    Nodes::new(BTreeSet::from([node]), &b"server".to_vec().into())
}

/// What a unit's databag has to say: a text for each certificate that is trusted.
pub(crate) fn says(own: &Settings) -> (Vec<String>, String) {
    let registered = provider::published_texts(own).collect();
    (registered, own.get("nodes").cloned().unwrap_or_default())
}

impl Looked {
    /// The changes that were decided.
    pub(crate) fn changes(&self) -> &[Change] {
        self.decided.as_ref().map_or(&[], |(_, plan)| &plan.changes)
    }

    /// Whether LXD was looked at as a whole, for the second look at what nobody asks for.
    pub(crate) const fn finds_unclaimed(&self) -> bool {
        self.scope.finds_unclaimed && self.decided.is_some()
    }
}
