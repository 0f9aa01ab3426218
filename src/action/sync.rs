//! `sync`: what `update-status` does, now.

use std::fmt::Display;

use super::Results;
use crate::{
    decision::scope::Scope,
    hook::{self, Here, Reconciled},
    juju::{self, Parameters},
    values::Status,
};

/// Reconciles, or shows what that would do.
///
/// # Errors
/// When a hook tool fails.
pub(super) fn run(
    here: &Here<'_>,
    scope: &Scope,
    parameters: &Parameters,
) -> Result<Results, juju::Error> {
    let scope = Scope {
        dry_run: parameters.dry_run,
        ..scope.clone()
    };
    Ok(results(&hook::reconcile(here, &scope)?, scope.dry_run))
}

fn results(reconciled: &Reconciled, dry_run: bool) -> Results {
    let Reconciled {
        planned,
        done,
        published,
        status,
        ..
    } = reconciled;
    let mut results = Results::default();
    list(&mut results, "plan", planned);
    list(&mut results, "done", done);
    let published: Vec<String> = published.iter().map(|id| id.with_endpoint()).collect();
    list(&mut results, "published", &published);
    let changes = match (dry_run, planned.len()) {
        (_, 0) => "nothing to do".to_owned(),
        (true, all) => format!("{all} to do"),
        (false, all) => format!("{} of {all} done", done.len()),
    };
    match status {
        None if dry_run => results.set("summary", changes),
        None => results.set(
            "summary",
            "this unit is leaving and others stay: it changes nothing",
        ),
        Some(Status { state, message }) => {
            let said = format!("{state}: {message}");
            // Where nothing could be looked at, nobody knows whether there is nothing to do.
            let blind = planned.is_empty() && state != "active";
            results.set(
                "summary",
                if blind {
                    said
                } else {
                    format!("{changes}; {said}")
                },
            );
            if state != "active" {
                results.fail(message.as_str());
            }
        }
    }
    results
}

fn list(results: &mut Results, key: &str, items: &[impl Display]) {
    for (number, item) in items.iter().enumerate() {
        results.set(format_args!("{key}.{number}"), item);
    }
}
