//! What becomes of a run when its process has ended: logged, committed or discarded, finished as an action.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value, json};

use crate::{
    context::{ActionEnd, Context, Effects, Run, Version},
    tools::Session,
};

use super::{
    End, Ran, env,
    output::{self, Piece},
};

const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// How the process came to its end.
#[derive(Debug)]
pub(super) enum Ending {
    /// It ran.
    Ended(End),
    /// The system would not start it; the runner's words.
    NotStarted(String),
}

impl Ending {
    /// Why the run failed, if it did, in the words of the runner.
    fn failure(&self) -> Option<String> {
        match self {
            Self::NotStarted(reason) => Some(reason.clone()),
            Self::Ended(End::Exit(0) | End::NotRun) => None,
            Self::Ended(End::Exit(code)) => Some(format!("exit status {code}")),
            Self::Ended(End::Signal(SIGKILL | SIGTERM)) => Some("terminated".into()),
            Self::Ended(End::Signal(signal)) => Some(format!("signal: {}", signal_name(*signal))),
        }
    }

    fn killed(&self) -> bool {
        matches!(self, Self::Ended(End::Signal(SIGKILL | SIGTERM)))
    }

    /// As Go has it: -1 without a real one.
    fn exit_code(&self) -> i32 {
        match self {
            Self::Ended(End::Exit(code)) => *code,
            _ => -1,
        }
    }
}

/// A run of which no process came to be: skipped if there was nothing to run, else failed for this reason.
pub(super) fn without_process(context: &Context, file: &Path, reason: Option<&str>) -> Ran {
    let mut effects = Effects::default();
    if matches!(context.run, Run::Action { .. }) {
        let message = match reason {
            Some(reason) => reason.into(),
            None => format!("action not implemented on unit \"{}\"", context.unit),
        };
        effects.action = Some(ActionEnd {
            status: "failed".into(),
            message,
            results: json!({}),
        });
    } else {
        effects.hook_error = reason.map(Into::into);
        effects.skipped = reason.is_none();
    }
    Ran {
        argv0: file.display().to_string(),
        env: Vec::new(),
        calls: Vec::new(),
        end: End::NotRun,
        wall: std::time::Duration::ZERO,
        peak_kib: 0,
        stdout: Vec::new(),
        stderr: Vec::new(),
        effects,
    }
}

/// Everything that the run leaves behind.
pub(super) fn effects(
    session: Session<'_>,
    stdout: &[u8],
    stderr: &[u8],
    ending: &Ending,
) -> Effects {
    let context = session.context();
    let refusal = match &context.commit_error {
        Some(text) => Some(text.clone()),
        None => {
            let commit = session.commit();
            session
                .leadership_lost(&commit)
                .or_else(|| session.sent_twice(&commit))
        }
    };
    let (commit, mut effects, mut action) = session.finish();
    let (out, err) = (output::pieces(stdout), output::pieces(stderr));
    if !matches!(context.run, Run::Exec) {
        log_output(context, &mut effects, "DEBUG", &out);
        log_output(context, &mut effects, "WARNING", &err);
    }

    let failure = ending.failure();
    // An exit code does not make an exec a failure.
    let ended_well = match context.run {
        Run::Exec => matches!(ending, Ending::Ended(End::Exit(_))),
        _ => failure.is_none(),
    };
    let mut refused = None;
    if ended_well {
        match refusal {
            Some(text) => {
                let prefix = if context.version == Version::V2_9 {
                    "cannot apply changes: "
                } else {
                    ""
                };
                refused = Some(format!("{prefix}{text}"));
                effects.in_vain = Some(commit);
            }
            None => (effects.relations, effects.state) = (commit.relations, commit.state),
        }
    }

    let (is_exec, is_action) = (
        matches!(context.run, Run::Exec),
        matches!(context.run, Run::Action { .. }),
    );
    let failure = failure.filter(|_| !ended_well);
    if is_exec || is_action {
        add_output(
            context.version,
            &mut action.results,
            &out,
            &err,
            ending.exit_code(),
        );
        effects.action = Some(action.end(failure.clone(), refused.clone(), is_action));
    }
    if !is_action {
        effects.requeue = ending.killed() && !is_exec;
        effects.hook_error = if effects.requeue || ended_well {
            refused
        } else {
            failure
        };
    }
    effects
}

fn log_output(context: &Context, effects: &mut Effects, level: &str, pieces: &[Piece]) {
    let logger = format!("unit.{}.{}", context.unit, env::run_name(context));
    for (piece, _) in pieces {
        effects.log.push((
            level.into(),
            logger.clone(),
            String::from_utf8_lossy(piece).into_owned(),
        ));
    }
}

/// The results of an action as far as its tools have made them.
#[derive(Debug, Default)]
pub(crate) struct ActionSoFar {
    /// What `action-set` has set.
    pub(crate) results: Map<String, Value>,
    /// What `action-fail` has said.
    pub(crate) failed: Option<String>,
}

impl ActionSoFar {
    /// A refused commit also shows in an action's code.
    fn end(
        mut self,
        failure: Option<String>,
        refused: Option<String>,
        with_code: bool,
    ) -> ActionEnd {
        let failed = failure.is_some() || refused.is_some() || self.failed.is_some();
        let mut message = failure.or(self.failed).unwrap_or_default();
        if let Some(text) = refused {
            let before = self.results.get("stderr").and_then(Value::as_str);
            let stderr = before.map_or_else(|| text.clone(), |before| format!("{before}\n{text}"));
            self.results.insert("stderr".into(), stderr.into());
            if with_code {
                self.results.insert("return-code".into(), 1.into());
            }
            if message.is_empty() {
                message = "committing requested changes failed".into();
            }
        }
        let status = if failed { "failed" } else { "completed" };
        ActionEnd {
            status: status.into(),
            message,
            results: Value::Object(self.results),
        }
    }
}

fn add_output(
    version: Version,
    results: &mut Map<String, Value>,
    out: &[Piece],
    err: &[Piece],
    code: i32,
) {
    if version == Version::V2_9 {
        results.insert("Code".into(), code.to_string().into());
    } else {
        results.insert("return-code".into(), code.into());
    }
    let names = if version == Version::V2_9 {
        [("Stdout", "StdoutEncoding"), ("Stderr", "StderrEncoding")]
    } else {
        [("stdout", "stdout-encoding"), ("stderr", "stderr-encoding")]
    };
    for ((name, encoding), pieces) in names.into_iter().zip([out, err]) {
        let bytes = output::joined(pieces);
        if bytes.is_empty() {
            continue;
        }
        let (text, encoded) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(e) => (BASE64.encode(e.as_bytes()), true),
        };
        results.insert(name.into(), text.into());
        if encoded {
            results.insert(encoding.into(), "base64".into());
        }
    }
}

/// What Go calls a signal on Linux.
fn signal_name(signal: i32) -> String {
    const NAMES: [&str; 31] = [
        "hangup",
        "interrupt",
        "quit",
        "illegal instruction",
        "trace/breakpoint trap",
        "aborted",
        "bus error",
        "floating point exception",
        "killed",
        "user defined signal 1",
        "segmentation fault",
        "user defined signal 2",
        "broken pipe",
        "alarm clock",
        "terminated",
        "stack fault",
        "child exited",
        "continued",
        "stopped (signal)",
        "stopped",
        "stopped (tty input)",
        "stopped (tty output)",
        "urgent I/O condition",
        "CPU time limit exceeded",
        "file size limit exceeded",
        "virtual timer expired",
        "profiling timer expired",
        "window changed",
        "I/O possible",
        "power failure",
        "bad system call",
    ];
    let index = usize::try_from(signal - 1).ok();
    index
        .and_then(|i| NAMES.get(i))
        .map_or_else(|| format!("signal {signal}"), |name| (*name).to_owned())
}
