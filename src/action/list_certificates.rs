//! `list-certificates`: what each relation asked for and what became of it, and what else of ours is in the trust store.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use super::{Look, Refusal, Results};
use crate::{
    decision::{
        admission::{self, Admission},
        demand::{self, Demand},
        ledger::Relation,
    },
    juju,
    lxd::session::Session,
    names::{BagName, RelationId, list},
    relation::{provider::published_rejections, rejection::Rejection},
    trust::{
        Entry,
        confinement::Confinement,
        owner::{Owner, Ownership},
        store::TrustStore,
    },
    x509::certificate::{Certificate, Fingerprint, moment},
};

/// One certificate, as far as it is known.
#[derive(Default)]
struct Row {
    certificate: Option<Certificate>,
    relations: BTreeSet<RelationId>,
    bags: BTreeSet<BagName>,
    /// The memory says that it is trusted.
    was_trusted: bool,
    reason: Option<String>,
}

/// The state of an entry that the charm in Python made and that nobody asks for.
const LEFT_BY_PYTHON_CHARM: &str = "left-by-python-charm";

type Rows = BTreeMap<Fingerprint, Row>;

/// What LXD has, with the certificates of the entries.
#[derive(Default)]
struct TrustList {
    store: TrustStore,
    certificates: BTreeMap<Fingerprint, Certificate>,
}

/// Lists the certificates. Without LXD it goes by what is remembered, and says so.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn run(look: &Look<'_>) -> Result<Results, juju::Error> {
    let mut results = Results::default();
    let list = look.session()?.and_then(|session| trust_list(&session));
    let TrustList {
        store,
        certificates,
    } = list.unwrap_or_else(|refusal| {
        results.note(format!(
            "as remembered, for LXD could not be asked: {refusal}"
        ));
        TrustList::default()
    });
    let demand = demand::demand(look.view.ledger.as_ref(), &look.view.observed, look.scope);
    let mut rows = asked_for(look, &demand);
    let nameless = judge(look, &demand, &store, &mut rows);
    for fingerprint in &demand.ledger.left_by_python_charm {
        if store.get(*fingerprint) != Some(None) {
            rows.entry(*fingerprint).or_default();
        }
    }
    add_ours(&look.here.owner, &store, certificates, &mut rows);
    let owner = &look.here.owner;
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for (fingerprint, row) in &rows {
        let seen = store.get(*fingerprint);
        let state = state(owner, row, seen);
        *states.entry(state).or_default() += 1;
        show(&mut results, *fingerprint, row, state, seen.flatten());
    }
    for (number, rejection) in nameless.iter().enumerate() {
        let mut set = |key: &str, value: &dyn Display| {
            results.set(format_args!("rejected.{number}.{key}"), value);
        };
        set("unit", &rejection.bag);
        set("index", &rejection.index);
        set("reason", &rejection.reason);
    }
    *states.entry("rejected").or_default() += nameless.len();
    results.set("summary", summary(&states));
    Ok(results)
}

/// How many there are in each state.
fn summary(states: &BTreeMap<&str, usize>) -> String {
    let states = states.iter().filter(|(_, number)| **number > 0);
    let counts: Vec<String> = states
        .map(|(state, number)| format!("{number} {state}"))
        .collect();
    if counts.is_empty() {
        "nothing is asked for, and nothing of ours is in the trust store".to_owned()
    } else {
        counts.join(", ")
    }
}

fn trust_list(session: &Session) -> Result<TrustList, Refusal> {
    session
        .require_rights(false)
        .map_err(|error| Refusal::of(&error, session))?;
    let listed = session.reader().trust_list();
    let listed = listed.map_err(|error| Refusal::of(&error, session))?;
    let mut list = TrustList::default();
    list.store.whole = true;
    for (entry, certificate) in listed {
        let fingerprint = entry.fingerprint;
        list.store.entries.insert(fingerprint, Some(entry));
        list.certificates
            .extend(certificate.map(|certificate| (fingerprint, certificate)));
    }
    Ok(list)
}

/// What the relations ask for, in and out of sight.
fn asked_for(look: &Look<'_>, demand: &Demand) -> Rows {
    let mut rows = Rows::new();
    for (id, relation) in &demand.ledger.relations {
        for (bag, line) in &relation.lines {
            for ((_, fingerprint), trusted) in line {
                let row = rows.entry(*fingerprint).or_default();
                row.relations.insert(*id);
                row.bags.insert(bag.clone());
                row.was_trusted |= trusted;
            }
        }
    }
    let seen = look.view.observed.relations.values();
    let texts = seen
        .flat_map(|seen| seen.requests.values())
        .flat_map(|request| &request.texts);
    for certificate in texts.flat_map(|text| &text.certificates) {
        if let Some(row) = rows.get_mut(&certificate.fingerprint()) {
            row.certificate = Some(certificate.clone());
        }
    }
    rows
}

/// Notes why certificates are rejected, and returns what is rejected without being one.
fn judge(look: &Look<'_>, demand: &Demand, store: &TrustStore, rows: &mut Rows) -> Vec<Rejection> {
    let mut nameless = Vec::new();
    for (id, seen) in &look.view.observed.relations {
        let known = demand.ledger.relations.get(id);
        let admission = known.map_or_else(Admission::default, |relation: &Relation| {
            admission::admit(relation, seen, store, look.here.now)
        });
        // What LXD refused is known from what we told the relation.
        let published = published_rejections(&seen.own).into_iter();
        let refused = published.filter(|rejection| rejection.fingerprint.is_some());
        for rejection in admission.rejections.into_iter().chain(refused) {
            match rejection.fingerprint {
                Some(fingerprint) => {
                    if let Some(row) = rows.get_mut(&fingerprint) {
                        row.reason.get_or_insert(rejection.reason);
                    }
                }
                None => nameless.push(rejection),
            }
        }
    }
    nameless.sort();
    nameless
}

/// Adds the entries of ours that no relation asks for.
fn add_ours(
    owner: &Owner,
    store: &TrustStore,
    mut certificates: BTreeMap<Fingerprint, Certificate>,
    rows: &mut Rows,
) {
    for entry in store.entries.values().flatten() {
        let ours = entry.is_client() && owner.of(&entry.name) != Ownership::Foreign;
        if ours {
            rows.entry(entry.fingerprint).or_default();
        }
        if let Some(row) = rows.get_mut(&entry.fingerprint) {
            row.certificate = certificates.remove(&entry.fingerprint);
        }
    }
}

fn state(owner: &Owner, row: &Row, seen: Option<Option<&Entry>>) -> &'static str {
    let asked_for = !row.relations.is_empty();
    match seen {
        Some(Some(entry)) if entry.is_client() => match owner.of(&entry.name) {
            Ownership::Operator => "operator",
            Ownership::Relation(_) if asked_for => "trusted",
            Ownership::Relation(_) => "orphan",
            Ownership::Foreign if asked_for => "foreign",
            Ownership::Foreign => LEFT_BY_PYTHON_CHARM,
        },
        _ if !asked_for => LEFT_BY_PYTHON_CHARM,
        _ if row.reason.is_some() => "rejected",
        None if row.was_trusted => "trusted",
        _ => "waiting",
    }
}

fn show(
    results: &mut Results,
    fingerprint: Fingerprint,
    row: &Row,
    state: &str,
    entry: Option<&Entry>,
) {
    let mut set = |key: &str, value: &dyn Display| {
        results.set(format_args!("certificates.{fingerprint}.{key}"), value);
    };
    set("state", &state);
    if let Some(entry) = entry {
        set("name", &entry.name);
        if let Confinement::To(projects) = &entry.confinement {
            set("projects", &list(projects));
        }
    }
    if let Some(certificate) = &row.certificate {
        set("subject", &certificate.subject());
        set("expires", &moment(certificate.expires()));
    }
    if !row.relations.is_empty() {
        let ids = row.relations.iter().map(|id| id.with_endpoint());
        set("relations", &joined(ids));
        set("units", &joined(&row.bags));
    }
    if let Some(reason) = &row.reason {
        set("reason", reason);
    }
    if state == LEFT_BY_PYTHON_CHARM {
        let command = format_args!("lxc config trust remove {fingerprint}");
        set("remedy", &command);
    }
}

fn joined(items: impl IntoIterator<Item = impl ToString>) -> String {
    let texts: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    texts.join(", ")
}
