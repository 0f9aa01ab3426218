//! One hook over the pure core, as `run` puts it together, in two halves: another unit may act between them.

use std::collections::BTreeSet;

use lxd_integrator::{
    certificate::Fingerprint,
    confinement::Restriction,
    demand::{self, Demand, Sight},
    error::Class,
    event::{Event, Scope, Subject, Verdict},
    farewell, interface,
    juju::{Settings, Status},
    ledger::{Ground, Ledger, Marks},
    lxd::Server,
    memory, plan,
    plan::{Mandate, Plan, Terms},
    publish,
    session::Problem,
    store::Store,
};

use crate::{
    juju::Juju,
    law::Witness,
    lxd::{Lxd, Mishap},
    pool,
};

/// A hook that has looked and decided.
pub(crate) struct Looked {
    unit: u32,
    scope: Scope,
    ledger: Option<Ledger>,
    sight: Sight,
    demand: Demand,
    pub(crate) witness: Witness,
    /// `None` while LXD is away.
    decided: Option<(Store, Plan)>,
    standing: Standing,
}

/// What `goal-state` says of the unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stays,
    OthersStay,
    LastLeaves,
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
    let Some(mut scope) = Scope::of(event) else {
        return Ok(None);
    };
    let standing = standing(juju, unit, &scope);
    if standing == Standing::OthersStay {
        return Ok(None);
    }
    let ledger = memory::read(&juju.units[&unit].memory);
    let mut sight = look_at_juju(juju, unit, &scope);
    let stop = scope.subject == Subject::Stop;
    if !lxd.away && !sight.wide && !stop && must_look_wide(ledger.as_ref(), &sight) {
        let narrow = scope.clone();
        scope.wide = true;
        sight = look_at_juju(juju, unit, &scope);
        scope = narrow;
    }
    let mut witness = match ledger {
        Some(_) => before.after(&sight, &scope),
        None => Witness::default().after(&sight, &scope),
    };
    let demand = demand::demand(ledger.as_ref(), &sight, &scope);
    let decided = (!lxd.away).then(|| {
        let leaves = standing == Standing::LastLeaves;
        let store = look_at_lxd(lxd, &demand, &sight, leaves);
        let plan = decide(
            &demand,
            &sight,
            &store,
            &scope,
            ledger.as_ref(),
            mandate(&scope, standing),
        );
        (store, plan)
    });
    if let Some((_, plan)) = &decided {
        for step in &plan.steps {
            witness.allows(step, &scope, mandate(&scope, standing), before)?;
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
        ledger,
        sight,
        demand,
        witness,
        decided,
        standing,
    }))
}

fn look_at_juju(juju: &mut Juju, unit: u32, scope: &Scope) -> Sight {
    match scope.subject {
        Subject::Stop => Sight::default(),
        _ => juju.sight(unit, scope),
    }
}

fn look_at_lxd(lxd: &Lxd, demand: &Demand, sight: &Sight, leaves: bool) -> Store {
    let whole = sight.wide || leaves;
    let entries = match whole {
        true => lxd
            .entries
            .iter()
            .map(|(entry, known)| (*entry, Some(known.clone())))
            .collect(),
        false => {
            let interest = plan::interest(demand, sight).into_iter();
            interest
                .map(|entry| (entry, lxd.entries.get(&entry).cloned()))
                .collect()
        }
    };
    Store { whole, entries }
}

fn decide(
    demand: &Demand,
    sight: &Sight,
    store: &Store,
    scope: &Scope,
    ledger: Option<&Ledger>,
    mandate: Mandate,
) -> Plan {
    let nothing = Marks::new();
    let terms = Terms {
        owner: pool::owner(),
        own: pool::own(),
        now: pool::now(),
        restriction: &Restriction::Open,
        doubted: ledger.map_or(&nothing, |ledger| &ledger.doubted),
        mandate,
    };
    plan::plan(demand, sight, store, scope, &terms)
}

const fn mandate(scope: &Scope, standing: Standing) -> Mandate {
    match standing {
        _ if matches!(scope.subject, Subject::Stop) => Mandate::Clear,
        Standing::Stays => Mandate::Reconcile,
        Standing::LastLeaves | Standing::OthersStay => Mandate::Withdraw(scope.subject.relation()),
    }
}

fn standing(juju: &Juju, unit: u32, scope: &Scope) -> Standing {
    if !scope.standing {
        return Standing::Stays;
    }
    let leaves = scope.subject == Subject::Stop || juju.units[&unit].dying;
    let others_stay = juju
        .leaving()
        .any(|(other, leaves)| other != unit && !leaves);
    match (leaves, others_stay) {
        (false, _) => Standing::Stays,
        (true, true) => Standing::OthersStay,
        (true, false) => Standing::LastLeaves,
    }
}

fn must_look_wide(ledger: Option<&Ledger>, sight: &Sight) -> bool {
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
        let trusted = relations
            .get(id)
            .is_some_and(|relation| !relation.trusted().is_empty());
        trusted && !seen.own.contains_key(interface::PUBLISHED)
    });
    !known.is_the_same(&ground(false)) || unpublished
}

/// Carries out what was decided, and commits unless the hook is killed on the way.
pub(crate) fn act(
    juju: &mut Juju,
    lxd: &mut Lxd,
    looked: Looked,
    mishap: Option<Mishap>,
) -> Result<End, String> {
    let stop = looked.scope.subject == Subject::Stop;
    let Looked {
        unit,
        scope,
        ledger,
        sight,
        demand,
        ..
    } = looked;
    let leaves = looked.standing == Standing::LastLeaves;
    let Some((store, plan)) = looked.decided else {
        if leaves {
            let verdict =
                farewell::without_lxd(pool::owner(), &scope.subject, ledger.as_ref(), &away());
            if stop || verdict == Verdict::Again {
                return Ok(end(verdict));
            }
        }
        let mut next = publish::settle_without_lxd(demand);
        next.ground
            .iter_mut()
            .for_each(|ground| ground.behind = true);
        remember(juju, unit, &next);
        return Ok(End::Well);
    };
    let Some(outcome) = lxd.apply(&plan.steps, mishap)? else {
        return Ok(End::Again);
    };
    if leaves {
        let verdict = farewell::with_lxd(pool::owner(), &scope.subject, &store, &outcome);
        if stop || verdict == Verdict::Again {
            return Ok(end(verdict));
        }
    }
    let (mut next, answers) = publish::settle(demand, &sight, &scope, &store, &plan, &outcome);
    next.note_names(pool::owner(), &store, &outcome.done);
    next.ground = Some(ground(!outcome.undone.is_empty()));
    if looked.standing == Standing::Stays {
        for (id, answer) in &answers {
            if let Some(joined) = juju
                .units
                .get_mut(&unit)
                .and_then(|unit| unit.joined.get_mut(id))
            {
                let changes = interface::changes(&joined.own, &answer.texts(&nodes()));
                joined.own.extend(changes);
                joined.own.retain(|_, text| !text.is_empty());
            }
        }
    }
    remember(juju, unit, &next);
    Ok(End::Well)
}

const fn end(verdict: Verdict) -> End {
    match verdict {
        Verdict::Done => End::Well,
        Verdict::Again => End::Again,
    }
}

fn remember(juju: &mut Juju, unit: u32, ledger: &Ledger) {
    let Some(unit) = juju.units.get_mut(&unit) else {
        return;
    };
    let new = memory::write(ledger);
    unit.memory.extend(memory::changes(&unit.memory, &new));
    unit.memory.retain(|_, text| !text.is_empty());
}

fn away() -> Problem {
    Problem {
        status: Status {
            state: "waiting".to_owned(),
            message: "LXD is away".to_owned(),
        },
        detail: "LXD is away".to_owned(),
        refused: None,
        class: Class::Transient,
        expected: false,
    }
}

fn ground(behind: bool) -> Ground {
    Ground {
        endpoint: "10.0.0.1".parse().expect("an endpoint"),
        client: pool::own(),
        nodes: BTreeSet::new(),
        restricted_to: BTreeSet::new(),
        server: Fingerprint::of(b"server"),
        version: "5.0.2".to_owned(),
        behind,
    }
}

fn nodes() -> interface::Nodes {
    let server = Server {
        name: "node-1".to_owned(),
        version: "5.0.2".to_owned(),
        clustered: false,
        restricts: true,
        issues_tokens: true,
        has_identities: false,
        certificate: b"server".to_vec().into(),
    };
    interface::Nodes::of(&server, &"10.0.0.1".parse().expect("an endpoint"), &[])
}

/// What a unit's databag has to say: a text for each certificate that is trusted.
pub(crate) fn says(own: &Settings) -> (Vec<String>, String) {
    let registered = interface::published_texts(own).collect();
    (registered, own.get("nodes").cloned().unwrap_or_default())
}

impl Looked {
    /// The steps that were decided.
    pub(crate) fn steps(&self) -> &[lxd_integrator::step::Step] {
        self.decided.as_ref().map_or(&[], |(_, plan)| &plan.steps)
    }

    /// Whether LXD was looked at as a whole, for the second look at what nobody asks for.
    pub(crate) fn doubts(&self) -> bool {
        self.scope.doubts && self.decided.is_some()
    }
}
