//! Puts the recording's names in the place of what differs from run to run.

use std::collections::BTreeMap;

use juju_bed::{
    agent::{self, End},
    model::{Entry, Model},
};

use crate::recording::{Call, Env, Hook};

/// The addresses that units had, gone ones included.
#[derive(Default)]
pub(crate) struct Names {
    addresses: BTreeMap<String, String>,
    /// Names of consumers, and the words in their place.
    consumers: BTreeMap<String, String>,
}

impl Names {
    /// Learns the addresses of a model's units.
    pub(crate) fn learn(&mut self, model: &Model) {
        for unit in model.applications().iter().flat_map(|app| model.units(app)) {
            if let Some(address) = model.address(&unit) {
                self.addresses
                    .insert(address.to_owned(), format!("ADDRESS({unit})"));
            }
        }
    }

    /// A recording has words in the place of consumers' names, in the order in which they come.
    pub(crate) fn consumer(&mut self, name: &str) {
        let number = match self.consumers.len() {
            0 => String::new(),
            others => (others + 1).to_string(),
        };
        self.consumers
            .insert(name.to_owned(), format!("remote-HEX{number}"));
    }

    /// One text with every consumer named.
    pub(crate) fn consumers_in(&self, text: &str) -> String {
        self.consumers
            .iter()
            .fold(text.to_owned(), |text, (name, word)| {
                text.replace(name, word)
            })
    }

    /// A recorded hook with our own names of consumers.
    pub(crate) fn to_play(&self, hook: &Hook) -> Hook {
        let mut hook = hook.clone();
        for value in hook.env.values_mut() {
            let word = value.split('/').next().unwrap_or_default();
            let name = self.consumers.iter().find(|(_, known)| *known == word);
            if let Some((name, word)) = name {
                *value = value.replacen(word.as_str(), name, 1);
            }
        }
        hook
    }

    /// One text with everything named.
    pub(crate) fn in_text(&self, text: &str) -> String {
        let text = self.consumers_in(text);
        let text = self
            .addresses
            .iter()
            .rev()
            .fold(text, |text, (address, name)| {
                replace_whole(&text, address, name)
            });
        replace_times(&text)
    }

    /// A run as the recording would hold it.
    pub(crate) fn hook(&self, model: &str, entry: &Entry) -> Hook {
        let ran = &entry.ran;
        let base = base_of(&ran.argv0, &ran.env);
        let real = format!("/var/lib/juju/agents/unit-{}", entry.unit.replace('/', "-"));
        let path = |text: &str| self.consumers_in(&text.replace(&base, &real));
        let mut env: Env = ran
            .env
            .iter()
            .map(|(key, value)| (key.clone(), path(value)))
            .collect();
        env.entry("PATH".into()).and_modify(|value| {
            *value = value.replacen(
                &format!("{real}/tools"),
                &real.replace("/agents/", "/tools/"),
                1,
            );
        });
        env.insert("JUJU_MODEL_UUID".into(), format!("MODEL-UUID({model})"));
        env.entry("JUJU_CONTEXT_ID".into())
            .and_modify(|id| id.replace_range(id.rfind('-').map_or(0, |dash| dash + 1).., "HEX"));
        Hook {
            model: model.to_owned(),
            unit: entry.unit.clone(),
            name: entry.name.clone(),
            argv0: path(&ran.argv0),
            cwd: format!("{real}/charm"),
            env,
            calls: ran.calls.iter().map(|call| self.call(call)).collect(),
            end: match ran.end {
                End::Exit(code) => format!("exit {code}"),
                End::Signal(signal) => format!("signal {signal}"),
                End::NotRun => "not run".into(),
            },
            commit_error: match ran.end {
                End::Exit(0) => ran.effects.hook_error.clone().unwrap_or_default(),
                _ => String::new(),
            },
        }
    }

    fn call(&self, call: &agent::Call) -> Call {
        let text = |bytes: &[u8]| self.in_text(&String::from_utf8_lossy(bytes));
        Call {
            argv: call
                .argv
                .iter()
                .map(|word| self.consumers_in(word))
                .collect(),
            stdin: call.stdin.as_deref().map(text).unwrap_or_default(),
            exit: i64::from(call.exit),
            stdout: text(&call.stdout),
            stderr: text(&call.stderr),
        }
    }
}

/// The agent's folder, from the charm's.
fn base_of(argv0: &str, env: &[(String, String)]) -> String {
    let charm = env
        .iter()
        .find(|(key, _)| key == "CHARM_DIR")
        .map_or(argv0, |(_, value)| value);
    charm.trim_end_matches("/charm").to_owned()
}

/// Replaces an address, but not where it only begins a longer one.
fn replace_whole(text: &str, address: &str, name: &str) -> String {
    let mut parts = text.split(address);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(if part.starts_with(|next: char| next.is_ascii_digit()) {
            address
        } else {
            name
        });
        out.push_str(part);
    }
    out
}

/// `2026-01-02 15:04:05Z` is `TIME`.
fn replace_times(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00Z";
    let fits = |at: usize| {
        let window = text.as_bytes().get(at..at + SHAPE.len());
        window.is_some_and(|window| {
            window.iter().zip(SHAPE).all(|(byte, shape)| {
                if *shape == b'0' {
                    byte.is_ascii_digit()
                } else {
                    byte == shape
                }
            })
        })
    };
    let (mut out, mut at) = (String::new(), 0);
    while let Some(next) = text[at..].chars().next() {
        if fits(at) {
            out.push_str("TIME");
            at += SHAPE.len();
        } else {
            out.push(next);
            at += next.len_utf8();
        }
    }
    out
}
