//! `juju run` and `juju exec`.

use serde_json::{Value, json};

use super::{Controller, Error, Model, params::as_kept, take};
use crate::{
    agent::{self, Ran},
    charm::Action,
    context::{Run, Version},
};

/// The status of an action that 4.0 accepts and then does not run.
const REFUSED: &str = "error";

/// How an action ended, as the operator sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionResult {
    /// The unit it ran on.
    pub unit: String,
    /// The task's number.
    pub id: String,
    /// `completed`, `failed`, or `error` if it was not run because of its parameters.
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
        let mut task = json!({ "id": self.id, "status": self.status, "unit": self.unit });
        if self.status != REFUSED {
            task["results"] = self.results.clone();
        }
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
        self.run_on(&[unit], action, params)
            .map(|mut results| results.remove(0))
    }

    /// The same on several units, in one operation.
    ///
    /// # Errors
    /// As [`Model::run`].
    pub fn run_on(
        &mut self,
        units: &[&str],
        action: &str,
        params: &Value,
    ) -> Result<Vec<ActionResult>, Error> {
        let units = self.controller.targets(units)?;
        for unit in &units {
            let spec = self.controller.action(unit, action)?;
            if self.controller.version < Version::V4_0 {
                spec.validate(params)?;
            }
        }
        take(&mut self.controller.next.task);
        units
            .iter()
            .map(|unit| self.run_task(unit, action, params))
            .collect()
    }

    fn run_task(
        &mut self,
        unit: &str,
        action: &str,
        params: &Value,
    ) -> Result<ActionResult, Error> {
        let spec = self.controller.action(unit, action)?;
        let id = take(&mut self.controller.next.task).to_string();
        let params = &as_kept(params, self.controller.version);
        if let Err(refused) = spec.validate(params) {
            return Ok(ActionResult {
                unit: unit.to_owned(),
                id,
                status: REFUSED.into(),
                message: format!("cannot run {action:?} action: {refused}"),
                results: json!({}),
                log: Vec::new(),
            });
        }
        let run = Run::Action {
            name: action.to_owned(),
            id: id.clone(),
            params: spec.with_defaults(params),
        };
        let (result, _) = self.run_at_once(unit, id, run, &[])?;
        Ok(result)
    }

    /// Runs an action, or a command of `juju exec`, and takes in what came of it.
    fn run_at_once(
        &mut self,
        unit: &str,
        id: String,
        run: Run,
        argv: &[String],
    ) -> Result<(ActionResult, Ran), Error> {
        let name = self.controller.run_name(unit, &run);
        let context = self.controller.begin(unit, run, &self.lab);
        let (place, orders) = (self.place(unit), self.orders(unit));
        let mut ran = match context.run {
            Run::Exec => agent::exec(&place, &context, &orders, argv)?,
            _ => agent::run(&place, &context, &orders)?,
        };
        self.controller.end_interruption(unit, &ran);
        self.controller
            .take_in(unit, &mut ran.effects, &self.journal);
        self.journal.push(unit, &name, ran.clone());
        Ok((result(unit, id, &ran), ran))
    }

    /// `juju exec --unit <unit> -- <argv>`; `app/leader` names the leader.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn exec(&mut self, unit: &str, argv: &[&str]) -> Result<Ran, Error> {
        self.exec_on(&[unit], argv).map(|mut all| all.remove(0).1)
    }

    /// The same on several units, in one operation; what the operator is told, and what happened.
    ///
    /// # Errors
    /// If there is no such unit.
    pub fn exec_on(
        &mut self,
        units: &[&str],
        argv: &[&str],
    ) -> Result<Vec<(ActionResult, Ran)>, Error> {
        let units = self.controller.targets(units)?;
        let argv: Vec<String> = argv.iter().map(|text| (*text).to_owned()).collect();
        take(&mut self.controller.next.task);
        let exec = |unit: &String| {
            let id = take(&mut self.controller.next.task).to_string();
            self.run_at_once(unit, id, Run::Exec, &argv)
        };
        units.iter().map(exec).collect()
    }
}

/// What the operator is told of a run.
fn result(unit: &str, id: String, ran: &Ran) -> ActionResult {
    let end = ran.effects.action.clone().unwrap_or_default();
    ActionResult {
        unit: unit.to_owned(),
        id,
        status: end.status,
        message: end.message,
        results: end.results,
        log: ran.effects.action_log.clone(),
    }
}

impl Controller {
    fn action(&self, unit: &str, action: &str) -> Result<Action, Error> {
        let deployed = self.charm_of(&self.unit(unit)?.app)?;
        let spec = deployed.charm.actions.specs.get(action).cloned();
        spec.ok_or_else(|| {
            Error::refused(format!("action {action:?} not defined on unit {unit:?}"))
        })
    }

    fn targets(&self, texts: &[&str]) -> Result<Vec<String>, Error> {
        texts.iter().map(|text| self.target(text)).collect()
    }

    /// A unit whose agent runs, by its name or as `app/leader`.
    fn target(&self, text: &str) -> Result<String, Error> {
        let leader = text
            .strip_suffix("/leader")
            .map(|app| self.app(app))
            .transpose()?;
        let name = match leader {
            Some(app) => app.leader.clone().ok_or_else(|| {
                Error::refused(format!("could not determine leader for {text:?}"))
            })?,
            None => text.to_owned(),
        };
        if self.unit(&name)?.agent.charm.is_none() {
            return Err(Error::refused(format!("unit {name:?} is not installed")));
        }
        Ok(name)
    }
}
