//! Archives: which are refused, what becomes of their files, what stays when they are replaced.

use std::{fs, io::Write, os::unix::fs::PermissionsExt};

use juju_bed::{charm::Charm, context::Version, model::Model};
use tempfile::TempDir;

use crate::shell::{Shell, deployed, quiet};

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

#[test]
fn a_refresh_keeps_what_hooks_made() {
    let (old, new) = (quiet("name: a\n", &[]), quiet("name: a\n", &[]));
    old.file("gone", "", 0o644).hook("start", "touch made");
    new.file("came", "", 0o644).hook("upgrade-charm", "");
    let mut model = deployed(Version::V4_0, &old, "a");
    model.refresh("a", new.path()).unwrap();
    model.settle().unwrap();
    assert_eq!(model.hooks("a/0")[4..], ["upgrade-charm", "config-changed"]);
    let folder = model.agent_folder("a/0").unwrap().join("charm");
    assert_eq!(
        ["gone", "came", "made"].map(|name| folder.join(name).exists()),
        [false, true, true]
    );
}

/// The bases of the archive for Juju 3 and 4, and of the one for 2.9.
const FOR_3: [&str; 4] = ["26.04", "24.04", "22.04", "20.04"];
const FOR_2_9: [&str; 4] = ["22.04", "20.04", "18.04", "16.04"];

/// Only this much of a charm decides whether a version takes it.
fn archive(bases: [&str; 4]) -> Shell {
    let charm = Shell::new("name: a\nassumes: [\"juju >= 2.9\"]\n");
    let bases = bases
        .map(|base| format!("{{name: ubuntu, channel: \"{base}\", architectures: [amd64]}}"))
        .join(", ");
    charm.file("manifest.yaml", &format!("bases: [{bases}]\n"), 0o644);
    charm.file("run", "#!/bin/sh\n", 0o755);
    charm.link("hooks/start", "../run");
    charm
}

#[test]
fn each_archive_is_taken_where_it_is_for() {
    let base = |bases, version| {
        Charm::open(archive(bases).path(), version)
            .map(|charm| charm.base)
            .map_err(|refused| refused.to_string())
    };
    assert_eq!(base(FOR_2_9, Version::V2_9).unwrap(), "22.04");
    assert_eq!(base(FOR_3, Version::V3_6).unwrap(), "24.04");
    assert_eq!(base(FOR_3, Version::V4_0).unwrap(), "24.04");
    // Newer Jujus pass over bases that they cannot deploy.
    assert_eq!(base(FOR_2_9, Version::V3_6).unwrap(), "22.04");
    assert_eq!(base(FOR_2_9, Version::V4_0).unwrap(), "22.04");
}

#[test]
fn juju_2_9_refuses_a_base_that_it_does_not_know() {
    let refused = |charm: &Shell| {
        let mut model = Model::new(Version::V2_9).unwrap();
        let error = model.deploy(charm.path(), "a").unwrap_err().to_string();
        assert!(model.applications().is_empty());
        error
    };
    assert_eq!(
        refused(&archive(FOR_3)),
        "unknown series for version: \"26.04\""
    );
    assert_eq!(
        refused(&archive(["22.04", "24.04", "20.04", "18.04"])),
        "unknown series for version: \"24.04\""
    );

    let riscv = Shell::new("name: a\n");
    let bases = "bases: [{name: ubuntu, channel: \"22.04\", architectures: [riscv64]}]\n";
    riscv.file("manifest.yaml", bases, 0o644);
    assert_eq!(
        refused(&riscv),
        "manifest: architecture \"riscv64\" not valid"
    );
    assert!(Charm::open(riscv.path(), Version::V3_6).is_ok());
}
