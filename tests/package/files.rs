//! What lies in the project's folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lxd_integrator::{
    credential::{OPTIONS, RESTRICT_TO_PROJECTS},
    decision::event::ACTIONS,
    hook::environment::HOOKS,
};
use serde_yaml::Value;

/// The hooks that Juju runs for any charm, as far as this one could want them.
const UNIT_HOOKS: [&str; 10] = [
    "config-changed",
    "install",
    "leader-elected",
    "leader-settings-changed",
    "remove",
    "secret-changed",
    "start",
    "stop",
    "update-status",
    "upgrade-charm",
];
const RELATION_HOOKS: [&str; 5] = ["broken", "changed", "created", "departed", "joined"];

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn yaml(name: &str) -> Value {
    let text = fs::read_to_string(root(name)).unwrap();
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The links in a folder, by name.
fn links(folder: &str) -> BTreeMap<String, PathBuf> {
    let Ok(entries) = fs::read_dir(root(folder)) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read_link(entry.path()).unwrap(),
            )
        })
        .collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_mapping()
        .unwrap()
        .keys()
        .map(|key| key.as_str().unwrap())
        .collect()
}

#[test]
fn the_charm_is_named_as_the_package() {
    assert_eq!(yaml("metadata.yaml")["name"], env!("CARGO_PKG_NAME"));
}

#[test]
fn the_only_endpoint_is_api() {
    let metadata = yaml("metadata.yaml");
    assert_eq!(keys(&metadata["provides"]), ["api"]);
    assert_eq!(metadata["provides"]["api"]["interface"], "lxd");
    assert!(metadata.get("requires").is_none() && metadata.get("peers").is_none());
}

#[test]
fn every_juju_from_2_9_accepts_the_metadata() {
    let metadata = yaml("metadata.yaml");
    for key in ["name", "summary", "description"] {
        assert!(
            metadata[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key} is required"
        );
    }
    for key in ["series", "min-juju-version", "deployment"] {
        assert!(
            metadata.get(key).is_none(),
            "{key} cannot stand beside assumes"
        );
    }
    assert_eq!(metadata["assumes"], Value::from(vec!["juju >= 2.9"]));
}

#[test]
fn the_description_says_what_a_certificate_may_do() {
    let description = yaml("metadata.yaml")["description"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        description.contains("an administrator of that LXD"),
        "{description}"
    );
}

#[test]
fn the_options_are_those_that_the_code_reads() {
    let config = yaml("config.yaml");
    assert_eq!(keys(&config), ["options"]);
    let credential = OPTIONS.iter();
    let all: Vec<&str> = credential.chain(&[RESTRICT_TO_PROJECTS]).copied().collect();
    assert_eq!(keys(&config["options"]), all);
}

#[test]
fn every_option_is_an_empty_string_until_it_is_set() {
    for (name, option) in yaml("config.yaml")["options"].as_mapping().unwrap() {
        assert_eq!(option["type"], "string", "{name:?}");
        assert_eq!(option["default"], "", "{name:?}");
        assert!(
            option["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{name:?}"
        );
    }
}

#[test]
fn the_actions_are_those_that_the_code_answers() {
    let actions = yaml("actions.yaml");
    let links = links("actions");
    let code: BTreeSet<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(keys(&actions).into_iter().collect::<BTreeSet<_>>(), code);
    assert_eq!(
        links.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        code
    );
    assert!(
        links
            .values()
            .all(|target| target == Path::new("../lxd-integrator")),
        "{links:?}"
    );
}

#[test]
fn every_action_is_described_and_takes_no_more_than_it_says() {
    let said = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let page = fs::read_to_string(root("docs/reference/actions.md")).unwrap();
    for (name, spec) in yaml("actions.yaml").as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        assert!(said(&spec["description"]), "{name}");
        assert_eq!(spec["additionalProperties"], false, "{name}");
        assert!(page.contains(&format!("\n## `{name}`\n")), "{name}");
        let parameters = spec["params"].as_mapping().into_iter().flatten();
        for (parameter, schema) in parameters {
            assert!(said(&schema["description"]), "{name} {parameter:?}");
            assert!(said(&schema["type"]), "{name} {parameter:?}");
        }
    }
}

#[test]
fn the_hooks_are_those_that_the_code_answers() {
    let links = links("hooks");
    assert_eq!(
        links.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        HOOKS.iter().copied().collect()
    );
    assert!(
        links
            .values()
            .all(|target| target == Path::new("../lxd-integrator")),
        "{links:?}"
    );
}

#[test]
fn juju_knows_every_hook() {
    let metadata = yaml("metadata.yaml");
    let mut known: BTreeSet<String> = UNIT_HOOKS.into_iter().map(str::to_owned).collect();
    for endpoint in keys(&metadata["provides"]) {
        known.extend(RELATION_HOOKS.map(|hook| format!("{endpoint}-relation-{hook}")));
    }
    let unknown: Vec<_> = HOOKS
        .iter()
        .filter(|hook| !known.contains(**hook))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_icon_is_a_square_of_100() {
    let icon = fs::read_to_string(root("icon.svg")).unwrap();
    assert!(icon.contains(r#"viewBox="0 0 100 100" width="100" height="100""#));
}
