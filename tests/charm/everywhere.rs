//! The same life of the charm, from deployment to removal, for each Juju with each LXD.

use juju_bed::{agent::End, context::Version, model::Model};
use lab::{APP, Lab, UNIT, charm};
use lxd_bed::{Daemon, Options, Profile, certificates};
use serde_json::{Value, json};

/// A test for each pair; the names of the tests are the table of what ran.
macro_rules! everywhere {
    ($($juju:ident: $version:expr;)*) => {
        $(mod $juju {
            use super::{Profile, Version, life, real, simulated};
            const JUJU: Version = $version;
            #[test] fn simulated_lxd_3_0() { life(simulated(Profile::Lxd3_0, 1), JUJU); }
            #[test] fn simulated_lxd_4_0() { life(simulated(Profile::Lxd4_0, 1), JUJU); }
            #[test] fn simulated_lxd_5_0() { life(simulated(Profile::Lxd5_0, 1), JUJU); }
            #[test] fn simulated_lxd_5_21() { life(simulated(Profile::Lxd5_21, 1), JUJU); }
            #[test] fn simulated_lxd_6() { life(simulated(Profile::Lxd6, 1), JUJU); }
            #[test] fn simulated_incus() { life(simulated(Profile::Incus, 1), JUJU); }
            #[test] fn simulated_incus_7() { life(simulated(Profile::Incus7, 1), JUJU); }
            #[test] fn simulated_cluster() { life(simulated(Profile::Lxd5_0, 3), JUJU); }
            #[test] fn real_lxd() { real(Profile::Lxd5_0, 1).into_iter().for_each(|lxd| life(lxd, JUJU)); }
            #[test] fn real_incus() { real(Profile::Incus, 1).into_iter().for_each(|lxd| life(lxd, JUJU)); }
            #[test] fn real_lxd_cluster() { real(Profile::Lxd5_0, 3).into_iter().for_each(|lxd| life(lxd, JUJU)); }
        })*
    };
}

everywhere! {
    juju_2_9: Version::V2_9;
    juju_3_6: Version::V3_6;
    juju_4_0: Version::V4_0;
}

fn options(profile: Profile, members: u32) -> Options {
    Options::named("node-1").profile(profile).members(members)
}

fn simulated(profile: Profile, members: u32) -> Daemon {
    Daemon::simulated(options(profile, members))
}

fn real(profile: Profile, members: u32) -> Option<Daemon> {
    Daemon::real(options(profile, members)).ok()
}

/// The nodes that a relation must be told, each with these fingerprints.
fn nodes(lab: &Lab, trusted: &[&str]) -> Value {
    let members = lab.lxd.members();
    let mut nodes: Vec<(String, String)> = members
        .iter()
        .map(|member| (member.name.clone(), format!("https://{}", member.address)))
        .collect();
    nodes.sort();
    let node =
        |(name, endpoint)| json!({"endpoint": endpoint, "name": name, "trusted_certs_fp": trusted});
    nodes.into_iter().map(node).collect()
}

fn status(lab: &Lab, rest: &str) -> String {
    match lab.lxd.members().len() {
        1 => format!("active: 1 node, {rest}"),
        many => format!("active: {many} nodes, {rest}"),
    }
}

fn life(lxd: Daemon, juju: Version) {
    let mut lab = Lab::with_version(lxd, juju);
    let before = lab.store();
    lab.model.trust(APP).unwrap();
    lab.settle();
    assert_eq!(lab.status(), status(&lab, "0 certificates for 0 relations"));
    assert_eq!(lab.model.application_version(APP), Some(lab.lxd.version()));

    let consumer = lab.relate("my-charm", 2);
    let (one, two, old) = (
        certificates::make("one"),
        certificates::make("two"),
        certificates::make("old"),
    );
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&one.certificate_pem, &old.certificate_pem, "garbage"],
    );
    lab.ask(
        &consumer,
        "my-charm/1",
        &[&two.certificate_pem, &one.certificate_pem],
    );
    assert_eq!(
        lab.status(),
        status(
            &lab,
            "3 certificates for 1 relation; 1 certificate rejected"
        )
    );
    let mut trusted = [&one.fingerprint[..], &two.fingerprint, &old.fingerprint];
    trusted.sort_unstable();
    assert_eq!(lab.published(&consumer, "nodes"), nodes(&lab, &trusted));
    for client in [&one, &two, &old] {
        assert_eq!(
            lab.store().get(&client.fingerprint),
            Some(&lab.entry_name(&consumer, client))
        );
        assert!(lab.opens_every_node(client));
    }

    // What was there before is published and stays; what goes, goes everywhere.
    let other = lab.relate("other", 1);
    let own = lab.lxd.admin().clone();
    lab.ask(
        &other,
        "other/0",
        &[&own.certificate_pem, &two.certificate_pem],
    );
    lab.ask(&consumer, "my-charm/0", &[&one.certificate_pem]);
    assert!(lab.opens_no_node(&old));
    lab.model.remove_unit("my-charm/1").unwrap();
    lab.settle();
    assert_eq!(
        lab.store().get(&two.fingerprint),
        Some(&lab.entry_name(&other, &two)),
        "handed over"
    );
    lab.lxd.distrust(&one.fingerprint);
    lab.update_status(UNIT);
    assert!(lab.opens_every_node(&one), "comes back");
    let (store, databag) = (lab.store(), lab.databag(&consumer));
    lab.update_status(UNIT);
    lab.model.refresh(APP, charm::archive_for(juju)).unwrap();
    lab.settle();
    assert_eq!((lab.store(), lab.databag(&consumer)), (store, databag));

    lab.model.remove_relation(APP, "my-charm").unwrap();
    lab.settle();
    assert!(lab.opens_no_node(&one));
    assert_eq!(lab.status(), status(&lab, "2 certificates for 1 relation"));
    lab.model.remove_application(APP).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
    for entry in lab.model.ran_on(UNIT) {
        assert_eq!(entry.ran.end, End::Exit(0), "{}", entry.name);
    }
}

#[test]
fn each_archive_is_taken_by_whom_it_is_for() {
    let (newer, for_2_9) = (charm::archive(), charm::archive_for_2_9());
    for (archive, juju) in [
        (&for_2_9, Version::V2_9),
        (&for_2_9, Version::V3_6),
        (&for_2_9, Version::V4_0),
        (&newer, Version::V3_6),
        (&newer, Version::V4_0),
    ] {
        let mut model = Model::new(juju).unwrap();
        let taken = model.deploy(archive, APP);
        assert!(taken.is_ok(), "{juju:?}, {}: {taken:?}", archive.display());
    }
    let mut model = Model::new(Version::V2_9).unwrap();
    let refused = model.deploy(&newer, APP).unwrap_err().to_string();
    assert!(
        refused.contains("unknown series for version: \"26.04\""),
        "{refused}"
    );
}
