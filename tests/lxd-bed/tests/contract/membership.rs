//! Clusters of three whose members are evacuated, blocked, too few, removed, or renewed. The last case
//! leaves two of them.

use std::thread;
use std::time::Duration;

use lxd_bed::Kind;
use lxd_bed::certificates::make;
use lxd_bed::client::{Answer, Failure};
use serde_json::{Value, json};

use crate::members::{MEMBERS, add, get, honoured, until};
use crate::scope;
use crate::side::{CERTIFICATES, Side};

cases!("membership":
    evacuated_member_works for since_5_0,
    evacuated_member_hides_that_it_is_down for since_5_0,
    blocked_member_works for incus,
    too_few_answer_from_memory for since_5_0,
    certificate_is_renewed_on_all_members,
    removed_member_is_an_empty_server,
);

/// Longer than Incus takes to say that there is no quorum.
const VERY_PATIENTLY: Duration = Duration::from_secs(90);

/// Status and message of a member as another one tells them.
fn told(side: &Side, asked: usize, member: usize) -> (Value, Value) {
    let name = side.daemon.members().remove(member).name;
    let member = get(side, asked, &format!("/1.0/cluster/members/{name}")).metadata;
    (member["status"].clone(), member["message"].clone())
}

fn evacuated_member_works(side: &Side) {
    let new = make("new");
    side.daemon.set_member_status(1, "Evacuated");
    let evacuated = told(side, 0, 1);
    let added = add(side, 1, &new).unwrap();
    let honoured = honoured(side, &new);
    side.daemon.set_member_status(1, "Online");
    assert_eq!(evacuated.0, "Evacuated");
    assert_eq!(evacuated.1, "Unavailable due to maintenance");
    assert_eq!((added.status, honoured), (201, [true; 3]));
    until(|| told(side, 0, 1).0 == "Online");
}

fn evacuated_member_hides_that_it_is_down(side: &Side) {
    side.daemon.set_member_status(2, "Evacuated");
    side.daemon.kill_member(2);
    let last = side.daemon.members().remove(2).name;
    // A request for it fails as soon as the others miss it.
    until(|| get(side, 0, &format!("/1.0?target={last}")).status == 500);
    let (status, _) = told(side, 0, 2);
    side.daemon.start_member(2);
    side.daemon.set_member_status(2, "Online");
    assert_eq!(status, "Evacuated");
    until(|| told(side, 0, 2).0 == "Online");
}

fn blocked_member_works(side: &Side) {
    let new = make("new");
    side.daemon.set_member_status(1, "Blocked");
    let (status, message) = told(side, 0, 1);
    let added = add(side, 1, &new).unwrap();
    side.daemon.set_member_status(1, "Online");
    let wanted = "Needs updating to newer version";
    assert_eq!((status, message), ("Blocked".into(), wanted.into()));
    assert_eq!((added.status, honoured(side, &new)), (201, [true; 3]));
    until(|| told(side, 0, 1).0 == "Online");
}

/// Asks the first member what needs the others, all at the same time.
fn without_the_others(side: &Side, requests: &[(&str, &str, Value)]) -> Vec<Answer> {
    let send = |(method, path, body): &(&str, &str, Value)| {
        let admin = side.daemon.member_client(0, Some(side.daemon.admin()));
        let body = body.to_string();
        let answer = admin
            .within(VERY_PATIENTLY)
            .send(method, path, &[], body.as_bytes());
        answer.unwrap()
    };
    thread::scope(|scope| {
        let sent: Vec<_> = requests
            .iter()
            .map(|one| scope.spawn(|| send(one)))
            .collect();
        sent.into_iter()
            .map(|answer| answer.join().unwrap())
            .collect()
    })
}

fn too_few_answer_from_memory(side: &Side) {
    let (kept, new) = (make("kept"), make("new"));
    side.daemon.trust(&kept.certificate_pem, "kept");
    side.daemon.kill_member(1);
    side.daemon.kill_member(2);
    let full = format!("{CERTIFICATES}?recursion=1");
    let asked = [
        ("GET", "/1.0", Value::Null),
        ("GET", CERTIFICATES, Value::Null),
        ("GET", MEMBERS, Value::Null),
        ("GET", full.as_str(), Value::Null),
        ("POST", CERTIFICATES, new.body("new")),
        ("DELETE", &kept.path(), Value::Null),
    ];
    // The leader notices after a while.
    let members = ("GET", MEMBERS, Value::Null);
    until(|| without_the_others(side, std::slice::from_ref(&members))[0].status != 200);
    let answers = without_the_others(side, &asked);
    side.daemon.start_member(1);
    side.daemon.start_member(2);
    assert_eq!(answers[0].metadata["auth"], "trusted");
    assert_eq!(answers[0].metadata["environment"]["server_clustered"], true);
    if scope::without_identities(side.profile()) {
        let paths = answers[1].metadata.as_array().unwrap();
        assert!(paths.contains(&json!(kept.path())));
    }
    for answer in &answers[2..] {
        let error = answer.error.as_str();
        let late = error.ends_with("context deadline exceeded");
        let known = late || error.ends_with("leader server found");
        let status = match late {
            true => 500,
            false => 503,
        };
        assert!(answer.status == status && known, "{}", answer.json);
    }
    // What was refused may have been noted all the same, and take effect now.
    until(|| add(side, 0, &new).is_ok_and(|answer| [201, 409].contains(&answer.status)));
    assert_eq!(honoured(side, &new), [true; 3]);
}

fn certificate_is_renewed_on_all_members(side: &Side) {
    let before = side.daemon.server_certificate_pem();
    let mut old = side.daemon.member_client(1, Some(side.daemon.admin()));
    side.daemon.renew_certificate();
    let after = side.daemon.server_certificate_pem();
    assert_ne!(after, before);
    let refused = old.get("/1.0");
    assert!(matches!(refused, Err(Failure::Tls(_))), "{refused:?}");
    for member in 0..3 {
        let server = get(side, member, "/1.0").metadata;
        assert_eq!(server["environment"]["certificate"], after.as_str());
        assert_eq!(side.daemon.member_certificate_pem(member), after);
    }
    let new = make("new");
    until(|| add(side, 2, &new).is_ok_and(|answer| [201, 409].contains(&answer.status)));
    until(|| honoured(side, &new) == [true; 3]);
}

fn removed_member_is_an_empty_server(side: &Side) {
    let new = make("new");
    let last = side.daemon.members().remove(2).name;
    side.daemon.remove_member(2);
    let certificate = side.daemon.member_certificate_pem(2);
    assert_ne!(certificate, side.daemon.server_certificate_pem());
    let mut admin = side.daemon.member_client(2, Some(side.daemon.admin()));
    assert_eq!(admin.auth().unwrap(), "untrusted");
    assert_eq!(admin.get(CERTIFICATES).unwrap().status, 403);
    let list = get(side, 0, MEMBERS).metadata;
    let mut members = list.as_array().unwrap().iter();
    assert!(!members.any(|member| member["server_name"] == last.as_str()));
    let list = side.daemon.trust_list();
    let mut servers = list.iter().filter(|entry| entry.kind == Kind::Server);
    assert!(!servers.any(|entry| entry.name == last));
    until(|| add(side, 1, &new).is_ok_and(|answer| [201, 409].contains(&answer.status)));
    let honoured = |member| side.daemon.member_trusts(member, &new.fingerprint);
    assert!(honoured(0) && honoured(1));
    assert_eq!(
        get(side, 0, "/1.0").metadata["environment"]["server_clustered"],
        true
    );
}
