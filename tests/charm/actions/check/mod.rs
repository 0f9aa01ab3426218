//! `check`: every way in which LXD can fail the charm, with its status, the log, and what can be done.

mod faults;
mod own_certificate;

use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential, Key, Validity},
};
use serde_json::{Value, json};

use super::{results, run};

on_both! {
    all_is_well
    no_credential
    a_bad_endpoint
    lxd_is_not_listening
    the_name_does_not_resolve
    another_servers_certificate
    a_project_is_missing
    a_certificate_is_rejected
}

/// What `check` says of a failure, and what an operator sees without it.
struct Told<'a> {
    /// Of each step a letter: true, false or skipped.
    steps: &'a str,
    /// The step that matters, and words of its detail and its remedy.
    step: &'a str,
    detail: &'a str,
    remedy: &'a str,
    /// Words of the status.
    status: &'a str,
    /// Words of the log.
    log: &'a str,
}

fn check(lab: &mut Lab) -> Value {
    lab.lxd.clear_requests();
    let mut shown = results(&run(lab, "check", &json!({})));
    lab.assert_only_read("show that `check` tries no change");
    for call in &lab.last_hook().ran.calls {
        let changes = call.argv[0].ends_with("-set") && call.argv[0] != "action-set";
        assert!(!changes, "{:?}", call.argv);
    }
    for step in shown["steps"].as_object_mut().expect("steps").values_mut() {
        let ms = step.as_object_mut().unwrap().remove("ms").expect("a time");
        ms.as_str().unwrap().parse::<u32>().expect("a number");
        assert_eq!(step["ok"] == "false", step.get("remedy").is_some());
    }
    shown
}

fn letters(shown: &Value) -> String {
    let steps = shown["steps"].as_object().unwrap().values();
    steps
        .map(|step| &step["ok"].as_str().unwrap()[..1])
        .collect()
}

#[track_caller]
fn assert_told(lab: &mut Lab, told: &Told<'_>) {
    lab.update_status(UNIT);
    assert!(lab.status().contains(told.status), "{}", lab.status());
    let log = lab.log().join("\n");
    assert!(log.contains(told.log), "{log}");
    let shown = check(lab);
    assert_eq!(letters(&shown), told.steps, "{shown:#}");
    let step = &shown["steps"][told.step];
    assert_eq!(step["ok"], "false", "{shown:#}");
    for (key, words) in [("detail", told.detail), ("remedy", told.remedy)] {
        assert!(step[key].as_str().unwrap().contains(words), "{step:#}");
    }
    let name = told.step.split_once('-').unwrap().1;
    assert!(
        shown["summary"].as_str().unwrap().ends_with(name),
        "{shown:#}"
    );
    lab.assert_no_hook_failed();
}

fn all_is_well(lxd: Daemon) {
    lxd.add_project("web");
    let mut lab = Lab::trusted(lxd);
    lab.config(&[("restrict_to_projects", "web")]);
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("client");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let shown = check(&mut lab);
    let detail = |step: &str| shown["steps"][step]["detail"].as_str().unwrap().to_owned();
    let address = lab.lxd.address();
    let credential = format!("LXD at {address}, from the cloud's credential");
    assert_eq!(detail("01-credential"), credential);
    assert!(detail("02-key-pair").starts_with(&lab.lxd.admin().fingerprint));
    assert_eq!(detail("03-connect"), format!("{address} answers"));
    let presents = &lab.databag(&consumer)["server_certificate_fingerprint"];
    assert!(detail("04-server-certificate").contains(presents));
    assert_eq!(detail("05-trust"), "node-1 trusts our certificate");
    assert!(detail("06-rights").ends_with("is an administrator's"));
    assert!(detail("07-api-extensions").ends_with("; restricted certificates: yes, tokens: yes"));
    assert_eq!(detail("08-projects"), "all are there: web");
    assert_eq!(detail("09-members"), "node-1 stands alone");
    let relations = "1 relation; certificates: 1 trusted, 0 rejected, 0 waiting";
    assert_eq!(detail("10-relations"), relations);
    assert_eq!(shown["summary"], "10 ok, 0 failed, 0 skipped");
}

fn no_credential(lxd: Daemon) {
    assert_told(
        &mut Lab::new(lxd),
        &Told {
            steps: "fsssssssst",
            step: "01-credential",
            detail: "Missing credentials access",
            remedy: "grant with: juju trust lxd-integrator",
            status: "blocked: Missing credentials access; grant with: juju trust lxd-integrator",
            log: "INFO blocked: Missing credentials access",
        },
    );
}

/// A unit with these options instead of the right ones.
fn configured(lxd: Daemon, change: impl Fn(&Daemon, &mut [String; 4])) -> Lab {
    let mut options = [
        lxd.endpoint(),
        lxd.admin().certificate_pem.clone(),
        lxd.admin().key_pem.clone(),
        lxd.server_certificate_pem(),
    ];
    change(&lxd, &mut options);
    let mut lab = Lab::new(lxd);
    let [endpoint, certificate_pem, key_pem, server] = options;
    let credential = Credential {
        certificate_pem,
        key_pem,
        ..lab.lxd.admin().clone()
    };
    lab.configure(&endpoint, &credential, &server);
    lab
}

fn a_bad_endpoint(lxd: Daemon) {
    let mut lab = configured(lxd, |_, options| options[0] = "http://10.0.0.1".to_owned());
    let words = "Bad option lxd_endpoint: LXD is only spoken to over https://";
    assert_told(
        &mut lab,
        &Told {
            steps: "fsssssssst",
            step: "01-credential",
            detail: words,
            remedy: "juju config",
            status: words,
            log: words,
        },
    );
}

fn lxd_is_not_listening(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.lxd.stop();
    assert_told(
        &mut lab,
        &Told {
            steps: "ttfsssssst",
            step: "03-connect",
            detail: "GET /1.0: connection refused",
            remedy: "core.https_address",
            status: "connection refused; retrying",
            log: "connection refused",
        },
    );
}

fn the_name_does_not_resolve(lxd: Daemon) {
    let mut lab = configured(lxd, |_, options| {
        "lxd.invalid".clone_into(&mut options[0]);
    });
    assert_told(
        &mut lab,
        &Told {
            steps: "ttfsssssst",
            step: "03-connect",
            detail: "GET /1.0: ",
            remedy: "",
            status: "waiting: LXD at lxd.invalid:8443: ",
            log: "lxd.invalid",
        },
    );
}

fn another_servers_certificate(lxd: Daemon) {
    let other = certificates::make("other server");
    let presented = Credential::from_pem(&lxd.server_certificate_pem(), "").fingerprint;
    let mut lab = configured(lxd, |_, options| {
        options[3].clone_from(&other.certificate_pem);
    });
    let words = format!(
        "the server presents {presented}, configured is {}",
        other.fingerprint
    );
    assert_told(
        &mut lab,
        &Told {
            steps: "tttfssssst",
            step: "04-server-certificate",
            detail: &words,
            remedy: "update lxd_server_cert",
            status: "presents another certificate than configured; ",
            log: &words,
        },
    );
}

fn a_project_is_missing(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    lab.config(&[("restrict_to_projects", "x,default")]);
    assert_told(
        &mut lab,
        &Told {
            steps: "tttttttftt",
            step: "08-projects",
            detail: "Unknown projects: x (restrict_to_projects)",
            remedy: "make them with: lxc project create",
            status: "blocked: Unknown projects: x (restrict_to_projects)",
            log: "Unknown projects: x",
        },
    );
}

fn a_certificate_is_rejected(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let expired = certificates::make_with(Key::P256, "expired", Validity::Expired);
    lab.ask(&consumer, "my-charm/0", &[&expired.certificate_pem]);
    assert_told(
        &mut lab,
        &Told {
            steps: "tttttttstf",
            step: "10-relations",
            detail: "1 relation; certificates: 0 trusted, 1 rejected, 0 waiting",
            remedy: "list-certificates names what is rejected",
            status: "; 1 certificate rejected",
            log: "rejected: certificate 0 of my-charm/0: expired: ",
        },
    );
}
