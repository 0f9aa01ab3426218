//! `sync`: what `update-status` does, now, or only in words.

use juju_bed::context::Version;
use lab::{Lab, UNIT};
use lxd_bed::{Daemon, Fault, Matching, Times, certificates};
use serde_json::{Value, json};

use super::{failure, results, run, shown};

on_both! {
    it_does_what_a_dry_run_shows
    an_orphan_goes_once_update_status_has_seen_it
    without_lxd_it_says_why
}

/// What a run may change.
fn everything(lab: &Lab) -> Value {
    json!([lab.store(), lab.model.state(UNIT), lab.status()])
}

fn it_does_what_a_dry_run_shows(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let nothing =
        json!({ "summary": "nothing to do; active: 1 node, 1 certificate for 1 relation" });
    assert_eq!(results(&run(&mut lab, "sync", &json!({}))), nothing);
    lab.lxd.distrust(&client.fingerprint);
    let before = everything(&lab);
    let dry = results(&run(&mut lab, "sync", &json!({ "dry-run": true })));
    assert_eq!(everything(&lab), before);
    let calls = &lab.last_hook().ran.calls;
    assert!(
        calls
            .iter()
            .all(|call| !call.argv[0].ends_with("-set") || call.argv[0] == "action-set")
    );
    let fingerprint = &client.fingerprint;
    let step = format!(
        "register {fingerprint} (CN=client) for relation {} with my-charm",
        consumer.relation
    );
    assert_eq!(dry, json!({ "plan": { "0": step }, "summary": "1 to do" }));
    let done = results(&run(&mut lab, "sync", &json!({ "dry-run": false })));
    let summary = "1 of 1 done; active: 1 node, 1 certificate for 1 relation";
    assert_eq!(
        done,
        json!({ "plan": { "0": step }, "done": { "0": step }, "summary": summary })
    );
    assert!(lab.opens(&client));
}

fn an_orphan_goes_once_update_status_has_seen_it(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let orphan = certificates::make("orphan");
    let name = format!(
        "juju:{}:{}:99:gone:0123456789ab",
        lab.model.uuid(),
        lab::APP
    );
    lab.lxd.trust(&orphan.certificate_pem, &name);
    // Its own looks do not count.
    for _ in 0..3 {
        run(&mut lab, "sync", &json!({}));
        assert!(lab.opens(&orphan));
    }
    lab.update_status(UNIT);
    let dry = results(&run(&mut lab, "sync", &json!({ "dry-run": true })));
    let step = format!("remove {} of relation 99 with gone", orphan.fingerprint);
    assert_eq!(dry["plan"], json!({ "0": step }));
    assert!(lab.opens(&orphan));
    let done = results(&run(&mut lab, "sync", &json!({})));
    assert_eq!(done["done"], json!({ "0": step }));
    assert!(!lab.opens(&orphan));
    // What it removed is not doubted any more: the same entry would have to be seen anew.
    lab.lxd.trust(&orphan.certificate_pem, &name);
    run(&mut lab, "sync", &json!({}));
    assert!(lab.opens(&orphan));
    lab.assert_no_hook_failed();
}

fn without_lxd_it_says_why(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.lxd.stop();
    for dry_run in [true, false] {
        let before = lab.status();
        let result = run(&mut lab, "sync", &json!({ "dry-run": dry_run }));
        let message = format!("LXD at {}: connection refused; retrying", lab.lxd.address());
        assert_eq!(failure(&result), message);
        let summary = format!("waiting: {message}");
        assert_eq!(shown(&result), json!({ "summary": summary }));
        assert_eq!(lab.status() == before, dry_run);
    }
    lab.lxd.start();
    run(&mut lab, "sync", &json!({}));
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
}

/// What a relation is told changes where a certificate is not trusted any more.
#[test]
fn it_names_the_databags_that_changed() {
    let mut lab = Lab::trusted(lab::simulated());
    let (one, _) = (lab.relate("one", 1), lab.relate("two", 1));
    let client = certificates::make("client");
    lab.lxd.fault(
        Fault::error(503, "LXD daemon setup in progress"),
        Matching::method("POST"),
        Times::Next(1),
    );
    lab.ask(&one, "one/0", &[&client.certificate_pem]);
    let shown = results(&run(&mut lab, "sync", &json!({})));
    let id = format!("api:{}", one.relation);
    assert_eq!(shown["published"], json!({ "0": id }), "{shown:#}");
}

#[test]
fn every_juju_shows_the_same() {
    for version in [Version::V2_9, Version::V3_6, Version::V4_0] {
        let mut lab = Lab::with_version(lab::simulated(), version);
        lab.model.trust(lab::APP).unwrap();
        lab.settle();
        let shown = results(&run(&mut lab, "sync", &json!({})));
        let summary = "nothing to do; active: 1 node, 0 certificates for 0 relations";
        assert_eq!(shown, json!({ "summary": summary }), "{version:?}");
        let refused = lab.model.run(UNIT, "sync", &json!({ "wet-run": true }));
        assert!(refused.is_ok_and(|result| result.status == "error") == (version == Version::V4_0));
    }
}
