//! What a hook costs: hook-tool calls and requests to LXD are counted, not timed.

use lab::{Lab, UNIT};
use lxd_bed::certificates;

/// The last hook's calls, log lines aside, and LXD's requests since the last count.
fn cost(lab: &Lab) -> (Vec<String>, Vec<String>) {
    let calls = &lab.last_hook().ran.calls;
    let mut tools: Vec<String> = calls.iter().map(|call| call.argv[0].clone()).collect();
    tools.retain(|tool| tool != "juju-log");
    tools.sort();
    let requests = lab.lxd.requests().expect("the simulation counts");
    let requests = requests.into_iter().map(|request| {
        let fingerprint = request
            .path
            .rsplit('/')
            .next()
            .filter(|last| last.len() == 64);
        let path =
            fingerprint.map_or_else(|| request.path.clone(), |fp| request.path.replace(fp, "FP"));
        format!("{} {path}", request.method)
    });
    (tools, requests.collect())
}

#[test]
fn a_relation_hook_costs_the_same_among_one_and_among_a_thousand() {
    let [one, thousand] = [1, 1000].map(|units| {
        let (mut lab, consumer) = lab::crowd(units);
        lab.lxd.clear_requests();
        let new = certificates::make("new");
        lab.ask(&consumer, "my-charm/0", &[&new.certificate_pem]);
        let cost = cost(&lab);
        assert!(lab.opens(&new));
        cost
    });
    assert_eq!(one, thousand);
    let (tools, requests) = one;
    assert_eq!(
        tools,
        [
            "config-get",
            "credential-get",
            "relation-get",
            "relation-get",
            "relation-set",
            "state-get",
            "state-set"
        ]
    );
    let mut sorted = requests;
    sorted.sort();
    assert_eq!(
        sorted,
        [
            "DELETE /1.0/certificates/FP",
            "GET /1.0",
            "GET /1.0/certificates/FP",
            "GET /1.0/certificates/FP",
            "POST /1.0/certificates"
        ]
    );
}

#[test]
fn a_hook_that_changes_nothing_writes_nothing() {
    let (mut lab, _) = lab::crowd(3);
    lab.update_status(UNIT);
    lab.lxd.clear_requests();
    lab.update_status(UNIT);
    let (tools, requests) = cost(&lab);
    assert!(tools.iter().all(|tool| tool.ends_with("-get")
        || tool.starts_with("relation-")
        || tool == "goal-state"));
    assert!(
        !tools.iter().any(|tool| tool.ends_with("-set")),
        "{tools:?}"
    );
    assert_eq!(requests, ["GET /1.0", "GET /1.0/certificates?recursion=1"]);
    assert!(
        lab.last_hook()
            .ran
            .calls
            .iter()
            .all(|call| call.argv[0] != "juju-log")
    );
}

#[test]
fn the_other_relation_hooks_stay_within_eight_calls() {
    let (mut lab, consumer) = lab::crowd(3);
    let (_, requests) = cost(&lab);
    assert!(!requests.is_empty());
    lab.model.remove_unit("my-charm/2").unwrap();
    lab.settle();
    lab.ask(
        &consumer,
        "my-charm",
        &[&certificates::make("app").certificate_pem],
    );
    lab.model.remove_relation(lab::APP, "my-charm").unwrap();
    lab.settle();
    lab.relate_again("my-charm");
    for entry in lab
        .model
        .ran_on(UNIT)
        .filter(|entry| entry.name.starts_with("api-relation-"))
    {
        let calls = entry
            .ran
            .calls
            .iter()
            .filter(|call| call.argv[0] != "juju-log");
        assert!(calls.count() <= 8, "{}: {:?}", entry.name, entry.ran.calls);
    }
}
