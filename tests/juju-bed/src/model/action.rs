//! `juju run` and `juju exec`.

use serde_json::{Value, json};

use super::{Entry, Error, Inner, Model};
use crate::{
    agent::{self, Ran},
    context::{Run, Version},
};

/// How an action ended, as the operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionResult {
    /// The unit it ran on.
    pub unit: String,
    /// The task's number.
    pub id: String,
    /// `completed` or `failed`.
    pub status: String,
    /// Why it failed.
    pub message: String,
    /// What it set, and what Juju adds.
    pub results: Value,
    /// What it logged with `action-log`.
    pub log: Vec<String>,
}

impl ActionResult {
    /// As `juju run --format=json` prints it, without times.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut task = json!({ "id": self.id, "results": self.results, "status": self.status, "unit": self.unit });
        if !self.message.is_empty() {
            task["message"] = json!(self.message);
        }
        if !self.log.is_empty() {
            task["log"] = json!(self.log);
        }
        json!({ &self.unit: task })
    }
}

impl Model {
    /// `juju run <unit> <action>` with parameters, an object. It runs at once, also on a unit in error.
    ///
    /// # Errors
    /// If there is no such unit or action; before 4.0 also if the parameters do not fit the schema.
    pub fn run(&mut self, unit: &str, action: &str, params: &Value) -> Result<ActionResult, Error> {
        let unit = self.inner.target(unit)?;
        let deployed = self.inner.charm_of(&self.inner.unit(&unit)?.app)?;
        let undefined = || Error::refused(format!("action {action:?} not defined on unit {unit:?}"));
        let spec = deployed.charm.actions.specs.get(action).ok_or_else(undefined)?;
        if self.inner.version < Version::V4_0 {
            spec.validate(params)?;
        }
        let id = self.inner.new_task();
        let failed = |message: String| ActionResult {
            unit: unit.clone(),
            id: id.clone(),
            status: "failed".into(),
            message,
            results: json!({}),
            log: Vec::new(),
        };
        if let Err(refused) = spec.validate(params) {
            return Ok(failed(refused.to_string()));
        }
        let run = Run::Action { name: action.to_owned(), id: id.clone(), params: spec.with_defaults(params) };
        let mut ran = agent::run(&self.place(&unit), &self.inner.context(&unit, run))?;
        self.inner.take_in(&unit, &mut ran.effects);
        let end = ran.effects.action.clone().unwrap_or_default();
        let log = ran.effects.action_log.clone();
        self.inner.journal.push(Entry { unit: unit.clone(), name: action.to_owned(), ran });
        Ok(ActionResult { status: end.status, results: end.results, log, ..failed(end.message) })
    }

    /// `juju exec --unit <unit> -- <argv>`; `app/leader` names the leader.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn exec(&mut self, unit: &str, argv: &[&str]) -> Result<Ran, Error> {
        let unit = self.inner.target(unit)?;
        self.inner.new_task();
        let argv: Vec<String> = argv.iter().map(|text| (*text).to_owned()).collect();
        let mut ran = agent::exec(&self.place(&unit), &self.inner.context(&unit, Run::Exec), &argv)?;
        self.inner.take_in(&unit, &mut ran.effects);
        self.inner.journal.push(Entry { unit, name: "juju-exec".into(), ran: ran.clone() });
        Ok(ran)
    }
}

impl Inner {
    /// An operation with one task; the task's number.
    fn new_task(&mut self) -> String {
        self.next_task += 2;
        (self.next_task - 1).to_string()
    }

    /// A unit whose agent runs, by its name or as `app/leader`.
    fn target(&self, text: &str) -> Result<String, Error> {
        let leader = text.strip_suffix("/leader").map(|app| self.app(app)).transpose()?;
        let name = match leader {
            Some(app) => app.leader.clone().ok_or_else(|| Error::refused(format!("could not determine leader for {text:?}")))?,
            None => text.to_owned(),
        };
        if self.unit(&name)?.agent.charm.is_none() {
            return Err(Error::refused(format!("unit {name:?} is not installed")));
        }
        Ok(name)
    }
}
