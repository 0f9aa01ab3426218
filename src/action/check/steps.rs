//! The steps of `check` and what each found.

use std::{collections::BTreeMap, time::Duration};

use crate::action::results::Results;

/// The steps, in the order in which they are tried and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Credential,
    KeyPair,
    Connect,
    ServerCertificate,
    Trust,
    Rights,
    ApiExtensions,
    Projects,
    Members,
    Relations,
}

const STEPS: [(Step, &str); 10] = [
    (Step::Credential, "credential"),
    (Step::KeyPair, "key-pair"),
    (Step::Connect, "connect"),
    (Step::ServerCertificate, "server-certificate"),
    (Step::Trust, "trust"),
    (Step::Rights, "rights"),
    (Step::ApiExtensions, "api-extensions"),
    (Step::Projects, "projects"),
    (Step::Members, "members"),
    (Step::Relations, "relations"),
];

/// What a step found.
pub(super) enum Finding {
    /// It is as it should be.
    Fine(String),
    /// It is not, and this can be done about it.
    Wrong { detail: String, remedy: String },
    /// It was not tried, for this reason.
    Skipped(String),
}

/// What the steps found, and how long each took.
#[derive(Default)]
pub(super) struct Steps(BTreeMap<Step, (Finding, Duration)>);

impl Steps {
    pub(super) fn found(&mut self, step: Step, finding: Finding, took: Duration) {
        self.0.insert(step, (finding, took));
    }

    /// All steps, with those that could not be tried, and a summary.
    pub(super) fn results(mut self) -> Results {
        let mut results = Results::default();
        let mut wrong = Vec::new();
        let mut skipped = 0;
        for (number, (step, name)) in STEPS.iter().enumerate() {
            let not_tried = || {
                let reason = "an earlier step failed".to_owned();
                (Finding::Skipped(reason), Duration::ZERO)
            };
            let (finding, took) = self.0.remove(step).unwrap_or_else(not_tried);
            let (ok, detail, remedy) = match finding {
                Finding::Fine(detail) => ("true", detail, None),
                Finding::Wrong { detail, remedy } => ("false", detail, Some(remedy)),
                Finding::Skipped(reason) => ("skipped", reason, None),
            };
            let key = format!("steps.{:02}-{name}", number + 1);
            results.set(format_args!("{key}.ok"), ok);
            results.set(format_args!("{key}.detail"), detail);
            results.set(format_args!("{key}.ms"), took.as_millis());
            if let Some(remedy) = remedy {
                results.set(format_args!("{key}.remedy"), remedy);
                wrong.push(*name);
            }
            skipped += usize::from(ok == "skipped");
        }
        let fine = STEPS.len() - wrong.len() - skipped;
        let mut summary = format!("{fine} ok, {} failed, {skipped} skipped", wrong.len());
        if !wrong.is_empty() {
            summary = format!("{summary}; failed: {}", wrong.join(", "));
        }
        results.set("summary", summary);
        results
    }
}
