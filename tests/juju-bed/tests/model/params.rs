//! Parameters of actions, from the command line to `action-get`.

use juju_bed::{
    context::Version,
    model::{Model, Params},
};

use crate::shell::{deployed, quiet};

const ACTION: &str = "go: {additionalProperties: true, params: {text: {type: string}, list: {type: array}, flag: {type: boolean}}}\n";

fn model(version: Version) -> Model {
    let charm = quiet("name: a\n", &[]);
    charm.file("actions.yaml", ACTION, 0o644);
    charm.file("actions/go", "#!/bin/sh\naction-get --format=json\n", 0o755);
    deployed(version, &charm, "a")
}

/// What the action was given, or why it was not.
fn given(version: Version, params: &Params<'_>) -> String {
    match model(version).run_with(&["a/0"], "go", params) {
        Ok(results) if results[0].status == "completed" => {
            let out = results[0].results["stdout"].as_str();
            out.unwrap_or_default().trim_end().replace('"', "'")
        }
        Ok(results) => results[0].message.clone(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_value_is_read_as_yaml() {
    let no_map = "json: unsupported type: map[interface {}]interface {}";
    for (pair, expected) in [
        ("text=first\nsecond", "{'text':'first second'}"),
        ("a= padded #x", "{'a':'padded'}"),
        ("a=0644", "{'a':420}"),
        ("a=-0x10", "{'a':-16}"),
        ("a=1_000", "{'a':1000}"),
        ("a=1.50", "{'a':1.5}"),
        ("a=1e3", "{'a':'1e3'}"),
        ("a=12:30", "{'a':'12:30'}"),
        ("a=2026-11-28", "{'a':'2026-11-28'}"),
        ("a=Off", "{'a':false}"),
        ("a=", "{'a':''}"),
        ("a=~", "{'a':'\\u003cnil\\u003e'}"),
        (
            "a=[1, two, 3.5, [~]]",
            "{'a':'[1 two 3.5 [\\u003cnil\\u003e]]'}",
        ),
        ("a=[1234567]", "{'a':'[1.234567e+06]'}"),
        ("a.b.c=1", "{'a':'map[b:map[c:1]]'}"),
        ("a={b: c}", no_map),
        ("text=with: colon", no_map),
        ("a=[{b: c}]", no_map),
        (
            "text=yes",
            "cannot run \"go\" action: validation failed: (root).text : must be of type string, given true",
        ),
        (
            "list=[a]",
            "cannot run \"go\" action: validation failed: (root).list : must be of type array, given \"[a]\"",
        ),
        (
            "a",
            "argument \"a\" must be of the form key.key.key...=value",
        ),
        ("a='", "yaml: found unexpected end of stream"),
    ] {
        let params = Params {
            pairs: &[pair],
            ..Params::default()
        };
        assert_eq!(given(Version::V4_0, &params), expected, "{pair}");
    }
    let older = Params {
        pairs: &["a={b: [c, ~]}", "list=[a]"],
        ..Params::default()
    };
    assert_eq!(
        given(Version::V3_6, &older),
        "{'a':{'b':['c',null]},'list':['a']}"
    );
}

#[test]
fn string_args_and_files_keep_texts() {
    let texts = Params {
        pairs: &["text=first\nsecond: line", "a=0644"],
        string_args: true,
        ..Params::default()
    };
    assert_eq!(
        given(Version::V4_0, &texts),
        "{'a':'0644','text':'first\\nsecond: line'}"
    );
    let flag = Params {
        pairs: &["flag=true"],
        string_args: true,
        ..Params::default()
    };
    assert!(given(Version::V4_0, &flag).ends_with("must be of type boolean, given \"true\""));
    let file = Params {
        pairs: &["a.more=1", "text=over"],
        file: Some("text: x\na: {sub: [1, two]}\nlines: |\n  a: b\n  c\n"),
        ..Params::default()
    };
    assert_eq!(
        given(Version::V4_0, &file),
        "{'a':'map[more:1 sub:[1 two]]','lines':'a: b\\nc\\n','text':'over'}"
    );
    let list = Params {
        file: Some("[a]"),
        ..Params::default()
    };
    assert_eq!(
        given(Version::V4_0, &list),
        "params must contain a YAML map with string keys"
    );
}
