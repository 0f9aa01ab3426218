//! A recorded session: the operator's commands, and every hook that followed with all it saw.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

pub(crate) type Env = BTreeMap<String, String>;

/// The whole recording.
pub(crate) struct Recording {
    pub(crate) juju: String,
    /// The folder with its charms.
    pub(crate) charms: String,
    pub(crate) steps: Vec<Step>,
}

/// One command and what ran until the model was quiet.
pub(crate) struct Step {
    /// The words behind `juju`, or the name of what is no command.
    pub(crate) words: Vec<String>,
    pub(crate) failed: bool,
    pub(crate) said: String,
    pub(crate) hooks: Vec<Hook>,
}

/// One hook or action.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) model: String,
    pub(crate) unit: String,
    pub(crate) name: String,
    pub(crate) argv0: String,
    pub(crate) cwd: String,
    pub(crate) env: Env,
    pub(crate) calls: Vec<Call>,
    /// `exit 0`, `signal 9`
    pub(crate) end: String,
    /// Why Juju failed it although it exited with 0.
    pub(crate) commit_error: String,
}

/// One call of a tool.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) argv: Vec<String>,
    pub(crate) stdin: String,
    pub(crate) exit: i64,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Recording {
    pub(crate) fn read(path: &Path) -> Self {
        let text =
            fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json: Value = serde_json::from_str(&text).expect("a recording is JSON");
        let shared = env(&json["env_of_every_hook"]);
        let steps = json["steps"].as_array().expect("steps").iter();
        Self {
            juju: text_of(&json["juju"]),
            charms: json["charms"].as_str().unwrap_or("session-charms").into(),
            steps: steps.map(|step| Step::read(step, &shared)).collect(),
        }
    }

    /// The steps behind this one.
    pub(crate) fn after<'a>(&'a self, step: &'a Step) -> impl Iterator<Item = &'a Step> {
        let mut steps = self.steps.iter();
        steps.find(|known| std::ptr::eq(*known, step));
        steps
    }

    pub(crate) fn hooks(&self) -> impl Iterator<Item = &Hook> {
        self.steps.iter().flat_map(|step| &step.hooks)
    }

    /// What the first call that fits printed.
    pub(crate) fn printed(&self, fits: impl Fn(&Call) -> bool) -> Option<Value> {
        let call = self
            .hooks()
            .flat_map(|hook| &hook.calls)
            .find(|call| call.exit == 0 && fits(call))?;
        serde_json::from_str(&call.stdout).ok()
    }
}

impl Step {
    /// How many seconds it waits on purpose.
    pub(crate) fn waits(&self) -> u64 {
        match self.words.as_slice() {
            [verb, seconds] if verb == "wait" => seconds.parse().unwrap_or(0),
            _ => 0,
        }
    }

    fn read(step: &Value, shared: &Env) -> Self {
        let words = match step["step"].as_str() {
            Some(command) => split(command),
            None => step["step"]
                .as_object()
                .into_iter()
                .flatten()
                .flat_map(|(key, value)| [key.clone(), text_of(value)])
                .collect(),
        };
        let hooks = step["hooks"].as_array().into_iter().flatten();
        Self {
            words,
            failed: step["exit"].as_i64().unwrap_or(0) != 0,
            said: text_of(&step["said"]),
            hooks: hooks.map(|hook| Hook::read(hook, shared)).collect(),
        }
    }
}

impl Hook {
    fn read(hook: &Value, shared: &Env) -> Self {
        let mut all = shared.clone();
        all.extend(env(&hook["env"]));
        let end = hook["end"].as_object().and_then(|end| end.iter().next());
        Self {
            model: text_of(&hook["model"]),
            unit: text_of(&hook["unit"]),
            name: text_of(&hook["hook"]),
            argv0: text_of(&hook["argv0"]),
            cwd: text_of(&hook["cwd"]),
            env: all,
            // A tool that is not on PATH was never called.
            calls: hook["calls"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|call| call["exit"].is_i64())
                .map(Call::read)
                .collect(),
            end: end.map_or_else(
                || "exit 0".to_owned(),
                |(kind, number)| format!("{kind} {number}"),
            ),
            commit_error: text_of(&hook["commit-error"]),
        }
    }

    pub(crate) fn app(&self) -> &str {
        self.unit.split('/').next().unwrap_or_default()
    }

    pub(crate) fn failed(&self) -> bool {
        self.end.starts_with("exit") && self.end != "exit 0" || !self.commit_error.is_empty()
    }

    pub(crate) fn is_action(&self) -> bool {
        self.env.contains_key("JUJU_ACTION_NAME")
    }

    /// The number in `JUJU_RELATION_ID`.
    pub(crate) fn relation(&self) -> Option<u32> {
        relation_number(self.env.get("JUJU_RELATION_ID")?)
    }

    /// What makes two runs the same hook.
    pub(crate) fn identity(&self) -> String {
        let one = |name: &str| self.env.get(name).cloned().unwrap_or_default();
        format!(
            "{} {} {} {}",
            self.name,
            one("JUJU_RELATION_ID"),
            one("JUJU_REMOTE_UNIT"),
            one("JUJU_DEPARTING_UNIT")
        )
        .trim_end()
        .to_owned()
    }
}

impl Call {
    fn read(call: &Value) -> Self {
        let argv = call["argv"]
            .as_array()
            .into_iter()
            .flatten()
            .map(text_of)
            .collect();
        Self {
            argv,
            stdin: text_of(&call["stdin"]),
            exit: call["exit"].as_i64().unwrap_or(-1),
            stdout: text_of(&call["stdout"]),
            stderr: text_of(&call["stderr"]),
        }
    }

    pub(crate) fn asks(&self, word: &str) -> bool {
        self.argv.iter().any(|known| known == word)
    }

    pub(crate) fn tool(&self) -> &str {
        self.argv.first().map(String::as_str).unwrap_or_default()
    }
}

/// Words as a shell takes them apart.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut quote) = (Vec::new(), None);
    let mut word: Option<String> = None;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// `api:7` is 7.
pub(crate) fn relation_number(id: &str) -> Option<u32> {
    id.rsplit(':').next()?.parse().ok()
}

pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn env(value: &Value) -> Env {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.clone(), text_of(value)))
        .collect()
}
