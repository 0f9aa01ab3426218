//! The hook tools, as Juju's agent runs them inside itself: what is said, what is staged, what takes effect at once.

mod action;
mod config;
mod data;
mod databag;
mod flags;
mod format;
mod goal;
mod network;
mod profile;
mod quote;
mod relation;
mod secret;
mod session;
mod settings;
mod state;
mod status;
mod talk;
mod yaml;

use std::path::PathBuf;

use crate::context::Version;

pub(crate) use format::number;
pub(crate) use profile::names;
pub(crate) use quote::quoted;
pub(crate) use session::Session;
pub(crate) use yaml::value as yaml_value;

/// What a tool was asked.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The client's working directory.
    pub(crate) folder: PathBuf,
    /// Its standard input, once it has been told to read it.
    pub(crate) stdin: Option<Vec<u8>>,
    /// Its arguments.
    pub(crate) args: Vec<Vec<u8>>,
}

/// What is answered.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The tool ran.
    Done {
        exit: i32,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// It cannot run without the standard input.
    WantsStdin,
    /// There is no such tool.
    Unknown,
}

/// Why a tool did not do what it was asked.
#[derive(Debug)]
enum Fail {
    /// The arguments are wrong: exit code 2.
    Usage(String),
    /// It ran and failed: exit code 1.
    Run(String),
    /// Help was wanted.
    Help,
    /// The standard input is needed first.
    WantsStdin,
}

/// What a tool does, or why not.
type Done<T = ()> = Result<T, Fail>;

/// What a tool works with besides the session.
#[derive(Debug)]
struct Io<'a> {
    asked: &'a Asked,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// One tool.
struct Tool {
    name: &'static str,
    /// What its help says behind its name.
    usage: &'static str,
    run: fn(&mut Session<'_>, &mut Io<'_>) -> Done,
}

const TOOLS: &[Tool] = &[
    Tool {
        name: "action-fail",
        usage: "[\"<failure message>\"]",
        run: action::fail,
    },
    Tool {
        name: "action-get",
        usage: "[options] [<key>[.<key>.<key>...]]",
        run: action::get,
    },
    Tool {
        name: "action-log",
        usage: "<message>",
        run: action::log,
    },
    Tool {
        name: "action-set",
        usage: "<key>=<value> [<key>=<value> ...]",
        run: action::set,
    },
    Tool {
        name: "application-version-set",
        usage: "<new-version>",
        run: status::version_set,
    },
    Tool {
        name: "config-get",
        usage: "[options] [<key>]",
        run: config::config_get,
    },
    Tool {
        name: "credential-get",
        usage: "[options]",
        run: config::credential_get,
    },
    Tool {
        name: "goal-state",
        usage: "[options]",
        run: goal::goal_state,
    },
    Tool {
        name: "is-leader",
        usage: "[options]",
        run: talk::is_leader,
    },
    Tool {
        name: "juju-log",
        usage: "[options] <message>",
        run: talk::juju_log,
    },
    Tool {
        name: "network-get",
        usage: "[options] <binding-name> [--ingress-address] [--bind-address] [--egress-subnets]",
        run: network::network_get,
    },
    Tool {
        name: "relation-get",
        usage: "[options] [<key> [<unit id>]]",
        run: databag::get,
    },
    Tool {
        name: "relation-ids",
        usage: "[options] <name>",
        run: relation::ids,
    },
    Tool {
        name: "relation-list",
        usage: "[options]",
        run: relation::list,
    },
    Tool {
        name: "relation-model-get",
        usage: "[options]",
        run: relation::model_get,
    },
    Tool {
        name: "relation-set",
        usage: "[options] key=value [key=value ...]",
        run: databag::set,
    },
    Tool {
        name: "secret-get",
        usage: "[options] <ID> [key[#base64]]",
        run: secret::get,
    },
    Tool {
        name: "secret-ids",
        usage: "[options]",
        run: secret::ids,
    },
    Tool {
        name: "secret-info-get",
        usage: "[options] <ID>",
        run: secret::info_get,
    },
    Tool {
        name: "state-delete",
        usage: "<key>",
        run: state::delete,
    },
    Tool {
        name: "state-get",
        usage: "[options] [<key>]",
        run: state::get,
    },
    Tool {
        name: "state-set",
        usage: "[options] key=value [key=value ...]",
        run: state::set,
    },
    Tool {
        name: "status-get",
        usage: "[options] [--include-data] [--application]",
        run: status::get,
    },
    Tool {
        name: "status-set",
        usage: "[options] <status> [<message>]",
        run: status::set,
    },
    Tool {
        name: "unit-get",
        usage: "[options] <setting>",
        run: network::unit_get,
    },
];

impl Session<'_> {
    /// Runs one command.
    pub(crate) fn call(&mut self, name: &str, asked: &Asked) -> Reply {
        if !names(self.context().version).contains(&name) {
            return Reply::Unknown;
        }
        let mut io = Io {
            asked,
            stdout: Vec::new(),
            stderr: Vec::new(),
        };
        let tool = TOOLS.iter().find(|t| t.name == name);
        let done = match tool {
            Some(tool) => (tool.run)(self, &mut io),
            None => Err(Fail::Run(format!("{name} is not simulated"))),
        };
        let (exit, text) = match done {
            Ok(()) => (0, None),
            Err(Fail::WantsStdin) => return Reply::WantsStdin,
            Err(Fail::Help) => {
                let usage = match (name, self.context().version) {
                    ("status-set", Version::V2_9) => {
                        "[options] <maintenance | blocked | waiting | active> [message]"
                    }
                    _ => tool.map_or("", |t| t.usage),
                };
                io.stdout = format!("Usage: {name} {usage}\n").into_bytes();
                (0, None)
            }
            Err(Fail::Run(text)) => (1, Some(text)),
            Err(Fail::Usage(text)) => (2, Some(text)),
        };
        if let Some(text) = text {
            io.stderr.extend(format!("ERROR {text}\n").into_bytes());
        }
        self.count_call();
        Reply::Done {
            exit,
            stdout: io.stdout,
            stderr: io.stderr,
        }
    }
}
