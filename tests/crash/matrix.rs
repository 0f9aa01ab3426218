//! Runs a model hook by hook, and each hook once more for every point at which it can be killed.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use juju_bed::{
    agent::End,
    context::{Settings, Status},
    model::Model,
};
use lab::{APP, Lab};
use lxd_bed::{Daemon, Moment, Snapshot, TrustEntry, Verdict};
use lxd_integrator::decision::{ledger::Ledger, memory};

const KILLED: End = End::Signal(9);

/// Which hooks were run, and at how many points they were killed.
#[derive(Debug, Default)]
pub(crate) struct Points {
    /// Their names, as often as they ran.
    pub(crate) hooks: Vec<String>,
    calls: usize,
    requests: usize,
}

impl Points {
    pub(crate) fn add(&mut self, other: Self) {
        self.hooks.extend(other.hooks);
        self.calls += other.calls;
        self.requests += other.requests;
    }

    /// How many hooks, and how many points.
    pub(crate) fn counts(&self) -> [usize; 2] {
        [self.hooks.len(), self.calls + self.requests]
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([hooks, all], calls, requests) = (self.counts(), self.calls, self.requests);
        write!(
            f,
            "{all} points in {hooks} hooks ({calls} at calls, {requests} at requests)"
        )
    }
}

/// One point at which a hook is killed.
#[derive(Clone, Copy, Debug)]
enum Point {
    /// Once so many calls of hook tools were served.
    Calls(usize),
    /// At that request, counted from 1.
    Request(Moment, usize),
}

/// All that has to be as without the kill.
#[derive(Debug, PartialEq)]
struct Outcome {
    trust_store: BTreeMap<String, TrustEntry>,
    databags: BTreeMap<(u32, String), Option<Settings>>,
    statuses: BTreeMap<String, Option<Status>>,
    memories: BTreeMap<String, Option<Ledger>>,
    version: Option<String>,
}

impl Outcome {
    fn of(model: &Model, lxd: &Daemon) -> Self {
        let units = model.units(APP);
        let each = |relation: u32| {
            let bag = |unit: &String| model.databag(relation, unit).cloned();
            let bags = units
                .iter()
                .map(move |unit| ((relation, unit.clone()), bag(unit)));
            bags.collect::<Vec<_>>()
        };
        let list = lxd.trust_list().into_iter();
        Self {
            trust_store: list
                .map(|entry| (entry.fingerprint.clone(), entry))
                .collect(),
            databags: model.all_relations().into_iter().flat_map(each).collect(),
            statuses: units
                .iter()
                .map(|unit| (unit.clone(), model.workload_status(unit)))
                .collect(),
            memories: units
                .iter()
                .map(|unit| (unit.clone(), model.state(unit).and_then(memory::read)))
                .collect(),
            version: model.application_version(APP).map(str::to_owned),
        }
    }
}

/// Runs hooks until all is quiet, and kills each at every point.
pub(crate) fn settle(lab: &mut Lab, points: &mut Points) {
    lab.model.wake();
    while step(lab, points) {}
}

/// Runs one hook, and once more for each point; `false` if there is none to run.
fn step(lab: &mut Lab, points: &mut Points) -> bool {
    let base = lab.model.try_clone().expect("a copy");
    let (before, ran) = (lab.lxd.snapshot(), lab.model.journal().len());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    lab.lxd.observe(move |observed| {
        if observed.moment == Moment::BeforeActing {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        Verdict::GoOn
    });
    let any = lab.model.step().expect("the model goes on");
    lab.lxd.stop_observing();
    let Some(entry) = lab.model.journal().get(ran) else {
        return any;
    };
    let (unit, name, calls) = (
        entry.unit.clone(),
        entry.name.clone(),
        entry.ran.calls.len(),
    );
    // A hook that asks nobody anything has come to its end before it could be killed.
    if calls == 0 {
        return any;
    }
    let requests = requests.load(Ordering::SeqCst);
    let expected = Outcome::of(&lab.model, &lab.lxd);
    let after = lab.lxd.snapshot();
    let at_requests = (1..=requests).flat_map(|number| {
        [Moment::BeforeActing, Moment::AfterActing].map(|moment| Point::Request(moment, number))
    });
    for point in (0..=calls).map(Point::Calls).chain(at_requests) {
        let model = base.try_clone().expect("a copy");
        let outcome = killed(model, &lab.lxd, &before, &unit, point);
        assert_eq!(outcome, expected, "{name} of {unit}, killed at {point:?}");
    }
    lab.lxd.restore(&after);
    points.add(Points {
        hooks: vec![name],
        calls: calls + 1,
        requests: 2 * requests,
    });
    any
}

/// What comes of the next hook if it is killed there and then run again.
fn killed(mut model: Model, lxd: &Daemon, before: &Snapshot, unit: &str, point: Point) -> Outcome {
    lxd.restore(before);
    match point {
        Point::Calls(number) => model.kill_during(unit, number).expect("the unit is there"),
        Point::Request(moment, number) => kill_at(&model, lxd, moment, number),
    }
    assert!(model.step().expect("the model goes on"));
    lxd.stop_observing();
    let last = |model: &Model| model.journal().last().map(|entry| entry.ran.end);
    assert_eq!(last(&model), Some(KILLED), "{point:?} was not met");
    assert!(model.step_unit(unit).expect("the model goes on"));
    assert_ne!(last(&model), Some(KILLED), "{point:?} was met again");
    Outcome::of(&model, lxd)
}

fn kill_at(model: &Model, lxd: &Daemon, moment: Moment, number: usize) {
    let (process, met) = (model.process(), AtomicUsize::new(0));
    lxd.observe(move |observed| {
        if observed.moment != moment || met.fetch_add(1, Ordering::SeqCst) + 1 != number {
            return Verdict::GoOn;
        }
        assert!(process.kill(), "it waits for the answer");
        Verdict::HangUp
    });
}
