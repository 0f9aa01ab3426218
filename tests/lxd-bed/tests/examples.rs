//! The example gives what `curl` and `lxc` need.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use lxd_bed::{certificates::Credential, client::Client};

/// `cargo test` builds examples before it runs tests; `--test examples` alone does not.
fn example(words: &[&str]) -> Command {
    let test = env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/try_lxd");
    assert!(program.is_file(), "cargo test -p lxd-bed makes {program:?}");
    let mut command = Command::new(program);
    command.args(words);
    command
}

#[test]
fn server_is_there_until_the_input_ends() {
    let mut shown: Child = example(&[])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(shown.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(2).map(Result::unwrap).collect();
    let address = lines[0].strip_prefix("LXD_URL=https://").unwrap();
    let folder = PathBuf::from(lines[1].strip_prefix("LXD_CONF=").unwrap());
    let read = |file| fs::read_to_string(folder.join(file)).unwrap();
    let admin = Credential::from_pem(&read("client.crt"), &read("client.key"));
    let address = address.parse().unwrap();
    let answer = Client::new(address, &read("servercerts/bed.crt"), Some(&admin)).get("/1.0");
    assert_eq!(answer.unwrap().metadata["auth"], "trusted");
    drop(shown.stdin.take());
    assert!(shown.wait().unwrap().success());
    assert!(!folder.exists());
}

#[test]
fn command_finds_the_folder_and_its_end_is_told() {
    let script = "test -s \"$LXD_CONF/client.key\" && echo \"$LXD_URL\" && exit $0";
    for (code, success) in [("0", true), ("7", false)] {
        let output = example(&["sh", "-c", script, code]).output().unwrap();
        assert_eq!(output.status.success(), success, "{output:?}");
        assert!(
            output.stdout.starts_with(b"https://127.0.0.1:"),
            "{output:?}"
        );
    }
}

/// Without `lxc` this is told by the last word of the tests: LXD is not there either.
#[test]
fn lxc_works_with_it() {
    let Some(lxc) = env::split_paths(&env::var_os("PATH").unwrap())
        .map(|folder| folder.join("lxc"))
        .find(|lxc| lxc.is_file())
    else {
        assert!(env::var_os("LXD_INTEGRATOR_REQUIRE_REAL").is_none());
        return;
    };
    let list = ["config", "trust", "list", "--format", "csv"];
    let words = [&[lxc.to_str().unwrap()][..], &list].concat();
    let output = example(&words).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("lxd-bed-admin"), "{shown}");
}
