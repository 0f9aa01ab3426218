//! Time: when a failed hook is tried again, and when a dying unit is given up.

use std::fs;

use juju_bed::{
    context::Version,
    model::{Model, Patience},
};

use crate::shell::{Shell, VERSIONS, provider, related_to};

/// A provider related to a remote side, with a hook that fails until it is mended.
fn failing(version: Version, hook: &str) -> (Model, Shell) {
    let charm = provider();
    charm.hook(hook, "test -e ../mended");
    let (model, _) = related_to(version, &charm, [1, 1]);
    (model, charm)
}

/// How often a hook has run after so many seconds more.
fn runs(model: &mut Model, hook: &str, seconds: u64) -> usize {
    model.advance(seconds).unwrap();
    let ran = model.ran_on("giver/0");
    ran.filter(|entry| entry.name == hook).count()
}

#[test]
fn a_failed_hook_is_tried_after_5_10_20_seconds_up_to_300() {
    let (mut model, _charm) = failing(Version::V3_6, "update-status");
    model.update_status("giver/0").unwrap();
    let times = [0, 4, 1, 9, 1, 19, 1, 39, 1, 79, 1, 159, 1, 299, 1, 299, 1];
    let seen = times.map(|seconds| runs(&mut model, "update-status", seconds));
    assert_eq!(seen, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9]);
    assert_eq!(model.tries("giver/0"), 9);
    fs::write(model.agent_folder("giver/0").unwrap().join("mended"), "").unwrap();
    assert_eq!(runs(&mut model, "update-status", 300), 10);
    assert_eq!(model.tries("giver/0"), 0);
}

#[test]
fn juju_4_0_gives_up_a_dying_unit_that_stands_in_error() {
    for (hook, patience, tries) in [
        ("api-relation-broken", 20, 3),
        ("api-relation-departed", 20, 3),
        ("stop", 10, 2),
    ] {
        for version in VERSIONS {
            let (mut model, _charm) = failing(version, hook);
            model.remove_application("giver").unwrap();
            assert_eq!(runs(&mut model, hook, patience - 1), tries);
            assert_eq!(model.units("giver"), ["giver/0"]);
            let gone = version >= Version::V4_0;
            model.advance(1).unwrap();
            assert_eq!(model.applications().contains(&"giver".to_owned()), !gone);
            let last = model.journal().last().unwrap();
            assert_eq!(last.name, hook, "nothing runs after it");
        }
    }
}

#[test]
fn what_is_mended_in_time_goes_on_to_the_end() {
    let (mut model, _charm) = failing(Version::V4_0, "api-relation-broken");
    model.set_patience(Patience {
        stop: 10,
        other: 40,
    });
    model.remove_application("giver").unwrap();
    model.advance(39).unwrap();
    fs::write(model.agent_folder("giver/0").unwrap().join("mended"), "").unwrap();
    model.settle().unwrap();
    let hooks = model.hooks("giver/0");
    let last = hooks.iter().rev().take(3).rev();
    assert!(last.eq(["api-relation-broken", "stop", "remove"]));
}

/// It is its own standing in error that counts, not that of the unit before it was to leave.
#[test]
fn a_unit_that_was_in_error_before_gets_its_time() {
    let (mut model, _charm) = failing(Version::V4_0, "update-status");
    model.update_status("giver/0").unwrap();
    model.advance(1000).unwrap();
    model.remove_unit("giver/0").unwrap();
    model.advance(19).unwrap();
    assert_eq!(model.units("giver"), ["giver/0"]);
    model.advance(1).unwrap();
    assert!(model.units("giver").is_empty());
}

#[test]
fn a_unit_in_error_gets_new_files_by_force_or_in_4_0_and_no_upgrade_charm() {
    for (version, force) in VERSIONS.into_iter().flat_map(|v| [(v, false), (v, true)]) {
        let (mut model, charm) = failing(version, "update-status");
        charm.hook("upgrade-charm", "").hook("update-status", "");
        model.update_status("giver/0").unwrap();
        model.settle().unwrap();
        if force {
            model.refresh_forced("giver", charm.path()).unwrap();
        } else {
            model.refresh("giver", charm.path()).unwrap();
        }
        model.settle().unwrap();
        let replaced = force || version >= Version::V4_0;
        assert_eq!(model.tries("giver/0") == 0, replaced, "{version:?} {force}");
        let hooks = model.hooks("giver/0");
        assert!(!hooks.contains(&"upgrade-charm".to_owned()));
    }
}
