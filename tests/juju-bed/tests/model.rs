//! What a recorded session does not reach: refusals of archives, coalescing, failing hooks, leaving units, copies, remote sides.

#[path = "model/agents.rs"]
mod agents;
#[path = "model/cross_model.rs"]
mod cross_model;
#[path = "model/forced.rs"]
mod forced;
#[path = "model/kills.rs"]
mod kills;
#[path = "model/secrets.rs"]
mod secrets;
#[path = "model/shell.rs"]
mod shell;
#[path = "model/together.rs"]
mod together;
#[path = "model/versions.rs"]
mod versions;

use std::{fs, io::Write, os::unix::fs::PermissionsExt};

use juju_bed::{
    agent::End,
    charm::Charm,
    context::Version,
    model::{Deploy, Model},
};
use serde_json::json;
use shell::{Shell, provider, quiet, related, requirer, variable};
use tempfile::TempDir;

#[test]
fn two_applications_meet() {
    let (giver, taker) = (provider(), requirer());
    giver.hook("api-relation-created", "relation-set greeting=hello");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(giver.path(), "giver").unwrap();
    model.deploy(taker.path(), "taker").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0"),
        ["install", "leader-elected", "config-changed", "start"]
    );

    let relation = model.integrate("giver:api", "taker:lxd").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("taker/0")[4..],
        [
            "lxd-relation-created",
            "lxd-relation-joined",
            "lxd-relation-changed"
        ]
    );
    assert_eq!(
        model.databag(relation, "giver/0").unwrap()["greeting"],
        "hello"
    );
}

#[test]
fn archives_are_refused_in_jujus_words() {
    let refused = |charm: &Shell, version: Version| {
        Model::new(version)
            .unwrap()
            .deploy(charm.path(), "app")
            .unwrap_err()
            .to_string()
    };
    let outside = Shell::new("name: a\n");
    outside.link("hooks/start", "../../target");
    assert_eq!(
        refused(&outside, Version::V4_0),
        "cannot extract \"hooks/start\": symlink \"../../target\" leads out of scope"
    );
    assert_eq!(
        refused(&outside, Version::V3_6),
        "symlink \"hooks/start\" links out of charm: \"../../target\""
    );

    let absolute = Shell::new("name: a\n");
    absolute.link("hooks/start", "/bin/true");
    assert_eq!(
        refused(&absolute, Version::V4_0),
        "cannot extract \"hooks/start\": symlink \"/bin/true\" is absolute"
    );

    let hookless = Shell::new("name: a\n");
    fs::remove_dir_all(hookless.path().join("hooks")).unwrap();
    assert_eq!(
        refused(&hookless, Version::V3_6),
        "invalid charm \"a\": has no hooks nor dispatch file"
    );

    let both = Shell::new("name: a\nseries: [jammy]\nassumes: [juju]\n");
    assert_eq!(
        refused(&both, Version::V4_0),
        "ambiguous metadata: keys \"series\" cannot be used with \"assumes\""
    );

    let minimum = Shell::new("name: a\nmin-juju-version: 2.9.0\n");
    assert_eq!(
        refused(&minimum, Version::V3_6),
        "min-juju-version in metadata v2 not valid"
    );

    let reserved = Shell::new("name: a\nprovides: {juju-x: y}\n");
    assert_eq!(
        refused(&reserved, Version::V4_0),
        "charm \"a\" using a reserved relation name: \"juju-x\""
    );

    let future = Shell::new("name: a\nassumes: [juju >= 9]\n");
    assert!(refused(&future, Version::V4_0).ends_with(
        "- charm requires feature \"juju\" (version >= 9.0.0) but model currently supports version 4.0.15"
    ));

    let option = Shell::new("name: a\n");
    option.file(
        "config.yaml",
        "options: {x: {type: string, default: 5}}\n",
        0o644,
    );
    assert_eq!(
        refused(&option, Version::V4_0),
        "invalid config default: option \"x\" expected string, got 5"
    );

    let secret = Shell::new("name: a\n");
    secret.file("config.yaml", "options: {x: {type: secret}}\n", 0o644);
    assert_eq!(
        refused(&secret, Version::V2_9),
        "invalid config: option \"x\" has unknown type \"secret\""
    );

    let action = Shell::new("name: a\n");
    action.file("actions.yaml", "my_action: {description: d}\n", 0o644);
    assert_eq!(refused(&action, Version::V4_0), "bad action name my_action");
}

#[test]
fn a_manifest_decides_the_base() {
    let base = |manifest: &str, version| {
        let charm = Shell::new("name: a\n");
        charm.file("manifest.yaml", manifest, 0o644);
        Charm::open(charm.path(), version)
            .map(|charm| charm.base)
            .map_err(|refused| refused.to_string())
    };
    let newer = "bases: [{name: ubuntu, channel: \"26.04\"}, {name: ubuntu, channel: \"24.04\"}, {name: ubuntu, channel: \"22.04\"}]";
    let older = "bases: [{name: ubuntu, channel: \"18.04\"}, {name: ubuntu, channel: \"22.04\"}]";
    assert_eq!(base(newer, Version::V4_0).unwrap(), "24.04");
    assert_eq!(base(newer, Version::V3_6).unwrap(), "24.04");
    assert_eq!(
        base(newer, Version::V2_9).unwrap_err(),
        "unknown series for version: \"26.04\""
    );
    assert_eq!(base(older, Version::V2_9).unwrap(), "18.04");
    assert_eq!(base(older, Version::V3_6).unwrap(), "22.04");
    let float = base("bases: [{name: ubuntu, channel: 22.04}]", Version::V4_0).unwrap_err();
    assert_eq!(
        float,
        "manifest: bases[0].channel: expected string, got float64(22.04)"
    );

    let none = Shell::new("name: a\n");
    fs::remove_file(none.path().join("manifest.yaml")).unwrap();
    let error = Charm::open(none.path(), Version::V4_0)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "charm metadata without bases in manifest not valid");
}

#[test]
fn controllers_before_4_repack() {
    let charm = Shell::new("name: a\n");
    charm
        .file("build/x", "", 0o644)
        .file("version", "1.2\n", 0o644)
        .file(".git/HEAD", "", 0o644)
        .file("run", "", 0o700);
    let names = |version| {
        let charm = Charm::open(charm.path(), version).unwrap();
        charm
            .archive
            .entries
            .iter()
            .map(|entry| entry.name.clone())
            .collect::<Vec<_>>()
    };
    assert!(names(Version::V4_0).contains(&"build/x".to_owned()));
    assert_eq!(
        names(Version::V3_6),
        [
            "hooks",
            "hooks/install",
            "manifest.yaml",
            "metadata.yaml",
            "run"
        ]
    );
}

#[test]
fn writes_coalesce_and_equal_writes_are_no_change() {
    let (mut model, relation) = related(Version::V4_0);
    let before = model.hooks("giver/0").len();
    for text in ["a", "b", "c"] {
        model.write(relation, "asks/0", &[("key", text)]).unwrap();
    }
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0")[before..], ["api-relation-changed"]);
    model.write(relation, "asks/0", &[("key", "c")]).unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0").len(), before + 1);
}

#[test]
fn juju_writes_addresses_into_databags() {
    let keys = |version| {
        let (model, relation) = related(version);
        model
            .databag(relation, "giver/0")
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(Version::V4_0), ["egress-subnets", "ingress-address"]);
    assert_eq!(
        keys(Version::V3_6),
        ["egress-subnets", "ingress-address", "private-address"]
    );
}

#[test]
fn an_application_databag_comes_before_its_new_units() {
    let (mut model, relation) = related(Version::V4_0);
    let before = model.hooks("giver/0").len();
    model.write(relation, "asks", &[("shared", "yes")]).unwrap();
    model.add_unit("asks").unwrap();
    model.settle().unwrap();
    let remote: Vec<String> = model
        .ran_on("giver/0")
        .skip(before)
        .map(|entry| format!("{} {}", entry.name, variable(entry, "JUJU_REMOTE_UNIT")))
        .collect();
    assert_eq!(
        remote,
        [
            "api-relation-changed ",
            "api-relation-joined asks/1",
            "api-relation-changed asks/1"
        ]
    );
}

#[test]
fn a_failed_hook_is_tried_again_and_leaves_only_its_status() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "config-changed",
        "status-set blocked why; state-set a=b; test -e ../fixed",
    );
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    let status = model.status("a/0").unwrap();
    assert_eq!(
        (status.status.as_str(), status.message.as_str()),
        ("error", "hook failed: \"config-changed\"")
    );
    assert_eq!(model.workload_status("a/0").unwrap().status, "blocked");
    assert!(model.state("a/0").unwrap().is_empty());

    model.settle().unwrap();
    assert_eq!(
        model
            .hooks("a/0")
            .iter()
            .filter(|hook| *hook == "config-changed")
            .count(),
        2
    );
    fs::write(model.agent_folder("a/0").unwrap().join("fixed"), "").unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("a/0")[4..], ["config-changed", "start"]);
    assert_eq!(model.state("a/0").unwrap()["a"], "b");
}

#[test]
fn resolved_without_retry_goes_on() {
    let charm = quiet("name: a\n", &[]);
    charm.hook("config-changed", "exit 1");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.set_retry_hooks(false);
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("a/0"),
        ["install", "leader-elected", "config-changed"]
    );
    model.resolve("a/0", false).unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("a/0"),
        ["install", "leader-elected", "config-changed", "start"]
    );
    assert!(model.resolve("a/0", true).is_err());
}

#[test]
fn a_killed_hook_runs_again_by_itself() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "state-set a=$JUJU_HOOK_NAME; test -e ../died || { touch ../died; kill -9 $$; }",
    );
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("a/0")[3..], ["start", "start"]);
    assert_eq!(model.journal()[3].ran.end, End::Signal(9));
    assert_eq!(model.state("a/0").unwrap()["a"], "start");
}

#[test]
fn a_lonely_unit_leaves_without_a_word_on_4_only() {
    let last = |version| {
        let mut model = Model::new(version).unwrap();
        model.deploy(provider().path(), "giver").unwrap();
        model.settle().unwrap();
        let before = model.journal().len();
        model.remove_application("giver").unwrap();
        model.settle().unwrap();
        assert!(model.applications().is_empty());
        model.journal()[before..]
            .iter()
            .map(|entry| entry.name.clone())
            .collect::<Vec<_>>()
    };
    assert!(last(Version::V4_0).is_empty());
    assert_eq!(last(Version::V3_6), ["stop", "remove"]);
}

#[test]
fn a_leaving_unit_sees_everybody_depart_because_of_itself() {
    let (mut model, _) = related(Version::V4_0);
    let before = model.journal().len();
    model.remove_unit("giver/0").unwrap();
    model.settle().unwrap();
    let left = &model.journal()[before..];
    let names: Vec<&str> = left.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "api-relation-departed",
            "api-relation-broken",
            "stop",
            "remove"
        ]
    );
    assert_eq!(variable(&left[0], "JUJU_DEPARTING_UNIT"), "giver/0");
    assert_eq!(variable(&left[0], "JUJU_REMOTE_UNIT"), "asks/0");
}

#[test]
fn a_remote_unit_departs_and_its_databag_stays_readable() {
    let (mut model, relation) = related(Version::V4_0);
    model.write(relation, "asks/0", &[("key", "text")]).unwrap();
    model.settle().unwrap();
    model.remove_unit("asks/0").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0").last().unwrap(),
        "api-relation-departed"
    );
    assert_eq!(model.databag(relation, "asks/0").unwrap()["key"], "text");
    let seen = model
        .exec("giver/0", &["relation-get", "-r", "0", "key", "asks/0"])
        .unwrap();
    assert_eq!(seen.stdout, b"text\n");
    model.remove_relation("giver", "asks").unwrap();
    model.settle().unwrap();
    assert_eq!(
        model.hooks("giver/0").last().unwrap(),
        "api-relation-broken"
    );
    assert!(model.databag(relation, "asks/0").is_none());
}

#[test]
fn peers_come_last_and_never_break() {
    let charm = quiet(
        "name: giver\nprovides: {api: lxd}\npeers: {all: x}\n",
        &["api", "all"],
    );
    for seed in 1..6 {
        let mut model = Model::with_seed(Version::V3_6, seed).unwrap();
        model
            .deploy_with(
                charm.path(),
                "giver",
                &Deploy {
                    units: 2,
                    ..Deploy::default()
                },
            )
            .unwrap();
        model.settle().unwrap();
        model.set_elections(false);
        model.remote("asks", 1).unwrap();
        let relation = model.integrate("giver", "asks:lxd").unwrap();
        let new = model.add_unit("giver").unwrap();
        model.settle().unwrap();
        let hooks = model.hooks(&new);
        let at = |name: &str| hooks.iter().position(|hook| hook == name).unwrap();
        assert!(
            at("api-relation-changed") < at("all-relation-joined"),
            "{hooks:?}"
        );
        model.write(relation, "asks/0", &[("a", "b")]).unwrap();
        model.remove_unit(&new).unwrap();
        model.settle().unwrap();
        let hooks = model.hooks(&new);
        assert!(hooks.contains(&"all-relation-departed".to_owned()));
        assert!(!hooks.contains(&"all-relation-broken".to_owned()));
    }
}

#[test]
fn trust_and_options_are_one_config_changed() {
    let charm = quiet("name: a\n", &[]);
    charm.file(
        "config.yaml",
        "options: {n: {type: int, default: 1}}\n",
        0o644,
    );
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    let mut runs = |act: &dyn Fn(&mut Model)| {
        let before = model.journal().len();
        act(&mut model);
        model.settle().unwrap();
        model.journal().len() - before
    };
    assert_eq!(runs(&|model| model.trust("a").unwrap()), 1);
    assert_eq!(runs(&|model| model.trust("a").unwrap()), 0);
    assert_eq!(runs(&|model| model.config("a", &[("n", "2")]).unwrap()), 1);
    assert_eq!(runs(&|model| model.config("a", &[("n", "2")]).unwrap()), 0);
    assert_eq!(runs(&|model| model.reset("a", &["n"]).unwrap()), 0);
    assert_eq!(runs(&|model| model.set_config_changed_twice(true)), 0);
    assert_eq!(runs(&|model| model.untrust("a").unwrap()), 2);
    let error = model.config("a", &[("n", "x")]).unwrap_err().to_string();
    assert_eq!(error, "option \"n\" expected int, got \"x\"");
}

#[test]
fn a_copy_goes_its_own_way() {
    let (mut model, relation) = related(Version::V4_0);
    let mut copy = model.try_clone().unwrap();
    copy.write(relation, "asks/0", &[("key", "text")]).unwrap();
    copy.settle().unwrap();
    let folder = copy.agent_folder("giver/0").unwrap();
    assert_ne!(folder, model.agent_folder("giver/0").unwrap());
    assert_eq!(copy.journal().len(), model.journal().len() + 1);
    drop(copy);
    assert!(!folder.exists());
    model.update_status("giver/0").unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("giver/0").last().unwrap(), "update-status");
}

#[test]
fn a_refresh_keeps_what_hooks_made() {
    let (old, new) = (quiet("name: a\n", &[]), quiet("name: a\n", &[]));
    old.file("gone", "", 0o644).hook("start", "touch made");
    new.file("came", "", 0o644).hook("upgrade-charm", "");
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(old.path(), "a").unwrap();
    model.settle().unwrap();
    model.refresh("a", new.path()).unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("a/0")[4..], ["upgrade-charm", "config-changed"]);
    let folder = model.agent_folder("a/0").unwrap().join("charm");
    assert_eq!(
        ["gone", "came", "made"].map(|name| folder.join(name).exists()),
        [false, true, true]
    );
}

#[test]
fn parameters_are_checked_before_the_action() {
    let charm = quiet("name: a\n", &[]);
    charm.file(
        "actions.yaml",
        "go: {additionalProperties: false, params: {n: {type: integer, default: 3}}}\n",
        0o644,
    );
    charm.file(
        "actions/go",
        "#!/bin/sh\naction-set n=$(action-get n)\n",
        0o755,
    );
    let run = |version, params: serde_json::Value| {
        let mut model = Model::new(version).unwrap();
        model.deploy(charm.path(), "a").unwrap();
        model.settle().unwrap();
        model
            .run("a/0", "go", &params)
            .map_err(|error| error.to_string())
    };
    let good = run(Version::V4_0, json!({})).unwrap();
    assert_eq!(
        (good.status.as_str(), &good.results["n"]),
        ("completed", &json!("3"))
    );
    let text =
        "validation failed: (root) : additional property \"bad\" is not allowed, given {\"bad\":1}";
    assert_eq!(run(Version::V4_0, json!({"bad": 1})).unwrap().message, text);
    assert_eq!(run(Version::V3_6, json!({"bad": 1})).unwrap_err(), text);
}

#[test]
fn a_commit_that_is_too_large_fails_the_hook() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "for n in $(seq 40); do { printf 'k%s: ' $n; head -c 60000 /dev/zero | tr '\\0' x; } | state-set --file -; done",
    );
    let ended = |version| {
        let mut model = Model::new(version).unwrap();
        model.deploy(charm.path(), "a").unwrap();
        model.settle().unwrap();
        model.state("a/0").unwrap().len()
    };
    assert_eq!(ended(Version::V4_0), 40);
    assert_eq!(ended(Version::V3_6), 0);
}

#[test]
fn calls_are_counted() {
    let charm = quiet("name: a\n", &[]);
    charm.hook(
        "start",
        "echo 'a: b' | state-set --file -; is-leader; is-leader",
    );
    let mut model = Model::new(Version::V4_0).unwrap();
    model.deploy(charm.path(), "a").unwrap();
    model.settle().unwrap();
    let start = model.journal().last().unwrap();
    assert_eq!(start.cost().calls, 3);
    assert_eq!(start.costs()["state-set"].round_trips, 2);
    assert_eq!(start.costs()["is-leader"].received, "True\n".len() * 2);
}

#[test]
fn an_archive_is_expanded_with_its_modes_and_links() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("a.charm");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let mode = |mode| zip::write::SimpleFileOptions::default().unix_permissions(mode);
    let files = [
        (
            "metadata.yaml",
            0o644,
            "name: a\nsummary: s\ndescription: d\n",
        ),
        (
            "manifest.yaml",
            0o644,
            "bases: [{name: ubuntu, channel: \"22.04\"}]\n",
        ),
        ("hooks/install", 0o644, "#!/bin/sh\n"),
        ("actions/go", 0o644, "#!/bin/sh\n"),
        ("run", 0o755, "#!/bin/sh\nstatus-set active \"$0\"\n"),
    ];
    for (name, bits, text) in files {
        zip.start_file(name, mode(bits)).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.add_symlink("hooks/start", "../run", mode(0o777))
        .unwrap();
    zip.add_symlink("hooks/stop", "../nowhere", mode(0o777))
        .unwrap();
    zip.finish().unwrap();

    for version in [Version::V2_9, Version::V3_6, Version::V4_0] {
        let mut model = Model::new(version).unwrap();
        model.deploy(&path, "a").unwrap();
        model.settle().unwrap();
        let charm = model.agent_folder("a/0").unwrap().join("charm");
        let executable =
            |name: &str| fs::metadata(charm.join(name)).unwrap().permissions().mode() & 0o100 != 0;
        assert!(executable("hooks/install"));
        assert!(!executable("actions/go"));
        assert_eq!(model.hooks("a/0"), ["install", "start"]);
        let status = model.status("a/0").unwrap();
        assert_eq!(
            status.message,
            charm.join("hooks/start").display().to_string()
        );
    }
}
