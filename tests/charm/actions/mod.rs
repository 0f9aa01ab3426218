//! The actions, as `juju run … --format=json` shows them.

mod check;
mod client_tokens;
mod list_certificates;
mod show_nodes;
mod sync;
mod trusted_clients;

use juju_bed::model::ActionResult;
use lab::{Lab, UNIT};
use serde_json::Value;

/// `juju run lxd-integrator/0 <action> …`
fn run(lab: &mut Lab, action: &str, parameters: &Value) -> ActionResult {
    let result = lab.model.run(UNIT, action, parameters).expect("juju run");
    lab.settle();
    let end = &lab.last_hook().ran;
    assert_eq!(end.stdout, b"", "an action prints nothing");
    assert_eq!(end.stderr, b"", "an action prints nothing");
    result
}

/// The results of an action that completed, without what Juju adds.
fn results(result: &ActionResult) -> Value {
    assert_eq!(result.status, "completed", "{}", result.message);
    shown(result)
}

/// Why an action failed.
fn failure(result: &ActionResult) -> &str {
    assert_eq!(result.status, "failed", "{:#}", result.json());
    &result.message
}

/// The results, whatever became of the action.
fn shown(result: &ActionResult) -> Value {
    let mut json = result.json();
    let mut results = json[&result.unit]["results"].take();
    for added in ["return-code", "Code"] {
        results.as_object_mut().expect("results").remove(added);
    }
    results
}
