//! What a server holds is kept and brought back: the same on simulated and on real ones.

use lxd_bed::certificates::{Credential, make};
use lxd_bed::{Daemon, Kind, Options, Profile, Snapshot, TrustEntry};
use serde_json::{Value, json};

/// Simulated servers, one of them a cluster, and the real ones that there are.
fn servers() -> impl Iterator<Item = Daemon> {
    let options = |profile| Options::named("node").profile(profile);
    let simulated = Profile::ALL.map(|profile| Daemon::simulated(options(profile)));
    let cluster = options(Profile::Lxd5_0).members(3);
    let simulated = simulated
        .into_iter()
        .chain([Daemon::simulated(cluster.clone())]);
    let real = [options(Profile::Lxd5_0), options(Profile::Incus), cluster];
    simulated.chain(
        real.into_iter()
            .filter_map(|options| Daemon::real(options).ok()),
    )
}

fn projects(daemon: &Daemon) -> Vec<Value> {
    let list = daemon.client(Some(daemon.admin())).get("/1.0/projects");
    let mut names = list.unwrap().metadata.as_array().unwrap().clone();
    names.sort_by_key(Value::to_string);
    names
}

fn auth(daemon: &Daemon, credential: &Credential) -> Value {
    daemon.client(Some(credential)).auth().unwrap()
}

fn change(daemon: &Daemon, credential: &Credential, body: &Value) {
    let mut admin = daemon.client(Some(daemon.admin()));
    assert_eq!(admin.patch(&credential.path(), body).unwrap().status, 200);
}

/// One of each sort, and the snapshot of them.
struct Before {
    kept: Credential,
    confined: Credential,
    nameless: Credential,
    list: Vec<TrustEntry>,
    snapshot: Snapshot,
}

fn before(daemon: &Daemon) -> Before {
    let [kept, confined, nameless] = ["kept", "confined", "nameless"].map(make);
    daemon.add_project("tenant");
    daemon.trust(&kept.certificate_pem, "kept");
    daemon.trust_restricted(
        &confined.certificate_pem,
        "confined",
        &["tenant", "default"],
    );
    daemon.trust(&nameless.certificate_pem, "x");
    daemon.rename(&nameless.fingerprint, "");
    Before {
        kept,
        confined,
        nameless,
        list: daemon.trust_list(),
        snapshot: daemon.snapshot(),
    }
}

#[test]
fn everything_comes_back() {
    for daemon in servers() {
        let before = before(&daemon);
        let (more, known) = (make("more"), projects(&daemon));
        let restricts = daemon.profile() >= Profile::Lxd5_0_0;
        daemon.distrust(&before.kept.fingerprint);
        daemon.distrust(&before.nameless.fingerprint);
        daemon.add_project("later");
        daemon.trust_restricted(&more.certificate_pem, "more", &["later"]);
        if restricts {
            let metrics = &before.nameless.certificate_pem;
            daemon.trust_as(metrics, "metrics", Kind::Metrics);
            change(
                &daemon,
                &before.confined,
                &json!({"restricted": false, "projects": []}),
            );
        }
        daemon.rename(&before.confined.fingerprint, "renamed");
        daemon.restore(&before.snapshot);
        assert_eq!(daemon.trust_list(), before.list);
        assert_eq!(projects(&daemon), known);
        assert_eq!(auth(&daemon, &before.kept), "trusted");
        assert_eq!(auth(&daemon, &more), "untrusted");
        assert_eq!(auth(&daemon, daemon.admin()), "trusted");
    }
}

#[test]
fn snapshot_is_good_for_more_than_once() {
    for daemon in servers() {
        let snapshot = daemon.snapshot();
        let list = daemon.trust_list();
        for _ in 0..3 {
            daemon.trust(&make("new").certificate_pem, "new");
            daemon.restore(&snapshot);
            assert_eq!(daemon.trust_list(), list);
        }
    }
}
