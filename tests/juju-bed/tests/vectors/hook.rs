//! This program as the hook of a case: runs the steps as processes and notes what they say.

use std::{
    env, fs,
    io::Write,
    os::unix::{ffi::OsStringExt, process::CommandExt},
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};

/// The steps, beside the charm's folder.
pub(crate) const STEPS: &str = "steps.json";
/// What came of them, there too.
pub(crate) const RESULTS: &str = "results.json";

/// Runs the steps of the case in the working directory.
pub(crate) fn main(argv0: &str) -> ExitCode {
    let base = Path::new(argv0)
        .ancestors()
        .nth(2)
        .expect("the charm is in a folder");
    let plan = fs::read_to_string(base.join(STEPS)).expect("the steps are there");
    let plan: Value = serde_json::from_str(&plan).expect("the steps are JSON");
    let steps = plan["steps"].as_array().expect("a list of steps");
    let results: Vec<Value> = steps
        .iter()
        .map(|s| {
            if s["env-of-hook"] == true {
                surroundings(argv0)
            } else {
                run(s)
            }
        })
        .collect();
    fs::write(base.join(RESULTS), Value::from(results).to_string())
        .expect("the results can be written");
    if let Some(text) = plan["say"].as_str() {
        println!("{text}");
    }
    if let Some(text) = plan["say-err"].as_str() {
        writeln!(std::io::stderr(), "{text}").expect("the agent reads it");
    }
    ExitCode::from(u8::try_from(plan["exit"].as_u64().unwrap_or(0)).expect("an exit code"))
}

fn surroundings(argv0: &str) -> Value {
    let variables: Map<String, Value> = env::vars().map(|(k, v)| (k, v.into())).collect();
    let folder = env::current_dir().expect("a working directory");
    json!({ "env": variables, "argv0": argv0, "cwd": folder.display().to_string() })
}

fn run(step: &Value) -> Value {
    let argv: Vec<Vec<u8>> = step["run"]
        .as_array()
        .expect("a command")
        .iter()
        .map(decoded)
        .collect();
    let name = step["via"].as_str().map_or_else(
        || String::from_utf8_lossy(&argv[0]).into_owned(),
        Into::into,
    );
    let path = env::var("PATH").expect("a path");
    let tools = path.split(':').next().expect("the tools are first");
    let program = Path::new(tools).join(name);
    if !program.exists() {
        return json!({ "absent": true });
    }
    let mut command = Command::new(program);
    let mut argv = argv.into_iter().map(std::ffi::OsString::from_vec);
    command.arg0(argv.next().expect("a name")).args(argv);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, value) in step["env"].as_object().into_iter().flatten() {
        match value.as_str() {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(folder) = step["cwd"].as_str() {
        command.current_dir(folder);
    }
    let stdin = step.get("stdin").map(decoded);
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    outcome(&mut command, stdin.unwrap_or_default())
}

fn outcome(command: &mut Command, stdin: Vec<u8>) -> Value {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => return json!({ "spawn-error": e.raw_os_error() }),
    };
    let input = child.stdin.take();
    let writer = std::thread::spawn(move || {
        // A tool that does not read its input may have ended already.
        let _ = input.map(|mut input| input.write_all(&stdin));
    });
    let output = child.wait_with_output().expect("it can be waited for");
    writer.join().expect("writing does not panic");
    json!({
        "rc": output.status.code(),
        "out": BASE64.encode(output.stdout),
        "err": BASE64.encode(output.stderr),
    })
}

fn decoded(value: &Value) -> Vec<u8> {
    BASE64
        .decode(value.as_str().expect("base64"))
        .expect("base64")
}
