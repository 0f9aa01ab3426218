//! `list-certificates`: what each relation asked for, and what became of it.

use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Key, Validity},
};
use serde_json::{Value, json};

use super::{results, run};

on_both! {
    every_state_and_everybody_who_asks
    without_lxd_it_tells_what_is_remembered
}

fn list(lab: &mut Lab) -> Value {
    results(&run(lab, "list-certificates", &json!({})))
}

fn every_state_and_everybody_who_asks(lxd: Daemon) {
    lxd.add_project("web");
    let mut lab = Lab::trusted(lxd);
    let (one, other) = (lab.relate("one", 2), lab.relate("other", 1));
    let shared = certificates::make("shared");
    let foreign = certificates::make("foreign");
    let expired = certificates::make_with(Key::P256, "expired", Validity::Expired);
    let (orphan, operator) = (certificates::make("orphan"), certificates::make("operator"));
    let ours = |rest: &str| format!("juju:{}:{}:{rest}", lab.model.uuid(), lab::APP);
    let (orphan_name, operator_name) = (ours("99:gone:0123456789ab"), ours("operator:alice"));
    lab.lxd.trust(&orphan.certificate_pem, &orphan_name);
    lab.lxd.trust(&foreign.certificate_pem, "by hand");
    lab.lxd
        .trust_restricted(&operator.certificate_pem, &operator_name, &["web"]);
    lab.lxd.trust(
        &certificates::make("a stranger").certificate_pem,
        "unasked for",
    );
    lab.ask(&one, "one/0", &[&shared.certificate_pem, "garbage"]);
    lab.ask(
        &one,
        "one/1",
        &[&shared.certificate_pem, &expired.certificate_pem],
    );
    lab.ask(
        &other,
        "other",
        &[&foreign.certificate_pem, &shared.certificate_pem],
    );
    let ids = [one.relation, other.relation].map(|number| format!("api:{number}"));
    let shown = list(&mut lab);
    let certificates = &shown["certificates"];
    let of = |client: &certificates::Credential| {
        let mut row = certificates[&client.fingerprint].clone();
        let expires = row.as_object_mut().expect("it is listed").remove("expires");
        assert!(expires.is_some_and(|text| text.as_str().unwrap().ends_with('Z')));
        row
    };
    assert_eq!(
        of(&shared),
        json!({
            "state": "trusted", "name": lab.entry_name(&one, &shared), "subject": "CN=shared",
            "relations": ids.join(", "), "units": "other, one/0, one/1",
        })
    );
    assert_eq!(
        of(&foreign),
        json!({
            "state": "foreign", "name": "by hand", "subject": "CN=foreign",
            "relations": ids[1], "units": "other",
        })
    );
    let mut rejected = of(&expired);
    let reason = rejected["reason"].take();
    assert!(
        reason.as_str().unwrap().starts_with("expired: on "),
        "{reason}"
    );
    assert_eq!(
        rejected,
        json!({
            "state": "rejected", "subject": "CN=expired", "reason": null,
            "relations": ids[0], "units": "one/1",
        })
    );
    assert_eq!(
        of(&orphan),
        json!({ "state": "orphan", "name": orphan_name, "subject": "CN=orphan" })
    );
    assert_eq!(
        of(&operator),
        json!({ "state": "operator", "name": operator_name, "subject": "CN=operator", "projects": "web" })
    );
    assert_eq!(certificates.as_object().unwrap().len(), 5);
    let summary = "1 foreign, 1 operator, 1 orphan, 2 rejected, 1 trusted";
    assert_eq!(shown["summary"], summary);
    let reason = "not-a-certificate: no PEM certificate in it";
    assert_eq!(
        shown["rejected"],
        json!({ "0": { "unit": "one/0", "index": "1", "reason": reason } })
    );
}

fn without_lxd_it_tells_what_is_remembered(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let (old, new) = (certificates::make("old"), certificates::make("new"));
    lab.ask(&consumer, "my-charm/0", &[&old.certificate_pem]);
    lab.lxd.stop();
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&old.certificate_pem, &new.certificate_pem],
    );
    let result = run(&mut lab, "list-certificates", &json!({}));
    let shown = results(&result);
    let state = |client: &certificates::Credential| {
        shown["certificates"][&client.fingerprint]["state"].clone()
    };
    assert_eq!(
        (state(&old), state(&new)),
        (json!("trusted"), json!("waiting"))
    );
    let note = format!(
        "as remembered, for LXD could not be asked: LXD at {}: connection refused; the action check tells more",
        lab.lxd.address()
    );
    assert_eq!(result.log, [note]);
    lab.lxd.start();
    lab.update_status(UNIT);
    let shown = list(&mut lab);
    assert_eq!(shown["certificates"][&new.fingerprint]["state"], "trusted");
    // What was trusted and is gone behind our back waits for the next hook.
    lab.lxd.distrust(&new.fingerprint);
    let shown = list(&mut lab);
    assert_eq!(shown["certificates"][&new.fingerprint]["state"], "waiting");
}

#[test]
fn nothing_to_show_is_said() {
    let mut lab = Lab::trusted(lab::simulated());
    let summary = "nothing is asked for, and nothing of ours is in the trust store";
    assert_eq!(list(&mut lab), json!({ "summary": summary }));
}

#[test]
fn what_lxd_refuses_is_rejected_with_its_words() {
    let mut lab = Lab::trusted(lab::simulated());
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.lxd.fault(
        lxd_bed::Fault::error(400, "Not today"),
        lxd_bed::Matching::method("POST"),
        lxd_bed::Times::Next(1),
    );
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let row = &list(&mut lab)["certificates"][&client.fingerprint];
    assert_eq!(
        (&row["state"], &row["reason"]),
        (&json!("rejected"), &json!("refused: Not today"))
    );
}

#[test]
fn a_thousand_are_shown_in_several_calls() {
    let mut lab = Lab::trusted(lab::simulated());
    for number in 0..1500 {
        let client = certificates::make(&format!("{number} {}", "long ".repeat(30)));
        let name = format!("juju:{}:{}:operator:{number}", lab.model.uuid(), lab::APP);
        lab.lxd.trust(&client.certificate_pem, &name);
    }
    let shown = list(&mut lab);
    assert_eq!(shown["certificates"].as_object().unwrap().len(), 1500);
    assert!(lab.last_hook().calls_of("action-set").count() > 1);
}
