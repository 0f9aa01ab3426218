//! `juju refresh` from the charm in Python. A stand-in leaves behind what that one does: files in the charm's folder, a
//! databag, and entries named by their certificates' common names.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use juju_bed::{context::Version, model::Model};
use lab::{APP, Consumer, Lab, UNIT, charm};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};
use serde_json::json;
use tempfile::TempDir;

on_both! {
    what_consumers_still_ask_for_is_adopted_and_the_rest_is_named
    a_failed_install_is_made_good
}

const FILES: [&str; 4] = ["client.crt", "client.key", "server.crt", ".unit-state.db"];

/// A charm of our name that writes the files of the one in Python and publishes these nodes; `install` ends with that code.
fn stand_in(nodes: &str, install: i32) -> TempDir {
    let dir = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    };
    file(
        "metadata.yaml",
        "name: lxd-integrator\nsummary: s\ndescription: d\nprovides: {api: {interface: lxd}}\n",
    );
    let bases = "bases: [{name: ubuntu, channel: \"24.04\"}]\n";
    file("manifest.yaml", bases);
    file(
        "config.yaml",
        "options:\n  lxd_endpoint: {type: string, default: \"\"}\n  lxd_client_cert: {type: string, default: \"\"}\n  \
         lxd_client_key: {type: string, default: \"\"}\n  lxd_server_cert: {type: string, default: \"\"}\n",
    );
    let leave: String = FILES.map(|name| format!("echo secret >{name}\n")).concat();
    file(
        "hooks/install",
        &format!("#!/bin/sh\n{leave}exit {install}\n"),
    );
    file(
        "hooks/api-relation-joined",
        &format!("#!/bin/sh\nrelation-set version=1.0 'nodes={nodes}'\n"),
    );
    dir
}

fn left(model: &Model) -> Vec<&'static str> {
    let folder = model.agent_folder(UNIT).unwrap().join("charm");
    let there = |name: &&str| folder.join(name).exists();
    FILES.into_iter().filter(there).collect()
}

/// A model in which the stand-in runs.
fn deployed(lxd: Daemon, charm: &Path) -> Lab {
    let mut model = Model::new(Version::V4_0).unwrap();
    model.set_cloud_credential(lab::cloud(&lxd, lxd.admin()));
    model.deploy(charm, APP).unwrap();
    model.trust(APP).unwrap();
    let mut lab = Lab { lxd, model };
    lab.settle();
    lab
}

fn ask(lab: &mut Lab, consumer: &Consumer, clients: &[&Credential]) {
    let texts: Vec<&str> = clients.iter().map(|c| c.certificate_pem.as_str()).collect();
    lab.ask(consumer, "my-charm/0", &texts);
}

fn what_consumers_still_ask_for_is_adopted_and_the_rest_is_named(lxd: Daemon) {
    let [kept, stale, new] = ["kept", "stale", "new"].map(certificates::make);
    for client in [&kept, &stale] {
        lxd.trust(&client.certificate_pem, "the common name");
    }
    let nodes = json!([{
        "endpoint": lxd.endpoint(),
        "name": lxd.name(),
        "trusted_certs_fp": [kept.fingerprint, stale.fingerprint],
    }]);
    let before = stand_in(&nodes.to_string(), 0);
    let mut lab = deployed(lxd, before.path());
    let consumer = lab.relate("my-charm", 1);
    ask(&mut lab, &consumer, &[&kept, &new]);
    assert_eq!(left(&lab.model), FILES);
    assert_eq!(lab.published(&consumer, "nodes"), nodes);

    lab::record(&mut lab.model);
    lab.model.refresh(APP, charm::archive()).unwrap();
    lab.settle();
    assert_eq!(left(&lab.model), [""; 0]);
    assert_eq!(
        lab.status(),
        "active: 1 node, 2 certificates for 1 relation"
    );
    assert!(lab.opens(&kept) && lab.opens(&new) && lab.opens(&stale));
    let log = lab.log();
    let named: Vec<_> = log
        .iter()
        .filter(|line| line.contains("charm in Python, and"))
        .collect();
    assert_eq!(named.len(), 1, "{log:#?}");
    let remedy = format!("lxc config trust remove {}", stale.fingerprint);
    assert!(named[0].starts_with("WARNING ") && named[0].ends_with(&remedy));

    let listed = lab
        .model
        .run(UNIT, "list-certificates", &json!({}))
        .unwrap();
    let rows = &listed.results["certificates"];
    assert_eq!(rows[&kept.fingerprint]["state"], "foreign");
    let row = &rows[&stale.fingerprint];
    assert_eq!(row["state"], "left-by-python-charm");
    assert_eq!(row["remedy"], remedy);

    // It was there before us: it stays, however the request goes.
    ask(&mut lab, &consumer, &[&new]);
    for _ in 0..3 {
        lab.update_status(UNIT);
    }
    assert!(lab.opens(&kept) && lab.opens(&stale));
    assert_eq!(lab.store()[&kept.fingerprint], "the common name");
}

/// The charm in Python fails in `install` on Python 3.10 and newer; Juju runs that hook again after the refresh.
fn a_failed_install_is_made_good(lxd: Daemon) {
    let before = stand_in("[]", 1);
    let mut lab = deployed(lxd, before.path());
    assert_eq!(lab.model.status(UNIT).unwrap().status, "error");
    lab.model.refresh_forced(APP, charm::archive()).unwrap();
    lab.settle();
    assert!(
        !lab.model
            .hooks(UNIT)
            .iter()
            .any(|hook| hook == "upgrade-charm")
    );
    assert_eq!(left(&lab.model), [""; 0]);
    assert_eq!(
        lab.status(),
        "active: 1 node, 0 certificates for 0 relations"
    );
}

#[test]
fn that_options_win_now_is_said_where_both_are_set() {
    let lxd = lab::simulated();
    let another = certificates::make("another");
    lxd.trust(&another.certificate_pem, "another");
    let (endpoint, server) = (lxd.endpoint(), lxd.server_certificate_pem());
    let before = stand_in("[]", 0);
    let mut lab = deployed(lxd, before.path());
    lab.configure(&endpoint, &another, &server);
    lab.model.refresh(APP, charm::archive()).unwrap();
    lab.settle();
    let log = lab.log();
    let said = log.iter().filter(|line| line.contains("the options win"));
    assert_eq!(said.count(), 1, "{log:#?}");
    assert!(lab.status().starts_with("active: "), "{}", lab.status());
}

/// It is said when it begins, and not by each unit that comes later.
#[test]
fn that_options_win_is_said_once_for_all_units() {
    let mut lab = Lab::trusted(lab::simulated());
    let own = certificates::make("own");
    lab.lxd.trust(&own.certificate_pem, "own");
    let (endpoint, server) = (lab.lxd.endpoint(), lab.lxd.server_certificate_pem());
    let told = |lab: &Lab, unit: &str| {
        let log = lab.model.log(unit);
        log.iter()
            .filter(|line| line.text.contains("the options win"))
            .count()
    };
    assert_eq!(told(&lab, UNIT), 0);
    lab.configure(&endpoint, &own, &server);
    assert_eq!(told(&lab, UNIT), 1);
    let second = lab.model.add_unit(APP).unwrap();
    lab.settle();
    lab.config(&[("restrict_to_projects", "default")]);
    assert_eq!((told(&lab, UNIT), told(&lab, &second)), (1, 0));
}
