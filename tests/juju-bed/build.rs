//! Builds the hook-tool program, which the library carries in itself, so that whoever depends on the crate has it.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=src/hook_tool.rs");
    let out = PathBuf::from(variable("OUT_DIR")).join("hook-tool");
    // For the machine that builds, as that is where the tests run, whatever the target of the rest.
    let status = Command::new(variable("RUSTC"))
        .args([
            "--edition=2024",
            "-O",
            "-Cpanic=abort",
            "-Cstrip=symbols",
            "-Ccodegen-units=1",
        ])
        .arg("-o")
        .arg(out)
        .arg("src/hook_tool.rs")
        .status()
        .expect("rustc starts, as it has built this script");
    assert!(status.success(), "the hook-tool program does not build");
}

fn variable(name: &str) -> OsString {
    env::var_os(name).unwrap_or_else(|| panic!("cargo sets {name}"))
}
