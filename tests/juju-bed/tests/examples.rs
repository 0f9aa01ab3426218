//! The example runs, and shows what it should.

use std::{env, process::Command};

#[test]
fn a_charm_is_tried() {
    // `cargo test` builds examples before it runs tests; `--test examples` alone does not.
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/try_charm");
    assert!(
        program.is_file(),
        "cargo test -p juju-bed makes {program:?}"
    );
    let out = Command::new(program).output().unwrap();
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
