//! Simulated clusters whose members are removed, fail alone, or get another certificate: what the
//! contract suite cannot ask of a real one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Answer, Failure};
use lxd_bed::{Daemon, Fault, Matching, Options, Profile, Times, Verdict};

/// Long enough for an answer, short enough to wait for none.
const BRIEFLY: Duration = Duration::from_millis(500);

fn cluster_of(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile).members(3))
}

fn add(cluster: &Daemon, member: usize, new: &Credential) -> Result<Answer, Failure> {
    let admin = cluster.member_client(member, Some(cluster.admin()));
    admin.within(BRIEFLY).add(new, "new")
}

#[test]
fn write_that_one_member_never_answers_took_effect() {
    let (cluster, new) = (cluster_of(Profile::Lxd5_0), make("new"));
    let matching = Matching::method("POST");
    cluster.member_fault(1, Fault::HangAfterActing, matching, Times::Next(1));
    let silent = add(&cluster, 1, &new);
    assert!(matches!(silent, Err(Failure::TimedOut)), "{silent:?}");
    assert_eq!(add(&cluster, 0, &new).unwrap().status, 409);
    assert!((0..3).all(|member| cluster.member_trusts(member, &new.fingerprint)));
}

#[test]
fn removed_member_goes_on_being_counted() {
    let cluster = cluster_of(Profile::Lxd5_0);
    cluster.remove_member(1);
    assert_eq!(cluster.members().len(), 3);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    cluster.observe(move |observed| {
        let entries = observed.trust_store.len();
        list.lock().unwrap().push((observed.member, entries));
        Verdict::GoOn
    });
    let fault = Fault::error(503, "LXD is shutting down");
    cluster.member_fault(1, fault, Matching::any(), Times::Next(1));
    let mut stranger = cluster.member_client(1, None);
    let statuses = [(); 2].map(|()| stranger.get("/1.0").unwrap().status);
    assert_eq!(statuses, [503, 200]);
    assert_eq!(cluster.member_requests(1).unwrap().len(), 2);
    // Its own trust store is empty.
    assert_eq!(*seen.lock().unwrap(), [(1, 0); 3]);
    let environment = cluster.member_client(1, None).get("/1.0/cluster").unwrap();
    assert_eq!(environment.status, 403);
}

#[test]
fn removed_member_stops_and_starts_by_itself() {
    let cluster = cluster_of(Profile::Lxd5_0);
    cluster.remove_member(2);
    let certificate = cluster.member_certificate_pem(2);
    cluster.kill_member(2);
    let refused = cluster.member_client(2, None).get("/1.0");
    assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
    // The others do not miss it.
    assert_eq!(add(&cluster, 0, &make("new")).unwrap().status, 201);
    cluster.start_member(2);
    assert_eq!(cluster.member_certificate_pem(2), certificate);
    assert!(!cluster.member_trusts(2, &cluster.admin().fingerprint));
    cluster.stop();
    cluster.start();
    let alone = cluster.member_client(2, Some(cluster.admin())).auth();
    assert_eq!(alone.unwrap(), "untrusted");
}

#[test]
fn two_that_are_left_need_each_other() {
    let cluster = cluster_of(Profile::Lxd5_0);
    cluster.remove_member(2);
    cluster.kill_member(1);
    assert_eq!(add(&cluster, 0, &make("new")).unwrap().status, 503);
    cluster.start_member(1);
    assert_eq!(add(&cluster, 0, &make("new")).unwrap().status, 201);
}

#[test]
#[should_panic(expected = "members of 4.0.10 are never Evacuated")]
fn members_of_4_0_are_never_evacuated() {
    cluster_of(Profile::Lxd4_0).set_member_status(1, "Evacuated");
}

#[test]
fn renewed_while_running_keeps_connections_since_5_0() {
    for (profile, kept) in [(Profile::Lxd4_0, false), (Profile::Lxd5_0, true)] {
        let cluster = cluster_of(profile);
        let mut admin = cluster.member_client(1, Some(cluster.admin()));
        admin.get("/1.0").unwrap();
        cluster.renew_certificate();
        assert_eq!(admin.get("/1.0").is_ok(), kept, "{profile}");
    }
}
