//! Simulated clusters: what a real cluster of three was seen to do, in good and in bad days.

use std::collections::BTreeSet;
use std::time::Duration;

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Answer, Failure};
use lxd_bed::{Daemon, Fault, Matching, Options, Profile, Times};

const CERTIFICATES: &str = "/1.0/certificates";
const MEMBERS: &str = "/1.0/cluster/members?recursion=1";
/// Long enough for an answer, short enough to wait for none.
const BRIEFLY: Duration = Duration::from_millis(500);

fn cluster_of(profile: Profile) -> Daemon {
    Daemon::simulated(Options::named("node").profile(profile).members(3))
}

fn cluster() -> Daemon {
    cluster_of(Profile::Lxd5_0)
}

fn get(cluster: &Daemon, member: usize, path: &str) -> Answer {
    let mut admin = cluster.member_client(member, Some(cluster.admin()));
    admin.get(path).unwrap()
}

fn add(cluster: &Daemon, member: usize, new: &Credential) -> Result<Answer, Failure> {
    let admin = cluster.member_client(member, Some(cluster.admin()));
    admin.within(BRIEFLY).add(new, "new")
}

fn remove(cluster: &Daemon, member: usize, old: &Credential) -> Answer {
    let mut admin = cluster.member_client(member, Some(cluster.admin()));
    admin.delete(&old.path()).unwrap()
}

/// Which members honour it, by asking each with it.
fn honoured(cluster: &Daemon, credential: &Credential) -> [bool; 3] {
    [0, 1, 2].map(|member| {
        let mut client = cluster.member_client(member, Some(credential));
        client.auth().unwrap() == "trusted"
    })
}

/// Status and message of one member as another tells them.
fn listed(cluster: &Daemon, asked: usize, member: usize) -> (String, String) {
    let name = &cluster.members()[member].name;
    let list = get(cluster, asked, MEMBERS).metadata;
    let mut members = list.as_array().unwrap().iter();
    let found = members.find(|one| one["server_name"] == name.as_str());
    let text = |field: &str| found.unwrap()[field].as_str().unwrap().to_owned();
    (text("status"), text("message"))
}

#[test]
fn members_are_listed_in_changing_order() {
    let cluster = cluster();
    let mut orders = BTreeSet::new();
    for _ in 0..9 {
        let list = get(&cluster, 1, MEMBERS).metadata;
        let list = list.as_array().unwrap().clone();
        let urls: Vec<String> = list.iter().map(|one| one["url"].to_string()).collect();
        let mut sorted = urls.clone();
        sorted.sort();
        let mut wanted: Vec<String> = cluster
            .members()
            .iter()
            .map(|member| format!("\"https://{}\"", member.address))
            .collect();
        wanted.sort();
        assert_eq!(sorted, wanted);
        orders.insert(urls);
    }
    assert!(orders.len() > 1);
}

#[test]
fn lxd_3_0_forgets_on_one_member_only() {
    let (cluster, new) = (cluster_of(Profile::Lxd3_0), make("new"));
    assert_eq!(add(&cluster, 0, &new).unwrap().status, 201);
    assert_eq!(honoured(&cluster, &new), [true; 3]);
    assert_eq!(remove(&cluster, 0, &new).status, 200);
    assert_eq!(honoured(&cluster, &new), [false, true, true]);
    assert!(cluster.member_trusts(1, &new.fingerprint));
    assert_eq!(remove(&cluster, 1, &new).status, 404);
    assert_eq!(honoured(&cluster, &new), [false, true, true]);
    let again = add(&cluster, 1, &new).unwrap();
    assert_eq!(
        (again.status, again.error.as_str()),
        (400, "Certificate already in trust store")
    );
}

#[test]
fn killed_member_costs_nothing_and_catches_up() {
    let (cluster, new) = (cluster(), make("new"));
    cluster.kill_member(1);
    let refused = cluster.member_client(1, None).get("/1.0");
    assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
    let (status, message) = listed(&cluster, 0, 1);
    assert_eq!(status, "Offline");
    assert!(message.starts_with("No heartbeat for "), "{message}");
    assert_ne!(listed(&cluster, 0, 1).1, message);
    assert_eq!(add(&cluster, 0, &new).unwrap().status, 201);
    cluster.start_member(1);
    assert_eq!(listed(&cluster, 0, 1).0, "Online");
    assert_eq!(honoured(&cluster, &new), [true; 3]);
}

#[test]
fn frozen_member_holds_up_a_write() {
    let (cluster, new) = (cluster(), make("new"));
    cluster.pause_member(2);
    let silent = cluster.member_client(2, None).within(BRIEFLY).get("/1.0");
    assert!(matches!(silent, Err(Failure::TimedOut)), "{silent:?}");
    let added = add(&cluster, 0, &new);
    assert!(matches!(added, Err(Failure::TimedOut)), "{added:?}");
    // In the database, and in force on the other peer, but not where it was asked for.
    assert_eq!(get(&cluster, 0, &new.path()).status, 200);
    let trusts = [0, 1, 2].map(|member| cluster.member_trusts(member, &new.fingerprint));
    assert_eq!(trusts, [false, true, false]);
    assert_eq!(add(&cluster, 1, &new).unwrap().status, 409);
    cluster.resume_member(2);
    assert_eq!(honoured(&cluster, &new)[1..], [true; 2]);
}

#[test]
fn frozen_member_known_to_be_offline_holds_up_nothing() {
    let (cluster, new) = (cluster(), make("new"));
    cluster.pause_member(2);
    cluster.set_member_status(2, "Offline");
    assert_eq!(add(&cluster, 0, &new).unwrap().status, 201);
    cluster.resume_member(2);
    assert_eq!(honoured(&cluster, &new), [true; 3]);
}

#[test]
fn dropped_while_a_write_hangs() {
    let (cluster, new) = (cluster(), make("new"));
    cluster.pause_member(1);
    assert!(matches!(add(&cluster, 0, &new), Err(Failure::TimedOut)));
    drop(cluster);
}

#[test]
fn statuses_have_their_messages() {
    for (profile, status, message) in [
        (Profile::Lxd3_0, "Online", "fully operational"),
        (Profile::Lxd5_0, "Online", "Fully operational"),
        (
            Profile::Lxd5_0,
            "Evacuated",
            "Unavailable due to maintenance",
        ),
        (
            Profile::Lxd5_0,
            "Blocked",
            "Needs updating to newer version",
        ),
        (
            Profile::Lxd5_21,
            "Blocked",
            "LXD version is older than other members",
        ),
        (
            Profile::Lxd3_0,
            "Blocked",
            "waiting for other nodes to be upgraded",
        ),
        (Profile::Lxd3_0, "Broken", "inconsistent version"),
    ] {
        let cluster = cluster_of(profile);
        cluster.set_member_status(1, status);
        let wanted = (status.to_owned(), message.to_owned());
        assert_eq!(listed(&cluster, 0, 1), wanted);
    }
}

#[test]
fn without_a_quorum_memory_is_all_there_is() {
    for (profile, database) in [(Profile::Lxd5_0, "dqlite"), (Profile::Incus, "cowsql")] {
        let (cluster, new) = (cluster_of(profile), make("new"));
        cluster.kill_member(1);
        cluster.kill_member(2);
        let server = get(&cluster, 0, "/1.0").metadata;
        assert_eq!(server["auth"], "trusted");
        assert_eq!(server["environment"]["server_clustered"], true);
        assert_eq!(get(&cluster, 0, CERTIFICATES).status, 200);
        let members = get(&cluster, 0, MEMBERS);
        let late = (500, "context deadline exceeded");
        assert_eq!((members.status, members.error.as_str()), late);
        let text = format!(
            "Failed to begin transaction: failed to create {database} connection: \
             no available {database} leader server found"
        );
        let full = get(&cluster, 0, "/1.0/certificates?recursion=1");
        let removed = remove(&cluster, 0, cluster.admin());
        for answer in [full, removed, add(&cluster, 0, &new).unwrap()] {
            assert_eq!((answer.status, answer.error), (503, text.clone()));
        }
        cluster.start_member(1);
        assert_eq!(add(&cluster, 0, &new).unwrap().status, 201);
    }
}

#[test]
fn old_servers_need_a_quorum_to_introduce_themselves() {
    let cluster = cluster_of(Profile::Lxd4_0);
    cluster.kill_member(1);
    cluster.kill_member(2);
    let answer = cluster.member_client(0, None).get("/1.0").unwrap();
    assert_eq!(answer.status, 503);
}

#[test]
fn faults_and_requests_are_a_members_own() {
    let cluster = cluster();
    let fault = Fault::error(503, "LXD is shutting down");
    cluster.member_fault(1, fault, Matching::any(), Times::Next(1));
    assert_eq!(get(&cluster, 0, "/1.0").status, 200);
    assert_eq!(get(&cluster, 1, "/1.0").status, 503);
    let taken = |member| cluster.member_requests(member).unwrap().len();
    assert_eq!([taken(0), taken(1), taken(2)], [1, 1, 0]);
    assert_eq!(cluster.requests().unwrap().len(), 2);
}
