//! Runs a hook tool.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::credential::SecretRefusal;

/// A hook tool that did not do what it should.
#[derive(Debug, thiserror::Error)]
#[error("{call}")]
pub struct Error {
    /// The tool and its arguments; they never hold a secret.
    call: String,
    #[source]
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("it cannot be run")]
    Spawn(#[from] std::io::Error),
    #[error("exit {code}: {stderr}")]
    Failed { code: i32, stderr: String },
    #[error("its answer cannot be read: {category} at line {line}, column {column}")]
    Unreadable {
        category: &'static str,
        line: usize,
        column: usize,
    },
}

impl Error {
    /// Says where the answer is wrong, and not what stands there: it may be a key.
    pub(super) fn unreadable(argv: &[&str], error: &serde_json::Error) -> Self {
        let problem = Problem::Unreadable {
            category: if error.is_data() {
                "other data"
            } else {
                "no JSON"
            },
            line: error.line(),
            column: error.column(),
        };
        Self::new(argv, problem)
    }

    fn new(argv: &[&str], problem: Problem) -> Self {
        Self {
            call: argv.join(" "),
            problem,
        }
    }

    /// The same without what the tool was given.
    pub(super) fn without_arguments(self) -> Self {
        let tool = self.call.split(' ').next().unwrap_or_default();
        Self {
            call: tool.to_owned(),
            ..self
        }
    }

    fn says(&self, words: &str) -> bool {
        match &self.problem {
            Problem::Failed { stderr, .. } => stderr.to_lowercase().contains(words),
            _ => false,
        }
    }

    /// Juju did not let us: the application is not trusted, or the relation is not ours any more.
    #[must_use]
    pub fn is_permission_denied(&self) -> bool {
        self.says("permission denied")
    }

    /// There is no such tool: this Juju is older.
    fn is_unknown_tool(&self) -> bool {
        matches!(&self.problem, Problem::Spawn(error) if error.kind() == std::io::ErrorKind::NotFound)
    }

    /// Why Juju does not show a secret; 3.x and 4.0 say it in different words.
    #[must_use]
    pub fn secret_refusal(&self) -> Option<SecretRefusal> {
        if self.says("permission denied") || self.says("is not allowed to read this secret") {
            Some(SecretRefusal::NotGranted)
        } else if self.says("not found") || self.says("not valid") {
            Some(SecretRefusal::NotFound)
        } else if self.is_unknown_tool() {
            Some(SecretRefusal::Unknown)
        } else {
            None
        }
    }

    /// The relation is over, although Juju may still list it (seen after removals across models and by force).
    #[must_use]
    pub fn is_relation_gone(&self) -> bool {
        [
            "relation not found",
            "relation unit not found",
            "permission denied",
            "cannot read relation settings",
        ]
        .iter()
        .any(|words| self.says(words))
    }

    /// The tool's own words.
    #[must_use]
    pub fn words(&self) -> String {
        match &self.problem {
            Problem::Failed { stderr, .. } => stderr.trim_start_matches("ERROR ").to_owned(),
            other => other.to_string(),
        }
    }
}

/// Runs `argv` to its end with `stdin` and returns what it printed.
pub(super) fn run(argv: &[&str], stdin: Option<&str>) -> Result<Vec<u8>, Error> {
    let (tool, arguments) = argv.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(tool);
    command
        .args(arguments)
        .stdin(if stdin.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = command
        .spawn()
        .and_then(|mut child| {
            // The tools read all of their input before they print, so nothing can block here; a tool that ends
            // without reading it tells why on stderr.
            if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
                let _ = pipe.write_all(text.as_bytes());
            }
            child.wait_with_output()
        })
        .map_err(|error| Error::new(argv, error.into()))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let problem = Problem::Failed {
        code: output.status.code().unwrap_or(-1),
        stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    };
    Err(Error::new(argv, problem))
}
