//! `restrict_to_projects`: nobody becomes an administrator where a restriction was asked for.

use lab::{Consumer, Lab, UNIT};
use lxd_bed::{Daemon, Fault, Matching, Options, Profile, Times, certificates};

on_both! {
    entries_follow_the_option
    a_project_that_is_missing_blocks_new_entries_only
    somebody_elses_entry_stays_as_it_is_and_is_named
    an_operators_entry_is_narrowed_and_not_widened
}

const OPTION: &str = "restrict_to_projects";

/// A consumer of an LXD with these projects, restricted to some.
fn restricted(lxd: Daemon, there: &[&str], to: &str) -> (Lab, Consumer) {
    there.iter().for_each(|name| lxd.add_project(name));
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    lab.config(&[(OPTION, to)]);
    (lab, consumer)
}

/// What an entry may do: `-` for everything, or its projects.
fn confinement(lab: &Lab, fingerprint: &str) -> String {
    match lab.lxd.entry(fingerprint).expect("it is there") {
        entry if entry.restricted => entry.projects.join(","),
        _ => "-".to_owned(),
    }
}

fn entries_follow_the_option(lxd: Daemon) {
    let (mut lab, consumer) = restricted(lxd, &["a", "b"], "");
    let (old, new) = (certificates::make("old"), certificates::make("new"));
    lab.ask(&consumer, "my-charm/0", &[&old.certificate_pem]);
    assert_eq!(confinement(&lab, &old.fingerprint), "-");
    for (option, expected) in [("b, a", "a,b"), ("b", "b"), ("a,b", "a,b"), ("", "-")] {
        lab.config(&[(OPTION, option)]);
        assert_eq!(confinement(&lab, &old.fingerprint), expected);
    }
    // Juju runs no hook for a reset; any next one notices.
    lab.config(&[(OPTION, "a")]);
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&old.certificate_pem, &new.certificate_pem],
    );
    assert_eq!(confinement(&lab, &new.fingerprint), "a");
    lab.model.reset(lab::APP, &[OPTION]).expect("juju config");
    lab.ask(&consumer, "my-charm/0", &[&new.certificate_pem]);
    assert_eq!(confinement(&lab, &new.fingerprint), "-");
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    lab.assert_no_hook_failed();
}

fn a_project_that_is_missing_blocks_new_entries_only(lxd: Daemon) {
    let (mut lab, consumer) = restricted(lxd, &["a"], "");
    let (one, two) = (certificates::make("one"), certificates::make("two"));
    lab.ask(&consumer, "my-charm/0", &[&one.certificate_pem]);
    lab.config(&[(OPTION, "a,y,x")]);
    let blocked = "blocked: Unknown projects: x, y (restrict_to_projects)";
    assert_eq!(lab.status(), blocked);
    assert_eq!(confinement(&lab, &one.fingerprint), "a");
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&one.certificate_pem, &two.certificate_pem],
    );
    assert!(!lab.opens(&two));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [one.fingerprint.as_str()]
    );
    assert!(lab.published(&consumer, "rejected_certificates").is_null());
    // Withdrawals go on.
    lab.ask(&consumer, "my-charm/0", &[&two.certificate_pem]);
    assert!(!lab.opens(&one));
    assert_eq!(lab.status(), blocked);
    ["x", "y"].iter().for_each(|name| lab.lxd.add_project(name));
    lab.update_status(UNIT);
    assert_eq!(confinement(&lab, &two.fingerprint), "a,x,y");
    assert_eq!(lab.status(), "active: 1 node, 1 certificate for 1 relation");
    lab.assert_no_hook_failed();
}

fn somebody_elses_entry_stays_as_it_is_and_is_named(lxd: Daemon) {
    let (mut lab, consumer) = restricted(lxd, &["a"], "a");
    let client = certificates::make("client");
    lab.lxd.trust(&client.certificate_pem, "by hand");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    lab.update_status(UNIT);
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    assert_eq!(confinement(&lab, &client.fingerprint), "-");
    let log = lab.log();
    let named = log.iter().filter(|line| line.contains("\"by hand\""));
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 1, "{log:#?}");
    assert!(named[0].starts_with("WARNING ") && named[0].contains(&client.fingerprint));
}

fn an_operators_entry_is_narrowed_and_not_widened(lxd: Daemon) {
    let (mut lab, _) = restricted(lxd, &["a", "b"], "");
    let client = certificates::make("client");
    let name = format!("juju:{}:{}:operator:alice", lab.model.uuid(), lab::APP);
    lab.lxd.trust(&client.certificate_pem, &name);
    for (option, expected) in [("a,b", "a,b"), ("a", "a"), ("a,b", "a"), ("", "a")] {
        lab.config(&[(OPTION, option)]);
        assert_eq!(confinement(&lab, &client.fingerprint), expected, "{option}");
    }
    assert_eq!(lab.store()[&client.fingerprint], name);
}

#[test]
fn where_lxd_cannot_restrict_nothing_is_registered_and_nothing_left() {
    for profile in [Profile::Lxd3_0, Profile::Lxd4_0] {
        let lxd = Daemon::simulated(Options::named("node-1").profile(profile));
        let (mut lab, consumer) = restricted(lxd, &[], "");
        let (old, new, theirs) = (
            certificates::make("old"),
            certificates::make("new"),
            certificates::make("theirs"),
        );
        lab.lxd.trust(&theirs.certificate_pem, "by hand");
        let all = [
            old.certificate_pem.as_str(),
            &new.certificate_pem,
            &theirs.certificate_pem,
        ];
        lab.ask(&consumer, "my-charm/0", &all[..1]);
        lab.config(&[(OPTION, "a")]);
        let status = lab.status();
        assert!(status.starts_with("blocked: LXD "), "{status}");
        assert!(
            status.contains(" cannot restrict certificates; "),
            "{status}"
        );
        lab.ask(&consumer, "my-charm/0", &all);
        assert!(!lab.opens(&old) && !lab.opens(&new));
        assert_eq!(
            lab.trusted_fingerprints(&consumer),
            [theirs.fingerprint.as_str()]
        );
        lab.config(&[(OPTION, "")]);
        assert!(lab.opens(&old) && lab.opens(&new));
        assert_eq!(lab.trusted_fingerprints(&consumer).len(), 3);
        lab.assert_no_hook_failed();
    }
}

#[test]
fn a_project_that_goes_between_two_looks_is_named_too() {
    let (mut lab, consumer) = restricted(lab::simulated(), &["a"], "a");
    let client = certificates::make("client");
    let gone = Fault::error(404, "Project not found");
    lab.lxd
        .fault(gone, Matching::method("POST"), Times::Next(1));
    let none = Fault::Answer {
        status: 200,
        body: r#"{"type":"sync","status":"Success","status_code":200,"metadata":[{"name":"default"}]}"#.to_owned(),
    };
    lab.lxd
        .fault(none, Matching::path("/1.0/projects"), Times::Next(1));
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    assert_eq!(
        lab.status(),
        "blocked: Unknown projects: a (restrict_to_projects)"
    );
    assert!(
        lab.published(&consumer, "rejected_certificates").is_null(),
        "it waits"
    );
    lab.lxd.clear_faults();
    lab.update_status(UNIT);
    assert_eq!(confinement(&lab, &client.fingerprint), "a");
}
