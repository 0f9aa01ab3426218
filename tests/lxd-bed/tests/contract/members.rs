//! Clusters of three. These cases are run against clusters, all others against servers that stand
//! alone.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Answer, Failure};
use lxd_bed::{Kind, Profile};
use serde_json::{Value, json};

use crate::scope;
use crate::side::{Side, assert_error, assert_sync, fields};

cases!("members":
    are_told_apart_by_name_and_address,
    are_listed_with_their_addresses,
    are_listed_as_paths,
    are_shown_one_by_one,
    are_shown_to_restricted_callers for since_5_0,
    are_hidden_from_strangers,
    have_entries_of_their_own for since_5_0,
    tell_of_each_other,
    honour_what_any_of_them_was_told for since_4_0,
    take_the_same_once,
    do_without_one_that_is_down,
    wait_for_one_that_is_frozen for without_identities,
    stop_and_start_as_one,
);

/// The list of members.
pub(crate) const MEMBERS: &str = "/1.0/cluster/members?recursion=1";
/// Long enough for an answer, short enough to wait for none.
const BRIEFLY: Duration = Duration::from_secs(2);
/// Time for a leader to be chosen, and a heartbeat to come.
const PATIENTLY: Duration = Duration::from_secs(40);

/// What a member answers an administrator.
pub(crate) fn get(side: &Side, member: usize, path: &str) -> Answer {
    let admin = side.daemon.admin();
    let mut admin = side.daemon.member_client(member, Some(admin));
    admin.get(path).unwrap()
}

/// An administrator adds a certificate through that member, and does not wait for long.
pub(crate) fn add(side: &Side, member: usize, new: &Credential) -> Result<Answer, Failure> {
    let admin = side.daemon.admin();
    let admin = side.daemon.member_client(member, Some(admin));
    admin.within(BRIEFLY).add(new, "new")
}

/// Which members honour it, by asking each with it.
pub(crate) fn honoured(side: &Side, credential: &Credential) -> [bool; 3] {
    [0, 1, 2].map(|member| {
        let mut client = side.daemon.member_client(member, Some(credential));
        client.auth().unwrap() == "trusted"
    })
}

/// Waits until that is so.
#[track_caller]
pub(crate) fn until(so: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENTLY;
    while !so() {
        assert!(Instant::now() < limit, "it never came to be");
        thread::sleep(Duration::from_millis(50));
    }
}

fn are_told_apart_by_name_and_address(side: &Side) {
    let members = side.daemon.members();
    assert_eq!(members.len(), 3);
    for (index, member) in members.iter().enumerate() {
        let environment = get(side, index, "/1.0").metadata["environment"].clone();
        assert_eq!(environment["server_name"], member.name.as_str());
        assert_eq!(environment["server_clustered"], true);
        let address = member.address.to_string();
        assert_eq!(environment["addresses"], json!([address]));
        let certificate = side.daemon.server_certificate_pem();
        assert_eq!(environment["certificate"], certificate.as_str());
        let state = json!({"server_name": member.name, "enabled": true, "member_config": []});
        let answer = get(side, index, "/1.0/cluster");
        assert_eq!(answer.metadata["server_name"], state["server_name"]);
        assert_eq!(answer.metadata["enabled"], state["enabled"]);
    }
}

fn are_listed_with_their_addresses(side: &Side) {
    for asked in 0..3 {
        let list = get(side, asked, MEMBERS).metadata;
        let mut listed = list.as_array().unwrap().clone();
        listed.sort_by_key(|member| member["server_name"].to_string());
        let online = match side.profile() {
            Profile::Lxd3_0 => "fully operational",
            _ => "Fully operational",
        };
        for (member, listed) in side.daemon.members().iter().zip(&listed) {
            assert_eq!(listed["server_name"], member.name.as_str());
            assert_eq!(listed["url"], format!("https://{}", member.address));
            assert_eq!(listed["status"], "Online");
            assert_eq!(listed["message"], online);
            assert_eq!(listed["database"], true);
            let wanted = match side.profile() {
                Profile::Lxd3_0 => "database message server_name status url",
                _ => FIELDS,
            };
            assert_eq!(fields(listed), wanted);
        }
    }
}

const FIELDS: &str = "\
    architecture config database description failure_domain groups message roles server_name \
    status url";

fn are_listed_as_paths(side: &Side) {
    let list = get(side, 1, "/1.0/cluster/members").metadata;
    let listed: BTreeSet<_> = list.as_array().unwrap().iter().map(Value::as_str).collect();
    let members = side.daemon.members().into_iter();
    let paths: Vec<_> = members
        .map(|member| format!("/1.0/cluster/members/{}", member.name))
        .collect();
    let wanted = paths.iter().map(|path| Some(path.as_str()));
    assert_eq!(listed, wanted.collect());
}

fn are_shown_one_by_one(side: &Side) {
    for member in side.daemon.members() {
        let one = get(side, 0, &format!("/1.0/cluster/members/{}", member.name));
        assert_eq!(one.metadata["server_name"], member.name.as_str());
        assert!(one.headers.contains_key("etag"));
    }
    let unknown = get(side, 0, "/1.0/cluster/members/unknown");
    assert_error(&unknown, 404, "Cluster member not found");
}

fn are_shown_to_restricted_callers(side: &Side) {
    let caller = make("caller");
    side.daemon
        .trust_restricted(&caller.certificate_pem, "caller", &["default"]);
    let mut client = side.daemon.member_client(2, Some(&caller));
    let list = client.get(MEMBERS).unwrap().metadata;
    assert_eq!(list.as_array().unwrap().len(), 3);
}

fn are_hidden_from_strangers(side: &Side) {
    let mut stranger = side.daemon.member_client(2, None);
    assert_error(&stranger.get(MEMBERS).unwrap(), 403, side.forbidden());
}

fn have_entries_of_their_own(side: &Side) {
    let list = side.daemon.trust_list().into_iter();
    let servers = list.filter(|entry| entry.kind == Kind::Server);
    let names: BTreeSet<String> = servers.map(|entry| entry.name).collect();
    let members = side.daemon.members().into_iter();
    assert_eq!(names, members.map(|member| member.name).collect());
}

fn tell_of_each_other(side: &Side) {
    let last = side.daemon.members().remove(2);
    let server = get(side, 0, &format!("/1.0?target={}", last.name)).metadata;
    let address = last.address.to_string();
    assert_eq!(server["environment"]["addresses"], json!([address]));
    let unknown = get(side, 0, "/1.0?target=unknown");
    assert_error(&unknown, 404, "Cluster member not found");
}

fn honour_what_any_of_them_was_told(side: &Side) {
    let new = make("new");
    for member in 0..3 {
        let added = add(side, member, &new).unwrap();
        assert_sync(&added, 201, &Value::Null);
        assert_eq!(honoured(side, &new), [true; 3]);
        let admin = side.daemon.admin();
        let mut other = side.daemon.member_client((member + 1) % 3, Some(admin));
        assert_sync(&other.delete(&new.path()).unwrap(), 200, &json!({}));
        assert_eq!(honoured(side, &new), [false; 3]);
    }
}

fn take_the_same_once(side: &Side) {
    let new = make("new");
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let new = &new;
        let posts = [0, 1, 2].map(|at| scope.spawn(move || add(side, at, new).unwrap().status));
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    let again = scope::duplicate(side.profile());
    assert_eq!(statuses, [201, again, again]);
}

fn do_without_one_that_is_down(side: &Side) {
    let new = make("new");
    let last = side.daemon.members().remove(2).name;
    side.daemon.kill_member(2);
    let refused = side.daemon.member_client(2, None).get("/1.0");
    let dead = get(side, 0, &format!("/1.0?target={last}"));
    until(|| add(side, 0, &new).is_ok_and(|answer| [201, 409].contains(&answer.status)));
    let shown = || get(side, 0, &format!("/1.0/cluster/members/{last}")).metadata;
    until(|| shown()["status"] == "Offline");
    side.daemon.start_member(2);
    until(|| shown()["status"] == "Online");
    assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
    assert_eq!(dead.status, 500);
    let events = dead.error == "Missing event connection with target cluster member";
    let known = events || dead.error.contains("Unable to connect to: ");
    assert!(known, "{}", dead.error);
    assert_eq!(honoured(side, &new), [true; 3]);
}

/// The answer waits, but what it will say is in the database, and in force on the other peer.
fn wait_for_one_that_is_frozen(side: &Side) {
    let new = make("new");
    side.daemon.pause_member(2);
    let added = add(side, 0, &new);
    let stored = get(side, 0, &new.path()).status;
    let trusts = [0, 1].map(|member| side.daemon.member_trusts(member, &new.fingerprint));
    side.daemon.resume_member(2);
    assert!(matches!(added, Err(Failure::TimedOut)), "{added:?}");
    assert_eq!((stored, trusts), (200, [false, true]));
    until(|| honoured(side, &new) == [true; 3]);
}

fn stop_and_start_as_one(side: &Side) {
    let before = side.daemon.trust_list();
    side.daemon.stop();
    let refused = side.daemon.member_client(1, None).get("/1.0");
    side.daemon.start();
    assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
    until(|| get(side, 1, MEMBERS).status == 200);
    assert_eq!(side.daemon.trust_list(), before);
    assert_eq!(honoured(side, side.daemon.admin()), [true; 3]);
}
