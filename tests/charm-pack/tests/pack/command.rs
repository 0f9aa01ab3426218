//! The command line.

use std::process::{Command, Output};

use crate::charm::Charm;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_charm-pack"))
        .args(arguments)
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn write(charm: &Charm) -> Output {
    let (root, binary, archive) = (charm.path(""), charm.path("built"), charm.archive());
    let [root, binary, archive] = [&root, &binary, &archive].map(|path| path.to_str().unwrap());
    run(&[
        "write",
        "--root",
        root,
        "--binary",
        binary,
        "--arch",
        "amd64",
        "--bases",
        "24.04,22.04",
        archive,
    ])
}

#[test]
fn writes_and_then_finds_no_fault() {
    let charm = Charm::new();
    let output = write(&charm);
    assert!(output.status.success(), "{}", stderr(&output));
    let archive = charm.archive();
    let output = run(&[
        "check",
        "--arch",
        "amd64",
        "--bases",
        "24.04,22.04",
        archive.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn names_every_fault_and_exits_1() {
    let charm = Charm::new();
    write(&charm);
    let archive = charm.archive();
    let output = run(&[
        "check",
        "--arch",
        "arm64",
        "--bases",
        "24.04",
        archive.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let faults = "lxd-integrator is not for arm64 (ELF machine 62); manifest.yaml is not the one for arm64 on 24.04\n";
    assert!(stderr(&output).ends_with(faults), "{}", stderr(&output));
}

#[test]
fn explains_itself() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("Usage:"));
}

#[test]
fn refuses_what_it_does_not_understand() {
    let cases: [(&[&str], &str); 10] = [
        (&[], "a command and a file are needed"),
        (&["a", "b", "c"], "a command and a file are needed"),
        (&["--bases"], "--bases needs a value"),
        (&["--frob"], "unknown option --frob"),
        (
            &["--arch", "armhf"],
            "unknown architecture \"armhf\": one of amd64, arm64, ppc64el, riscv64, s390x",
        ),
        (&["check", "a"], "--arch is missing"),
        (&["check", "--arch", "amd64", "a"], "--bases is missing"),
        (&["list", "--arch", "amd64", "a"], "--root is missing"),
        (
            &["bill", "--library", "musl=1"],
            "\"musl=1\" is not glibc=VERSION or rust=VERSION",
        ),
        (&["frob", "--arch", "amd64", "a"], "unknown command frob"),
    ];
    for (arguments, reason) in cases {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            stderr(&output).starts_with(&format!("charm-pack: {reason}\n\nWrites")),
            "{}",
            stderr(&output)
        );
    }
}
