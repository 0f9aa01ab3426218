//! The operator's pages name everything that an operator can set, run and meet, and what they show is real.

use std::{collections::BTreeMap, iter};

use lab::{Lab, UNIT};
use lxd_bed::certificates::{self, Credential, Key, Validity};
use serde_json::{Value, json};

use crate::texts::{between, read};

/// What stands for the varying parts in the pages.
pub(crate) const ADDRESS: &str = "10.10.10.10:8443";
pub(crate) const MODEL: &str = "d3b0a2c4-0000-4000-8000-000000000001";

const ACTIONS: &str = "docs/reference/actions.md";

/// The string literals of a source file outside of comments and tests.
fn literals(path: &str) -> Vec<String> {
    let source = read(path);
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut rest = code.as_str();
    iter::from_fn(|| {
        let (_, after) = rest.split_once('"')?;
        let (literal, behind) = after.split_once('"')?;
        rest = behind;
        // A literal that goes on in the next line.
        let lines = literal.split("\\\n").map(str::trim_start);
        Some(lines.collect())
    })
    .collect()
}

/// What stands between the placeholders of a format string.
fn fixed_parts(format: &str) -> Vec<&str> {
    let pieces = format.split('{').enumerate();
    let outside = pieces.map(|(place, piece)| match place {
        0 => piece,
        _ => piece.split_once('}').map_or(piece, |(_, after)| after),
    });
    let parts = outside.map(str::trim).filter(|part| part.len() > 2);
    parts.collect()
}

#[test]
fn it_names_every_option() {
    let config: BTreeMap<String, BTreeMap<String, Value>> =
        serde_yaml::from_str(&read("config.yaml")).unwrap();
    let page = read("docs/reference/options.md");
    for option in config["options"].keys() {
        assert!(page.contains(&format!("| `{option}` |")), "{option}");
    }
}

#[test]
fn it_names_every_action_and_parameter() {
    let actions: BTreeMap<String, Value> = serde_yaml::from_str(&read("actions.yaml")).unwrap();
    let page = read(ACTIONS);
    for (action, schema) in &actions {
        let heading = format!("\n## `{action}`\n");
        let (_, section) = page.split_once(&heading).expect(action);
        let section = section.split("\n## ").next().unwrap();
        let params = schema["params"].as_object().into_iter().flatten();
        for (param, _) in params {
            assert!(section.contains(&format!("`{param}`")), "{action}: {param}");
        }
    }
}

#[test]
fn it_explains_every_status() {
    // With every run of white space as one blank, as a reader sees it.
    let page = read("docs/reference/status.md");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let files = ["hook/status", "credential/error", "credential/user_secret"];
    for file in files.map(|file| format!("src/{file}.rs")) {
        let messages = literals(&file);
        let parts = messages
            .iter()
            .filter(|literal| literal.contains(' '))
            .flat_map(|message| fixed_parts(message));
        for part in parts {
            assert!(page.contains(part), "{file}: {part:?}");
        }
    }
}

#[test]
fn it_explains_every_reason_for_a_rejection() {
    let reasons = literals("src/relation/rejection.rs");
    let codes = reasons.iter().filter_map(|text| text.split_once(": "));
    let codes: Vec<&str> = codes.map(|(code, _)| code).collect();
    assert!(codes.contains(&"other-type"), "{codes:?}");
    for page in ["rejections", "interface"] {
        let document = format!("docs/reference/{page}.md");
        let text = read(&document);
        for code in &codes {
            assert!(
                text.contains(&format!("| `{code}` |")),
                "{document}: {code}"
            );
        }
    }
}

/// What the page shows below a line, a JSON value.
fn shown_below(line: &str) -> Value {
    let page = read(ACTIONS);
    let (_, below) = page.split_once(&format!("\n{line}\n")).expect(line);
    let values = serde_json::Deserializer::from_str(below);
    values.into_iter().next().unwrap().unwrap()
}

fn command(action: &str) -> String {
    format!("$ juju run lxd-integrator/0 {action} --format=json")
}

/// A value with other words for what varies.
pub(crate) fn masked(value: &Value, words: &[(&str, &str)]) -> Value {
    let replaced = |text: &str| {
        words
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    };
    match value {
        Value::String(text) => replaced(text).into(),
        Value::Object(members) => members
            .iter()
            .filter(|(key, _)| *key != "ms")
            .map(|(key, value)| (replaced(key), masked(value, words)))
            .collect(),
        other => other.clone(),
    }
}

/// A charm with a credential of its own, for an LXD that is pinned by its fingerprint.
fn configured() -> (Lab, Credential) {
    let mut lab = Lab::new(lab::simulated());
    let own = certificates::make("lxd-integrator");
    lab.lxd.trust(&own.certificate_pem, "integrator");
    let (endpoint, pin) = (lab.lxd.endpoint(), presented(&lab));
    lab.configure(&endpoint, &own, &pin);
    (lab, own)
}

fn presented(lab: &Lab) -> String {
    Credential::from_pem(&lab.lxd.server_certificate_pem(), "").fingerprint
}

fn run(lab: &mut Lab, action: &str, parameters: &Value) -> Value {
    let result = lab.model.run(UNIT, action, parameters).expect("juju run");
    lab.settle();
    assert_eq!(result.status, "completed", "{}", result.message);
    result.results
}

#[test]
fn the_outputs_of_the_actions_are_real() {
    let (mut lab, _) = configured();
    let consumer = lab.relate("my-charm", 1);
    let good = certificates::make("my-charm-0");
    let old = certificates::make_with(Key::P256, "old", Validity::Expired);
    let texts = [&good.certificate_pem, &old.certificate_pem, "garbage"];
    lab.ask(&consumer, "my-charm/0", &texts);
    let list = run(&mut lab, "list-certificates", &json!({}));
    let nodes = run(&mut lab, "show-nodes", &json!({}));
    lab.lxd.distrust(&good.fingerprint);
    let plan = run(&mut lab, "sync", &json!({"dry-run": true}));
    let done = run(&mut lab, "sync", &json!({}));
    let alice = certificates::make("alice");
    let client = json!({"name": "alice", "cert": alice.certificate_pem});
    let added = run(&mut lab, "add-trusted-client", &client);
    let client = json!({"fingerprint": alice.fingerprint});
    let removed = run(&mut lab, "remove-trusted-client", &client);
    let token = run(&mut lab, "get-client-token", &json!({"name": "bob"}));

    let expires = |client: &Credential| {
        let expires = &list["certificates"][&client.fingerprint]["expires"];
        expires.as_str().expect("a time").to_owned()
    };
    let (later, before) = (expires(&good), expires(&old));
    let (address, model) = (lab.lxd.address().to_string(), lab.model.uuid().to_string());
    let (server, pin) = (lab.lxd.server_certificate_pem(), presented(&lab));
    let pem = "-----BEGIN CERTIFICATE-----\nMIIC…\n-----END CERTIFICATE-----\n";
    let words = [
        (address.as_str(), ADDRESS),
        (&model, MODEL),
        (&good.fingerprint, "a590…02"),
        (&good.fingerprint[..12], "a590…"),
        (&old.fingerprint, "e0e6…80"),
        (&alice.fingerprint, "0c12…51"),
        (&pin, "ee11…32"),
        (&later, "2036-11-20T00:11:30Z"),
        (&before, "2026-11-22T00:11:30Z"),
        (&server, pem),
        (token["token"].as_str().unwrap(), "eyJj…"),
    ];
    for (line, result) in [
        ("list-certificates", &list),
        ("show-nodes", &nodes),
        ("sync dry-run=true", &plan),
        ("sync", &done),
        (
            "add-trusted-client name=alice cert=\"$(cat alice.crt)\"",
            &added,
        ),
        ("remove-trusted-client fingerprint=0c12…51", &removed),
        ("get-client-token name=bob", &token),
    ] {
        assert_eq!(
            shown_below(&command(line)),
            masked(result, &words),
            "{line}"
        );
    }
}

#[test]
fn the_worked_failure_is_real() {
    let (mut lab, own) = configured();
    let consumer = lab.relate("my-charm", 1);
    let client = certificates::make("my-charm-0");
    lab.ask(&consumer, "my-charm/0", &[&client.certificate_pem]);
    let before = presented(&lab);
    lab.lxd.renew_certificate();
    lab.update_status(UNIT);
    let status = lab
        .status()
        .replace(&lab.lxd.address().to_string(), ADDRESS);
    let page = read("docs/how-to/troubleshoot.md");
    let (_, story) = page.split_once("\n## A worked failure\n").unwrap();
    let mut blocks = between(story, "\n```\n", "\n```\n");
    assert_eq!(status, format!("blocked: {}", blocks.next().unwrap()));

    let check = run(&mut lab, "check", &json!({}));
    let (address, now) = (lab.lxd.address().to_string(), presented(&lab));
    let own_detail = &check["steps"]["02-key-pair"]["detail"];
    let (_, until) = own_detail.as_str().unwrap().split_once("until ").unwrap();
    let words = [
        (address.as_str(), ADDRESS),
        (&own.fingerprint, "93d0…49"),
        (&now, "a8ef…4b"),
        (&before, "ee11…32"),
        (until, "2036-11-20T00:11:11Z"),
    ];
    let shown: Value = serde_json::from_str(blocks.next().unwrap()).unwrap();
    assert_eq!(masked(&shown, &[]), masked(&check, &words));

    lab.config(&[("lxd_server_cert", &now)]);
    for page in ["README.md", "docs/how-to/deploy.md"] {
        let said = format!("`{}` says that all is well", lab.status());
        assert!(read(page).contains(&said), "{page}: {said}");
    }
    assert_eq!(
        lab.databag(&consumer)["server_certificate_fingerprint"],
        now
    );
}
