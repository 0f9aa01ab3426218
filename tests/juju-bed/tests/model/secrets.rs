//! The operator's secrets, from the first grant to the hook that follows an update.

use juju_bed::{context::Version, model::Model};

use crate::shell::{Shell, quiet, variable};

fn charm() -> Shell {
    let charm = quiet("name: a\n", &[]);
    charm.file("config.yaml", "options: {s: {type: string}}\n", 0o644);
    charm.hook(
        "secret-changed",
        "secret-get $(config-get s) --refresh token",
    );
    charm
}

fn deployed(version: Version) -> (Model, String) {
    let mut model = Model::new(version).unwrap();
    model.deploy(charm().path(), "a").unwrap();
    let uri = model.add_secret("mine", &[("token", "one")]).unwrap();
    model.config("a", &[("s", &uri)]).unwrap();
    model.settle().unwrap();
    (model, uri)
}

fn said(model: &mut Model, argv: &[&str]) -> String {
    let ran = model.exec("a/0", argv).unwrap();
    let text = [ran.stdout, ran.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

#[test]
fn a_secret_is_read_when_it_is_granted() {
    for (version, refusal) in [
        (Version::V3_6, "ERROR permission denied\n"),
        (
            Version::V4_0,
            "ERROR \"a/0\" is not allowed to read this secret\n",
        ),
    ] {
        let (mut model, uri) = deployed(version);
        let get = ["secret-get", uri.as_str(), "--format=json"];
        assert_eq!(said(&mut model, &get), refusal);
        let before = model.journal().len();
        model.grant_secret(&uri, "a").unwrap();
        model.settle().unwrap();
        assert_eq!(model.journal().len(), before);
        assert_eq!(said(&mut model, &get), "{\"token\":\"one\"}\n");
        model.revoke_secret("mine", "a").unwrap();
        assert_eq!(said(&mut model, &get), refusal);
        model.remove_secret("mine").unwrap();
        assert!(said(&mut model, &get).contains("not found"));
    }
}

#[test]
fn new_content_is_read_when_it_is_asked_for() {
    let (mut model, uri) = deployed(Version::V4_0);
    model.grant_secret("mine", "a").unwrap();
    // Who has not read it is told nothing of changes.
    model.update_secret("mine", &[("token", "two")]).unwrap();
    model.settle().unwrap();
    let token = ["secret-get", uri.as_str(), "token"];
    assert_eq!(said(&mut model, &token), "two\n");

    let before = model.journal().len();
    model.update_secret(&uri, &[("token", "three")]).unwrap();
    model.update_secret(&uri, &[("token", "three")]).unwrap();
    assert_eq!(said(&mut model, &token), "two\n");
    assert_eq!(
        said(&mut model, &["secret-get", &uri, "token", "--peek"]),
        "three\n"
    );
    assert_eq!(said(&mut model, &token), "two\n");
    model.settle().unwrap();
    let hooks: Vec<_> = model.journal()[before..]
        .iter()
        .filter(|entry| entry.name == "secret-changed")
        .collect();
    let [hook] = hooks.as_slice() else {
        panic!("one hook, not {}", hooks.len());
    };
    assert_eq!(variable(hook, "JUJU_SECRET_ID"), uri);
    assert_eq!(variable(hook, "JUJU_SECRET_LABEL"), "");
    assert_eq!(variable(hook, "JUJU_DISPATCH_PATH"), "hooks/secret-changed");
    assert_eq!(hook.ran.stdout, b"three\n");
    assert_eq!(said(&mut model, &token), "three\n");
}

#[test]
fn a_label_stands_for_the_uri() {
    let (mut model, uri) = deployed(Version::V3_6);
    model.grant_secret(&uri, "a").unwrap();
    let label = ["secret-get", "--label", "mine", "token"];
    assert_eq!(
        said(&mut model, &["secret-get", "--label", "l"]),
        "ERROR consumer label \"l\" not found\n"
    );
    said(&mut model, &["secret-get", &uri, "--label", "mine"]);
    // A key is only taken behind a URI.
    assert_eq!(
        said(&mut model, &label),
        "ERROR secret URI \"token\" not valid\n"
    );
    assert_eq!(said(&mut model, &label[..3]), "{\"token\":\"one\"}\n");
    model.update_secret(&uri, &[("token", "two")]).unwrap();
    model.settle().unwrap();
    let last = model.journal().last().unwrap();
    assert_eq!(variable(last, "JUJU_SECRET_LABEL"), "mine");
}

#[test]
fn a_secret_is_checked_when_it_is_made() {
    let mut model = Model::new(Version::V4_0).unwrap();
    let mut refused = |name: &str, key: &str| {
        model
            .add_secret(name, &[(key, "x")])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused("n", "ab"), "key \"ab\" not valid");
    assert_eq!(refused("n", "a_b_c"), "key \"a_b_c\" not valid");
    assert_eq!(refused("n", "Abc"), "key \"Abc\" not valid");
    model.add_secret("n", &[("client-cert", "x")]).unwrap();
    let twice = model.add_secret("n", &[("abc", "x")]).unwrap_err();
    assert_eq!(twice.to_string(), "secret with name \"n\" already exists");
    assert!(model.grant_secret("n", "nobody").is_err());

    let mut old = Model::new(Version::V2_9).unwrap();
    let error = old.add_secret("n", &[("abc", "x")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "juju: \"add-secret\" is not a juju command. See \"juju --help\"."
    );
}
