//! A world of plain values around the pure core: Juju's databags, LXD's trust store, and the charm's memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use lxd_integrator::{
    apply::Outcome,
    certificate::{Certificate, Fingerprint},
    confinement::{Confinement, Restriction},
    demand::{self, RelationSight, Sight},
    entry::{EntryName, Owner},
    event::{Scope, Subject},
    interface::{self, Nodes},
    juju::Settings,
    ledger::Ledger,
    lxd::{Entry, Server},
    memory,
    names::{BagName, RelationId, UnitName},
    plan::{self, Mandate, Terms},
    publish,
    request::Request,
    step::Step,
    store::Store,
};

use crate::history::Happening;

/// Enough to share, few enough to collide. The first one is the charm's own, the next two are somebody else's.
pub(crate) static CERTIFICATES: LazyLock<Vec<(String, Certificate)>> = LazyLock::new(|| {
    let names = ["own", "foreign", "another", "a", "b", "c", "d"];
    let make = |name| {
        let made = lxd_bed::certificates::make(name);
        let parsed = Certificate::from_der(&made.certificate_der).expect("a certificate");
        (made.certificate_pem, parsed)
    };
    names.into_iter().map(make).collect()
});

pub(crate) fn own() -> Fingerprint {
    CERTIFICATES[0].1.fingerprint()
}

pub(crate) fn owner() -> Owner {
    Owner {
        model: "d3b0a2c4-0000-4000-8000-000000000001".parse().unwrap(),
        application: "lxd-integrator".parse().unwrap(),
    }
}

/// Juju, LXD and the charm's memory.
#[derive(Default)]
pub(crate) struct World {
    /// What each unit of each relation asks for.
    pub(crate) asked: BTreeMap<RelationId, BTreeMap<BagName, BTreeSet<usize>>>,
    /// Our databags.
    pub(crate) own: BTreeMap<RelationId, Settings>,
    pub(crate) store: BTreeMap<Fingerprint, Entry>,
    pub(crate) memory: Settings,
    /// A databag that the next hook does not see: its unit has not been met.
    pub(crate) hidden: Option<(RelationId, BagName)>,
    /// Something happened that no hook told of.
    pub(crate) disturbed: bool,
}

pub(crate) fn unit(relation: u32, unit: u32) -> UnitName {
    format!("app-{relation}/{unit}").parse().unwrap()
}

pub(crate) fn entry(fingerprint: Fingerprint, name: &str) -> (Fingerprint, Entry) {
    let entry = Entry {
        fingerprint,
        name: name.to_owned(),
        kind: "client".to_owned(),
        confinement: Confinement::Nothing,
    };
    (fingerprint, entry)
}

impl World {
    pub(crate) fn new() -> Self {
        // Our own entry has a name that we would give, and is not touched for all that.
        let ours = EntryName {
            relation: RelationId::new(0),
            consumer: "app-0".parse().unwrap(),
        };
        let names = [
            owner().name(&ours),
            "by hand".to_owned(),
            "by hand".to_owned(),
        ];
        let foreign = CERTIFICATES.iter().zip(names);
        let foreign = foreign.map(|((_, cert), name)| entry(cert.fingerprint(), &name));
        Self {
            store: foreign.collect(),
            ..Self::default()
        }
    }

    pub(crate) fn happen(&mut self, happening: &Happening) {
        self.disturbed |= matches!(
            happening,
            Happening::Vanish(_) | Happening::Forget | Happening::Tamper(_)
        );
        match happening {
            Happening::Ask(relation, number, set) => {
                let (id, bag) = (
                    RelationId::new(*relation),
                    BagName::Unit(unit(*relation, *number)),
                );
                self.asked
                    .entry(id)
                    .or_default()
                    .insert(bag.clone(), set.clone());
                self.hook(Subject::Databag(id, Some(bag)), false);
            }
            Happening::Depart(relation, number) => {
                let (id, unit) = (RelationId::new(*relation), unit(*relation, *number));
                let bags = self.asked.get_mut(&id);
                if bags.is_some_and(|bags| bags.remove(&BagName::Unit(unit.clone())).is_some()) {
                    self.hook(Subject::Departed(id, unit), false);
                }
            }
            Happening::Break(relation) => {
                let id = RelationId::new(*relation);
                if self.asked.remove(&id).is_some() {
                    self.own.remove(&id);
                    self.hook(Subject::Broken(id), false);
                }
            }
            Happening::Vanish(relation) => {
                self.asked.remove(&RelationId::new(*relation));
                self.own.remove(&RelationId::new(*relation));
            }
            Happening::UpdateStatus => self.hook(Subject::Nothing, true),
            Happening::Changed => self.hook(Subject::Nothing, false),
            Happening::Forget => self.memory.clear(),
            Happening::Tamper(index) => {
                self.store.remove(&CERTIFICATES[*index].1.fingerprint());
            }
        }
    }

    /// One hook, as `run` puts it together.
    pub(crate) fn hook(&mut self, subject: Subject, doubts: bool) {
        let ledger = memory::read(&self.memory);
        let wide = subject == Subject::Nothing || ledger.is_none();
        let scope = Scope {
            subject,
            wide,
            doubts,
            standing: doubts,
        };
        let sight = self.sight(&scope);
        let demand = demand::demand(ledger.as_ref(), &sight, &scope);
        let mut store = Store::default();
        if wide {
            store.whole = true;
            store.entries = self
                .store
                .iter()
                .map(|(fp, entry)| (*fp, Some(entry.clone())))
                .collect();
        } else {
            for fp in plan::interest(&demand, &sight) {
                store.entries.insert(fp, self.store.get(&fp).cloned());
            }
        }
        let terms = Terms {
            restriction: &Restriction::Open,
            owner: &owner(),
            own: own(),
            now: now(),
            doubted: &ledger.map(|ledger| ledger.doubted).unwrap_or_default(),
            mandate: Mandate::Reconcile,
        };
        let plan = plan::plan(&demand, &sight, &store, &scope, &terms);
        let outcome = self.apply(&plan.steps);
        let (next, answers) = publish::settle(demand, &sight, &scope, &store, &plan, &outcome);
        for (id, answer) in &answers {
            let own = self.own.entry(*id).or_default();
            own.extend(interface::changes(own, &answer.texts(&nodes())));
            own.retain(|_, text| !text.is_empty());
        }
        self.remember(&next);
    }

    fn sight(&self, scope: &Scope) -> Sight {
        let relation = |id: &RelationId, bags: &BTreeMap<BagName, BTreeSet<usize>>| RelationSight {
            application: format!("app-{id}").parse().unwrap(),
            own: self.own.get(id).cloned().unwrap_or_default(),
            requests: bags
                .iter()
                .map(|(bag, set)| (bag.clone(), request(set)))
                .collect(),
        };
        let mut relations = BTreeMap::new();
        for (id, bags) in &self.asked {
            let mut bags = bags.clone();
            bags.retain(|bag, _| self.hidden.as_ref() != Some(&(*id, bag.clone())));
            match &scope.subject {
                _ if scope.wide => {}
                Subject::Databag(subject, Some(changed)) if subject == id => {
                    bags.retain(|bag, _| bag == changed);
                }
                Subject::Departed(subject, _) if subject == id => bags.clear(),
                _ => continue,
            }
            relations.insert(*id, relation(id, &bags));
        }
        Sight {
            wide: scope.wide,
            relations,
            gone: BTreeMap::new(),
        }
    }

    /// LXD, which checks on every request that it is about something of ours.
    fn apply(&mut self, steps: &[Step]) -> Outcome {
        let mut outcome = Outcome::default();
        for step in steps {
            match step {
                Step::Register {
                    name, certificate, ..
                } => {
                    let (fp, entry) = entry(certificate.fingerprint(), &owner().name(name));
                    assert!(
                        self.store.insert(fp, entry).is_none(),
                        "registered twice: {step}"
                    );
                    outcome.trusted.insert(fp);
                }
                Step::Confine { .. } => unreachable!("nothing is restricted"),
                Step::Rename {
                    fingerprint,
                    from,
                    to,
                } => {
                    let entry = self.ours(*fingerprint, from);
                    entry.name = owner().name(to);
                }
                Step::Remove { fingerprint, name } => {
                    self.ours(*fingerprint, name);
                    self.store.remove(fingerprint);
                }
            }
        }
        outcome
    }

    fn ours(&mut self, fingerprint: Fingerprint, name: &EntryName) -> &mut Entry {
        assert_ne!(fingerprint, own());
        let entry = self.store.get_mut(&fingerprint).expect("an entry");
        assert_eq!(entry.name, owner().name(name));
        entry
    }

    fn remember(&mut self, ledger: &Ledger) {
        let new = memory::write(ledger);
        self.memory.extend(memory::changes(&self.memory, &new));
    }

    fn names(&self) -> BTreeMap<Fingerprint, &str> {
        self.store
            .iter()
            .map(|(fp, entry)| (*fp, entry.name.as_str()))
            .collect()
    }

    /// Two looks after everything is quiet.
    pub(crate) fn settle(&mut self) {
        self.hook(Subject::Nothing, true);
        self.hook(Subject::Nothing, true);
    }

    pub(crate) fn assert_right(&self) {
        let mut wanted: BTreeSet<Fingerprint> = CERTIFICATES[..3]
            .iter()
            .map(|(_, cert)| cert.fingerprint())
            .collect();
        for (id, bags) in &self.asked {
            let asked: BTreeSet<Fingerprint> = bags
                .values()
                .flatten()
                .map(|index| CERTIFICATES[*index].1.fingerprint())
                .collect();
            let texts: BTreeSet<&str> = bags
                .values()
                .flatten()
                .map(|index| CERTIFICATES[*index].0.as_str())
                .collect();
            let registered: BTreeSet<String> = interface::published_texts(&self.own[id]).collect();
            assert!(
                registered.iter().map(String::as_str).eq(texts),
                "relation {id}"
            );
            let fingerprints: Vec<String> = asked.iter().map(ToString::to_string).collect();
            let nodes: serde_json::Value = serde_json::from_str(&self.own[id]["nodes"]).unwrap();
            assert_eq!(
                nodes[0]["trusted_certs_fp"],
                serde_json::json!(fingerprints),
                "relation {id}"
            );
            wanted.extend(asked);
        }
        assert!(
            self.store.keys().eq(wanted.iter()),
            "{:?} instead of {wanted:?}",
            self.names()
        );
        for (fp, entry) in &self.store {
            assert_eq!(Self::new().store.get(fp).unwrap_or(entry), entry);
            if Self::new().store.contains_key(fp) {
                continue;
            }
            let named = self.asked.iter().any(|(id, bags)| {
                let asks = |index: &usize| CERTIFICATES[*index].1.fingerprint() == *fp;
                let name = EntryName {
                    relation: *id,
                    consumer: format!("app-{id}").parse().unwrap(),
                };
                entry.name == owner().name(&name) && bags.values().flatten().any(asks)
            });
            assert!(
                named,
                "{} is named for a relation that does not ask",
                entry.name
            );
        }
    }
}

pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs().cast_signed()
}

pub(crate) fn request(set: &BTreeSet<usize>) -> Request {
    let texts: Vec<&str> = set
        .iter()
        .map(|index| CERTIFICATES[*index].0.as_str())
        .collect();
    Request::parse(Some(&serde_json::json!(texts).to_string()))
}

pub(crate) fn nodes() -> Nodes {
    let server = Server {
        restricts: true,
        name: "node-1".to_owned(),
        version: "5.0.2".to_owned(),
        clustered: false,
        certificate: CERTIFICATES[0].1.der().to_vec().into(),
    };
    Nodes::of(&server, &"10.0.0.1".parse().unwrap(), &[])
}
