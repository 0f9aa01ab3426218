//! The example runs, and shows what it should.

use std::{env, process::Command};

#[test]
fn a_charm_is_tried_with_one_command() {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["run", "--quiet", "--locked", "--package", "juju-bed"])
        .args(["--example", "try_charm"])
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr),
    );
    assert!(out.status.success(), "{stdout}{stderr}");
    for shown in [
        "charm/0 install: Exit(0)",
        "charm/0 api-relation-changed: Exit(0)",
        "    relation-get name -> Ada\n",
        "    relation-set greeting=Hello, Ada! -> \n",
        "\"greeting\": \"Hello, Ada!\"",
        "says Hello",
    ] {
        assert!(stdout.contains(shown), "{shown:?} is not in\n{stdout}");
    }
}
