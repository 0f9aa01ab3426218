//! `check`: tries every step of the way to LXD and says of each that fails what can be done. Changes nothing.

mod lxd;
mod remedy;
mod steps;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use steps::{Finding, Step, Steps};

use super::{Look, Results};
use crate::{
    credential::{Credential, CredentialError},
    decision::{demand, ledger::Relation},
    hook::{observe, status::count},
    juju::{self, Reader},
    relation::provider::published_rejections,
    x509::certificate::{Fingerprint, Unfit, moment},
};

/// Tries all steps; one that fails leaves out only those that need it.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn run(look: &Look<'_>) -> Result<Results, juju::Error> {
    let mut steps = Steps::default();
    let options = &look.view.options;
    let (credential, took) = timed(|| observe::credential(Reader, options, look.here.environment));
    match credential? {
        Ok(credential) => {
            let source = match (options.any(), options.secret()) {
                (false, _) => "the cloud's credential".to_owned(),
                (true, Ok(Some(secret))) if options.only_secret() => {
                    format!("the secret {}", secret.as_str())
                }
                (true, Ok(Some(secret))) => {
                    format!("the lxd_ options and the secret {}", secret.as_str())
                }
                (true, _) => "the lxd_ options".to_owned(),
            };
            let detail = format!("LXD at {}, from {source}", credential.endpoint.address());
            steps.found(Step::Credential, Finding::Fine(detail), took);
            steps.found(Step::KeyPair, key_pair(look, &credential), Duration::ZERO);
            lxd::check(look, &credential, &mut steps);
        }
        Err(error) => {
            let about_key = is_about_the_key_pair(&error);
            let step = if about_key {
                let detail = "everything is there".to_owned();
                steps.found(Step::Credential, Finding::Fine(detail), took);
                Step::KeyPair
            } else {
                Step::Credential
            };
            let finding = Finding::Wrong {
                detail: error.to_string(),
                remedy: remedy::of_credential(&error),
            };
            steps.found(step, finding, Duration::ZERO);
        }
    }
    let (finding, took) = timed(|| relations(look));
    steps.found(Step::Relations, finding, took);
    Ok(steps.results())
}

/// That certificate and key belong together was seen when the credential was taken up; what is left is the time.
fn key_pair(look: &Look<'_>, credential: &Credential) -> Finding {
    let own = &credential.own;
    let detail = format!("{own:?}, until {}", moment(own.expires()));
    let remedy = match own.unfit(look.here.now) {
        Some(Unfit::Expired(_)) => "it has expired; make another, and have LXD trust that one",
        Some(Unfit::NotYetValid(_)) => "it is not valid yet; set the clock, or make another",
        _ => return Finding::Fine(detail),
    };
    Finding::Wrong {
        detail,
        remedy: remedy.to_owned(),
    }
}

/// Everything is there, but our certificate or its key cannot be used.
fn is_about_the_key_pair(error: &CredentialError) -> bool {
    match error {
        CredentialError::BadOption { option, .. } => {
            ["lxd_client_cert", "lxd_client_key"].contains(option)
        }
        CredentialError::BadCloudCredential(problem) => {
            let about = problem.starts_with("client-cert: ") || problem.starts_with("client-key: ");
            about && !problem.ends_with(": it is empty")
        }
        _ => false,
    }
}

/// What the relations ask for, and what became of it as far as it is remembered and published.
fn relations(look: &Look<'_>) -> Finding {
    let demand = demand::demand(look.view.ledger.as_ref(), &look.view.observed, look.scope);
    let relations = &demand.ledger.relations;
    let seen = look.view.observed.relations.values();
    let rejected: Vec<_> = seen
        .flat_map(|seen| published_rejections(&seen.own))
        .collect();
    let refused: BTreeSet<Fingerprint> = rejected
        .iter()
        .filter_map(|rejection| rejection.fingerprint)
        .collect();
    let all = |set: fn(&Relation) -> BTreeSet<Fingerprint>| -> BTreeSet<Fingerprint> {
        relations.values().flat_map(set).collect()
    };
    let trusted = all(Relation::trusted);
    let asked = all(Relation::asked);
    let waiting = asked
        .iter()
        .filter(|fingerprint| !trusted.contains(fingerprint) && !refused.contains(fingerprint))
        .count();
    let mut detail = format!(
        "{}; certificates: {} trusted, {} rejected, {waiting} waiting",
        count(relations.len(), "relation"),
        trusted.len(),
        rejected.len()
    );
    for (id, words) in &look.view.observed.gone {
        detail.push_str(&format!("; {} is over: {words}", id.with_endpoint()));
    }
    let remedy = match (waiting, rejected.len()) {
        (0, 0) => return Finding::Fine(detail),
        (0, _) => {
            "list-certificates names what is rejected, and why; its consumer has to replace it"
        }
        _ => "sync registers what waits, once the steps before this one are ok",
    };
    Finding::Wrong {
        detail,
        remedy: remedy.to_owned(),
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let result = work();
    (result, began.elapsed())
}
