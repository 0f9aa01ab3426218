//! Consumers in other models: how they look to the offering side, and how they go.

use std::collections::BTreeSet;

use juju_bed::{
    context::{Refusal, Version},
    model::{Broken, Entry, Model, Parting},
};

use crate::shell::{VERSIONS, provider, requirer, variable};

const LOOK: &str = "relation-ids api; relation-list -r 0; relation-list --app -r 0 || true";

/// Units of a provider that look at relation 0 in their hooks, related to a consumer of one unit.
pub(crate) fn offered(version: Version, seed: u64, units: u32) -> (Model, String) {
    let charm = provider();
    charm.hook("update-status", LOOK);
    charm.hook("stop", LOOK);
    charm.hook("api-relation-created", "relation-set a=b");
    let mut model = Model::with_seed(version, seed).unwrap();
    model.deploy(charm.path(), "giver").unwrap();
    model.add_units("giver", units - 1).unwrap();
    let consumer = model.remote_cross_model(1).unwrap();
    let relation = model.integrate("giver:api", &consumer).unwrap();
    assert_eq!(relation, 0);
    model.settle().unwrap();
    (model, consumer)
}

pub(crate) fn kinds(model: &Model, unit: &str, from: usize) -> Vec<String> {
    let hooks = model.ran_on(unit).skip(from);
    hooks
        .map(|entry| entry.name.replace("api-relation-", ""))
        .collect()
}

/// What a unit sees of the relation in a hook of any kind.
fn look(model: &mut Model, unit: &str) -> String {
    model.update_status(unit).unwrap();
    model.settle().unwrap();
    let entry = model.ran_on(unit).last().unwrap();
    assert_eq!(entry.name, "update-status");
    printed(entry)
}

pub(crate) fn printed(entry: &Entry) -> String {
    String::from_utf8_lossy(&entry.ran.stdout).into_owned()
}

pub(crate) fn said(model: &mut Model, unit: &str, argv: &[&str]) -> (String, String) {
    let ran = model.exec(unit, argv).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    (text(&ran.stdout), text(&ran.stderr))
}

#[test]
fn a_consumer_has_an_opaque_name_and_no_goal() {
    for version in VERSIONS {
        let (mut model, consumer) = offered(version, 1, 1);
        let hex = consumer.strip_prefix("remote-").unwrap();
        assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = format!("{consumer}/0");
        assert_eq!(model.units(&consumer).join(" "), unit);
        let joined = model.journal().last().unwrap();
        assert_eq!(variable(joined, "JUJU_REMOTE_UNIT"), unit);
        assert_eq!(variable(joined, "JUJU_REMOTE_APP"), consumer);
        assert_eq!(
            look(&mut model, "giver/0"),
            format!("api:0\n{unit}\n{consumer}\n")
        );
        let goal = said(&mut model, "giver/0", &["goal-state", "--format=json"]).0;
        assert!(
            goal.ends_with("\"relations\":{}}") && goal.contains("giver/0"),
            "{goal}"
        );
        if version > Version::V2_9 {
            let asked = said(&mut model, "giver/0", &["relation-model-get"]);
            assert_eq!(asked.1, "ERROR no relation id specified");
            let uuid = said(&mut model, "giver/0", &["relation-model-get", "-r", "0"]).0;
            assert!(!uuid.contains(model.uuid()) && uuid.len() > 36, "{uuid}");
        }
    }
    let names: BTreeSet<String> = (1..4)
        .map(|seed| offered(Version::V4_0, seed, 1).1)
        .collect();
    assert_eq!(names.len(), 3);
}

#[test]
fn a_suspended_consumer_comes_back_with_empty_databags() {
    let (mut model, consumer) = offered(Version::V4_0, 1, 1);
    let unit = format!("{consumer}/0");
    model.write(0, &unit, &[("key", "text")]).unwrap();
    model.settle().unwrap();
    model
        .exec("giver/0", &["relation-set", "-r", "0", "late=yes"])
        .unwrap();
    let from = model.hooks("giver/0").len();
    model.suspend_relation(0).unwrap();
    model.settle().unwrap();
    assert_eq!(look(&mut model, "giver/0").lines().next(), None);
    model.resume_relation(0).unwrap();
    model.settle().unwrap();
    assert_eq!(
        kinds(&model, "giver/0", from),
        [
            "departed",
            "broken",
            "update-status",
            "created",
            "joined",
            "changed"
        ]
    );
    let own = model.databag(0, "giver/0").unwrap();
    assert!(own["a"] == "b" && !own.contains_key("late"));
    assert!(!model.databag(0, &unit).unwrap().contains_key("key"));
}

/// How each unit meets the end, and whether `relation-ids` lists the relation afterwards.
#[test]
fn a_consumer_goes_in_any_of_the_ways_that_were_seen() {
    let ways: [(Parting, &[&str], bool); 6] = [
        (Parting::USUAL, &["departed", "broken"], false),
        (Parting::BROKEN_ONLY, &["broken"], false),
        (Parting::DEPARTED, &["departed"], true),
        (Parting::DEPARTED_TWICE, &["departed", "departed"], true),
        (Parting::SILENT, &[], true),
        (Parting::SEEN[3], &["departed"], true),
    ];
    for (parting, hooks, stays) in ways {
        let (mut model, consumer) = offered(Version::V4_0, 1, 1);
        let from = model.hooks("giver/0").len();
        model.remove_cross_model(&consumer, Some(parting)).unwrap();
        model.settle().unwrap();
        assert_eq!(kinds(&model, "giver/0", from), hooks);
        for entry in model.ran_on("giver/0").skip(from) {
            let departing = variable(entry, "JUJU_DEPARTING_UNIT");
            let unit = format!("{consumer}/0");
            assert_eq!(
                departing,
                if entry.name.ends_with("departed") {
                    &unit
                } else {
                    ""
                }
            );
        }
        let listed = if stays {
            format!("api:0\n{consumer}\n")
        } else {
            String::new()
        };
        for _ in 0..2 {
            assert_eq!(look(&mut model, "giver/0"), listed, "{parting:?}");
        }
        assert_eq!(model.applications(), ["giver"]);
        // Until it breaks, the unit is in it.
        let waits = parting.broken == Broken::WhenLeaving;
        assert_eq!(model.all_relations().is_empty(), !waits);
    }
}

#[test]
fn a_relation_that_stays_is_refused_in_jujus_words() {
    let unauthorized = "ERROR permission denied (unauthorized access)";
    let not_found = "ERROR getting regular relation by key: relation not found";
    for (refusal, own, other) in [
        (Refusal::Unauthorized, unauthorized, unauthorized),
        (Refusal::NotFound, not_found, not_found),
        (Refusal::ByReader, unauthorized, not_found),
    ] {
        let (mut model, consumer) = offered(Version::V4_0, 1, 1);
        let parting = Parting::DEPARTED.refusing(refusal);
        model.remove_cross_model(&consumer, Some(parting)).unwrap();
        model.settle().unwrap();
        let (unit, denied) = (format!("{consumer}/0"), "ERROR permission denied");
        let unit_of_others = match refusal {
            Refusal::Unauthorized => denied,
            _ => not_found,
        };
        let set = "ERROR cannot read relation settings: permission denied";
        for (words, error) in [
            ("relation-get -r 0 - giver/0", denied),
            (&format!("relation-get -r 0 - {unit}"), unit_of_others),
            ("relation-get -r 0 --app - giver", own),
            (&format!("relation-get -r 0 --app - {consumer}"), other),
            ("relation-set -r 0 a=b", set),
        ] {
            let argv: Vec<&str> = words.split(' ').collect();
            let heard = said(&mut model, "giver/0", &argv);
            assert_eq!(heard, (String::new(), error.to_owned()));
            assert_eq!(model.journal().last().unwrap().ran.calls[0].exit, 1);
        }
        assert!(model.databag(0, "giver/0").is_none());
    }
}

#[test]
fn an_offer_is_listed_by_its_url_before_4_0() {
    for version in VERSIONS {
        let mut model = Model::new(version).unwrap();
        model.deploy(requirer().path(), "taker").unwrap();
        model.remote_offer("lxd", "admin/one.lxd").unwrap();
        model.integrate("taker:lxd", "lxd:api").unwrap();
        assert_eq!(model.add_remote_unit("lxd", 3).unwrap(), "lxd/3");
        model.settle().unwrap();
        let goal = &model.goal_state("taker")["relations"]["lxd"];
        let (name, status) = match version {
            Version::V4_0 => ("lxd", "joining"),
            _ => ("admin/one.lxd", "joined"),
        };
        assert_eq!(goal.as_object().unwrap().len(), 1);
        assert_eq!(goal[name]["status"], status);
        assert_eq!(
            said(&mut model, "taker/0", &["relation-list", "-r", "0"]).0,
            "lxd/3"
        );
        assert!(model.remove_cross_model("lxd", None).is_err());
        assert!(model.add_remote_unit("taker", 1).is_err());
    }
}

#[test]
fn an_offer_removed_by_force_leaves_its_consumers_in_sight() {
    for by_the_offer in [true, false] {
        let (mut model, consumer) = offered(Version::V4_0, 1, 1);
        let from = model.hooks("giver/0").len();
        if by_the_offer {
            model.remove_offer_forced("giver", "api").unwrap();
        } else {
            model.remove_application_forced(&consumer).unwrap();
        }
        model.settle().unwrap();
        let (hooks, listed): (&[&str], _) = match by_the_offer {
            true => (&[], format!("api:0\n{consumer}/0\n{consumer}\n")),
            false => (&["departed"], format!("api:0\n{consumer}\n")),
        };
        assert_eq!(kinds(&model, "giver/0", from), hooks);
        assert_eq!(look(&mut model, "giver/0"), listed);
        let own = said(
            &mut model,
            "giver/0",
            &["relation-get", "-r", "0", "-", "giver/0"],
        );
        assert_eq!(own.1, "ERROR permission denied");
    }
}

#[test]
fn neighbours_meet_the_end_differently() {
    let (mut model, consumer) = offered(Version::V4_0, 1, 2);
    let from = ["giver/0", "giver/1"].map(|unit| model.hooks(unit).len());
    model
        .remove_cross_model(&consumer, Some(Parting::DEPARTED_TWICE))
        .unwrap();
    model.part("giver/1", 0, Parting::USUAL).unwrap();
    model.settle().unwrap();
    assert_eq!(kinds(&model, "giver/0", from[0]), ["departed", "departed"]);
    assert_eq!(kinds(&model, "giver/1", from[1]), ["departed", "broken"]);
    assert!(model.part("giver/1", 0, Parting::USUAL).is_err());
    assert!(model.remove_cross_model("giver", None).is_err());
}

#[test]
fn chance_takes_every_way() {
    let ways: BTreeSet<Vec<String>> = (1..12)
        .map(|seed| {
            let (mut model, consumer) = offered(Version::V4_0, seed, 1);
            let from = model.hooks("giver/0").len();
            model.remove_cross_model(&consumer, None).unwrap();
            model.settle().unwrap();
            kinds(&model, "giver/0", from)
        })
        .collect();
    let way = |hooks: &[&str]| hooks.iter().map(|hook| (*hook).to_owned()).collect();
    let all = [
        way(&["departed"]),
        way(&["departed", "broken"]),
        way(&["departed", "departed"]),
    ];
    assert_eq!(ways, BTreeSet::from(all));
}
