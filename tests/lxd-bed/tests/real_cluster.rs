//! Real clusters, of LXD and of Incus: what the bed promises about members, tried on three of them.

use std::thread;
use std::time::{Duration, Instant};

use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::Failure;
use lxd_bed::{Daemon, Options, Profile};
use serde_json::Value;

/// Does the same with a cluster of LXD and one of Incus; the run's record says why one is missing.
fn with_each(act: impl Fn(Daemon) + Sync) {
    thread::scope(|scope| {
        for profile in [Profile::Lxd5_0, Profile::Incus] {
            let options = Options::named("node").profile(profile).members(3);
            scope.spawn(|| Daemon::real(options).map(&act));
        }
    });
}

/// The list of members as that member gives it, as name, address and status.
fn listed(cluster: &Daemon, asked: usize) -> Vec<[String; 3]> {
    let mut client = cluster.member_client(asked, Some(cluster.admin()));
    let answer = client.get("/1.0/cluster/members?recursion=1").unwrap();
    let members = answer.metadata.as_array().unwrap();
    let text = |member: &Value, field: &str| member[field].as_str().unwrap().to_owned();
    let mut members: Vec<_> = members
        .iter()
        .map(|member| ["server_name", "url", "status"].map(|field| text(member, field)))
        .collect();
    members.sort();
    members
}

fn status(cluster: &Daemon, asked: usize, member: usize) -> String {
    listed(cluster, asked)[member][2].clone()
}

fn until_status(cluster: &Daemon, member: usize, wanted: &str) {
    let limit = Instant::now() + Duration::from_secs(40);
    while status(cluster, 0, member) != wanted {
        assert!(Instant::now() < limit, "never {wanted}");
        thread::sleep(Duration::from_millis(100));
    }
}

fn auth(cluster: &Daemon, member: usize, credential: &Credential) -> Value {
    let mut client = cluster.member_client(member, Some(credential));
    client.auth().unwrap()
}

#[test]
fn members_are_one_server() {
    with_each(|cluster| {
        let members = cluster.members();
        let wanted: Vec<_> = members
            .iter()
            .map(|member| {
                let url = format!("https://{}", member.address);
                [member.name.clone(), url, "Online".to_owned()]
            })
            .collect();
        assert_eq!(cluster.address(), members[0].address);
        assert_eq!(cluster.name(), "node-1");
        let consumer = make("consumer");
        cluster.trust(&consumer.certificate_pem, "consumer");
        for member in 0..3 {
            assert_eq!(listed(&cluster, member), wanted);
            assert_eq!(auth(&cluster, member, &consumer), "trusted");
        }
        cluster.distrust(&consumer.fingerprint);
        for member in 0..3 {
            assert_eq!(auth(&cluster, member, &consumer), "untrusted");
        }
    });
}

#[test]
fn killed_member_refuses_and_comes_back() {
    with_each(|cluster| {
        cluster.kill_member(2);
        let refused = cluster.member_client(2, None).get("/1.0");
        assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
        until_status(&cluster, 2, "Offline");
        let consumer = make("meanwhile");
        cluster.trust(&consumer.certificate_pem, "meanwhile");
        cluster.start_member(2);
        assert_eq!(auth(&cluster, 2, &consumer), "trusted");
        until_status(&cluster, 2, "Online");
    });
}

#[test]
fn paused_member_hangs_until_resumed() {
    with_each(|cluster| {
        cluster.pause_member(1);
        let within = Duration::from_millis(300);
        let silent = cluster.member_client(1, None).within(within).get("/1.0");
        assert!(matches!(silent, Err(Failure::TimedOut)), "{silent:?}");
        cluster.resume_member(1);
        assert_eq!(auth(&cluster, 1, cluster.admin()), "trusted");
    });
}

#[test]
fn first_member_killed_leaves_a_server() {
    with_each(|cluster| {
        cluster.kill_member(0);
        let consumer = make("without-the-first");
        cluster.trust(&consumer.certificate_pem, "without-the-first");
        assert_eq!(auth(&cluster, 1, &consumer), "trusted");
        assert_eq!(auth(&cluster, 2, &consumer), "trusted");
    });
}

#[test]
fn stopped_as_a_whole_and_started_again() {
    with_each(|cluster| {
        let before = cluster.trust_list();
        cluster.stop();
        let refused = cluster.member_client(1, None).get("/1.0");
        assert!(matches!(refused, Err(Failure::Connect(_))), "{refused:?}");
        cluster.start();
        assert_eq!(cluster.trust_list(), before);
        assert_eq!(auth(&cluster, 2, cluster.admin()), "trusted");
    });
}
