//! One case for one version: run, and held against the recording.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use juju_bed::{
    agent::{self, Orders, Place, Ran},
    context::{Context, Run, Version},
};
use serde_json::{Value, json};

use crate::{
    effects,
    expression::{bytes, written_out},
    findings::{Findings, NotDone, shown},
    hook, scenario,
};

pub(crate) const VERSIONS: [(&str, Version); 3] = [
    ("2.9", Version::V2_9),
    ("3.6", Version::V3_6),
    ("4.0", Version::V4_0),
];

/// What came of a case.
pub(crate) enum Outcome {
    /// Everything is as recorded.
    Agrees,
    /// It could not be compared, because of this.
    NotDone(NotDone),
    /// Something is not as recorded.
    Differs(Vec<String>),
}

/// A case for one version.
pub(crate) struct Case<'a> {
    recorded: &'a Value,
    expected: &'a Value,
    scenarios: &'a Value,
    version: (&'static str, Version),
}

impl<'a> Case<'a> {
    /// The versions of a recorded case.
    pub(crate) fn of_each_version(recorded: &'a Value, scenarios: &'a Value) -> Vec<Self> {
        let expect = recorded["expect"].as_object().expect("what is expected");
        let find = |name: &str| {
            let mut found = expect
                .iter()
                .filter(|(versions, _)| versions.split(' ').any(|v| v == name || v == "all"));
            found.next().map(|(_, expected)| expected)
        };
        VERSIONS
            .into_iter()
            .filter_map(|version| {
                Some(Self {
                    recorded,
                    expected: find(version.0)?,
                    scenarios,
                    version,
                })
            })
            .collect()
    }

    /// The number of its version in [`VERSIONS`].
    pub(crate) fn version(&self) -> usize {
        VERSIONS
            .iter()
            .position(|known| known.0 == self.version.0)
            .expect("it is one of them")
    }

    /// The case and the version.
    pub(crate) fn name(&self) -> String {
        format!(
            "{} {}",
            self.recorded["id"].as_str().unwrap_or_default(),
            self.version.0
        )
    }

    /// Runs it in a folder that earlier cases may have used, and compares everything.
    pub(crate) fn replay(&self, folder: &Path) -> Outcome {
        let scenario = scenario::find(
            self.scenarios,
            self.text("scenario"),
            self.recorded.get("with"),
        );
        let context = scenario::context(self.version.1, &scenario);
        // The tools stay, as they are many.
        let base = folder.join(self.version.0);
        self.prepare(&base);
        match run(&base, &context) {
            Ok(ran) => self.compare(&base, &context, &ran),
            Err(e) => Outcome::Differs(vec![format!("the bed failed: {e}")]),
        }
    }

    fn text(&self, key: &str) -> &str {
        self.recorded[key].as_str().unwrap_or_default()
    }

    /// Makes the charm and the plan of the steps.
    fn prepare(&self, base: &Path) {
        let charm = base.join("charm");
        let _ = fs::remove_dir_all(&charm);
        let _ = fs::remove_file(base.join(hook::RESULTS));
        fs::create_dir_all(&charm).expect("a folder for the charm");
        if let Some(layout) = self.recorded["layout"].as_object() {
            for (name, file) in layout {
                lay_out(&charm.join(name), file);
            }
            return;
        }
        fs::create_dir(charm.join("hooks")).expect("a folder for hooks");
        for (name, content) in self.recorded["files"].as_object().into_iter().flatten() {
            let path = charm.join(name);
            fs::create_dir_all(path.parent().expect("it is in the charm")).expect("a folder");
            fs::write(path, bytes(content)).expect("a file");
        }
        let this = std::env::current_exe().expect("this program has a path");
        symlink(this, charm.join("dispatch")).expect("a link");
        let steps: Vec<Value> = self.recorded["steps"]
            .as_array()
            .into_iter()
            .flatten()
            .map(encoded)
            .collect();
        let plan = json!({
            "steps": steps,
            "exit": self.recorded["exit"],
            "say": self.recorded["say"],
            "say-err": self.recorded["say-err"],
        });
        fs::write(base.join(hook::STEPS), plan.to_string()).expect("the plan can be written");
    }

    fn compare(&self, base: &Path, context: &Context, ran: &Ran) -> Outcome {
        let mut found = Findings {
            base: base.display().to_string(),
            ..Findings::default()
        };
        let results = fs::read_to_string(base.join(hook::RESULTS)).unwrap_or_else(|_| "[]".into());
        let results: Vec<Value> = serde_json::from_str(&results).expect("the hook writes JSON");
        let none = Vec::new();
        let expected = self.expected["steps"].as_array().unwrap_or(&none);
        for (number, step) in expected.iter().enumerate() {
            let command = written_out(&self.recorded["steps"][number]["run"]);
            found.label = shown(format!("step {number} {command}").as_bytes());
            let in_json = command.to_string().contains("--format=json")
                || command.to_string().contains("\"--format\",\"json\"");
            let result = results.get(number).unwrap_or(&Value::Null);
            found.step(step, result, in_json);
            if found.at_an_end() {
                break;
            }
        }
        if let Some(handler) = self.expected["handler"].as_str() {
            found.label = "handler".into();
            found.same("", handler.as_bytes(), handler_of(ran).as_bytes());
        }
        found.label = "effects".into();
        let with_code =
            self.recorded.get("exit").is_some() || self.recorded.get("layout").is_some();
        let effects = effects::recorded(context, ran, with_code);
        let expected = self
            .expected
            .get("effects")
            .map_or_else(|| json!({}), written_out);
        if !found.at_an_end() {
            found.effects(&expected, &effects);
        }
        match (found.differences.is_empty(), found.not_done) {
            (false, _) => Outcome::Differs(found.differences),
            (true, Some(what)) => Outcome::NotDone(what),
            (true, None) => Outcome::Agrees,
        }
    }
}

fn run(base: &Path, context: &Context) -> std::io::Result<Ran> {
    let place = Place {
        base: base.into(),
        path: "/usr/bin:/bin".into(),
        api_addresses: "10.9.0.2:17070".into(),
        availability_zone: String::new(),
        no_proxy: String::new(),
        extra_env: Vec::new(),
    };
    match context.run {
        Run::Exec => agent::exec(
            &place,
            context,
            &Orders::default(),
            &[base.join("charm/dispatch").display().to_string()],
        ),
        _ => agent::run(&place, context, &Orders::default()),
    }
}

fn handler_of(ran: &Ran) -> &'static str {
    if ran.env.is_empty() {
        "invalid"
    } else if ran.argv0.ends_with("/dispatch") {
        "dispatch"
    } else {
        "explicit"
    }
}

fn lay_out(path: &Path, file: &Value) {
    fs::create_dir_all(path.parent().expect("it is in the charm")).expect("a folder");
    if let Some(target) = file["link"].as_str() {
        symlink(target, path).expect("a link");
        return;
    }
    fs::write(path, bytes(&file["text"])).expect("a file");
    let mode = file["mode"]
        .as_u64()
        .and_then(|m| u32::try_from(m).ok())
        .expect("a mode");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
}

/// A step with its texts in base64, as bytes do not go through JSON.
fn encoded(step: &Value) -> Value {
    let mut step = step.clone();
    let code = |value: &Value| Value::from(BASE64.encode(bytes(value)));
    if let Some(argv) = step["run"].as_array() {
        step["run"] = argv.iter().map(code).collect();
    }
    if let Some(stdin) = step.get("stdin") {
        step["stdin"] = code(stdin);
    }
    step
}
