//! What is decided, case by case. `tests/planner` plays all of it together.

mod asked;
mod ending;
mod looks;
mod noted;
mod places;
mod planned;
mod scopes;
mod told;

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use lxd_bed::certificates;

use super::{
    ledger::{ByCertificate, ByRequirer, Line, Relation},
    observed::ObservedRelation,
    *,
};
use crate::{
    digest::TextDigest,
    names::{ApplicationName, RelationId, UnitName},
    relation::request::Request,
    trust::{Entry, change::Change, confinement::Confinement, owner::Requirer},
    values::{Settings, json},
    x509::certificate::Certificate,
};

/// All certificates here are valid from 2001 to 2033.
const NOW: i64 = 1_500_000_000;

const ONE: RelationId = RelationId::new(1);

fn owner() -> Owner {
    Owner {
        model: "d3b0a2c4-0000-4000-8000-000000000001".parse().unwrap(),
        application: "lxd-integrator".parse().unwrap(),
    }
}

/// The consumer of every relation.
fn consumer() -> ApplicationName {
    "my-charm".parse().unwrap()
}

fn unit(name: &str) -> UnitName {
    name.parse().unwrap()
}

/// Whom an entry for this relation is made for.
fn requirer(relation: u32) -> Requirer {
    Requirer::new(RelationId::new(relation), &consumer())
}

/// A certificate as PEM, the same each time for the same name.
fn pem(name: &str) -> String {
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    certificates::seeded(0, name, at(1_000_000_000), at(2_000_000_000)).certificate_pem
}

fn certificate(name: &str) -> Certificate {
    let text = Request::of_text(&pem(name)).texts.remove(0);
    text.certificates[0].clone()
}

fn fingerprint(name: &str) -> Fingerprint {
    certificate(name).fingerprint()
}

fn fingerprints(names: &[&str]) -> BTreeSet<Fingerprint> {
    names.iter().map(|name| fingerprint(name)).collect()
}

/// These certificates, by the relation that has or had them.
fn marks(relation: u32, names: &[&str]) -> ByRequirer {
    [(requirer(relation), fingerprints(names))].into()
}

/// The same, by certificate.
fn by(relation: u32, names: &[&str]) -> ByCertificate {
    let fingerprints = fingerprints(names).into_iter();
    fingerprints
        .map(|of| (of, [requirer(relation)].into()))
        .collect()
}

/// Takes away what relation 1 had.
fn removal(name: &str) -> Change {
    Change::Remove {
        fingerprint: fingerprint(name),
        name: requirer(1),
    }
}

/// What a databag asks for that lists these certificates.
fn request(names: &[&str]) -> Request {
    let texts: Vec<String> = names.iter().map(|name| pem(name)).collect();
    Request::parse(Some(&json(&texts)))
}

/// The same where the value cannot be read to its end.
fn broken_off(names: &[&str]) -> Request {
    Request {
        breaks_off: true,
        ..request(names)
    }
}

/// What is remembered of a databag that lists these certificates; those with `+` are published as trusted.
fn line(names: &[&str]) -> Line {
    let items = names.iter().map(|name| {
        let trusted = name.starts_with('+');
        let name = name.trim_start_matches('+');
        ((TextDigest::of(&pem(name)), fingerprint(name)), trusted)
    });
    items.collect()
}

/// The same of so many certificates that nobody has seen.
fn many(count: usize, trusted: bool) -> Line {
    let texts = (0..count).map(|number| number.to_string());
    let items = texts.map(|text| {
        (
            (TextDigest::of(&text), Fingerprint::of(text.as_bytes())),
            trusted,
        )
    });
    items.collect()
}

/// What is remembered of a relation with these databags.
fn remembered<const N: usize>(lines: [(&str, Line); N]) -> Relation {
    let mut relation = Relation::new(consumer());
    let lines = lines.map(|(bag, line)| (bag.parse().unwrap(), line));
    relation.lines.extend(lines);
    relation
}

/// A memory of these relations, and of nothing else.
fn of_relations<const N: usize>(relations: [(u32, Relation); N]) -> Ledger {
    Ledger {
        relations: relations.map(|(id, of)| (RelationId::new(id), of)).into(),
        ..Ledger::default()
    }
}

/// This memory, and what was let go.
fn demand_of(ledger: Ledger, let_go: ByCertificate) -> Demand {
    Demand {
        ledger,
        let_go,
        before: ByCertificate::new(),
    }
}

/// What Juju shows of a relation with these databags.
fn shown<const N: usize>(requests: [(&str, Request); N]) -> ObservedRelation {
    ObservedRelation {
        application: consumer(),
        own: Settings::new(),
        requests: requests.map(|(bag, of)| (bag.parse().unwrap(), of)).into(),
        hidden: BTreeSet::new(),
    }
}

/// The same where our own databag lists these texts.
fn listing(texts: &[&str], mut relation: ObservedRelation) -> ObservedRelation {
    let list = json(&texts);
    relation.own.insert(provider::REGISTERED.to_owned(), list);
    relation
}

/// What Juju shows of relation 1.
fn observed(relation: ObservedRelation) -> Observed {
    Observed {
        relations: [(ONE, relation)].into(),
        ..Observed::default()
    }
}

/// The entry of a client certificate that stands there for relation 1.
fn entry(name: &str) -> Entry {
    entry_for(1, name)
}

fn entry_for(relation: u32, name: &str) -> Entry {
    let [usual, _] = owner().names(&requirer(relation), fingerprint(name));
    named(name, usual)
}

/// The same under this full name.
fn named(name: &str, full: String) -> Entry {
    Entry {
        fingerprint: fingerprint(name),
        name: full,
        kind: "client".to_owned(),
        confinement: Confinement::Nothing,
    }
}

/// A trust store that was looked at as a whole.
fn whole<const N: usize>(entries: [Entry; N]) -> TrustStore {
    TrustStore {
        whole: true,
        ..part(&[], entries)
    }
}

/// A trust store that was asked for these certificates, which are not there, and for those that are.
fn part<const N: usize>(absent: &[&str], entries: [Entry; N]) -> TrustStore {
    let absent = absent.iter().map(|name| (fingerprint(name), None));
    let there = entries.map(|entry| (entry.fingerprint, Some(entry)));
    TrustStore {
        whole: false,
        entries: absent.chain(there).collect(),
    }
}

/// A hook that looks at its subject alone.
fn narrow(subject: Subject) -> Scope {
    Scope {
        subject,
        wide: false,
        finds_unclaimed: false,
        removes_unclaimed: false,
        asks_goal_state: true,
        dry_run: false,
    }
}

fn broken(relation: u32) -> Subject {
    Subject::Broken(RelationId::new(relation))
}

fn lxd() -> KnownLxd {
    KnownLxd {
        endpoint: "127.0.0.1".parse().unwrap(),
        server: Fingerprint::of(b"server"),
        client: Fingerprint::of(b"own"),
        nodes: BTreeSet::new(),
        version: "6.9".to_owned(),
        restricted_to: BTreeSet::new(),
        behind: false,
    }
}

/// The memory of a unit that has seen everything, and whose relation 1 has a trusted certificate, `a`.
fn memory() -> Ledger {
    let relation = remembered([("my-charm", line(&["+a"]))]);
    Ledger {
        accounted: true,
        lxd: Some(lxd()),
        relations: [(ONE, relation)].into(),
        ..Ledger::default()
    }
}

/// Asks `question` of a unit in this situation.
fn ask<T>(
    subject: Subject,
    leaving: Leaving,
    ledger: Option<&Ledger>,
    question: impl FnOnce(&Situation<'_>) -> T,
) -> T {
    question(&Situation {
        owner: &owner(),
        scope: &narrow(subject),
        leaving,
        ledger,
        differs: None,
        now: NOW,
    })
}
