//! Prints what a step did and how things stand after it.

use std::io;

use juju_bed::context::Settings;
use lab::UNIT;
use lxd_bed::{Request, TrustEntry};
use serde_json::Value;

use super::{
    hook::Hook,
    picture::{Databag, Picture},
    screen::{Screen, Tone},
    shorten,
};

/// A hook's title has this much room.
const TITLE: usize = 38;

/// The hooks, or an action, and for each what it cost, what it called, what it asked LXD and what it logged.
pub(crate) fn hooks(screen: &mut Screen, kind: &str, hooks: &[Hook]) -> io::Result<()> {
    screen.section(&format!("{kind} that ran on {UNIT}"))?;
    if hooks.is_empty() {
        screen.line(4, Tone::Quiet, "none")?;
    }
    hooks.iter().try_for_each(|one| hook(screen, one))
}

fn hook(screen: &mut Screen, hook: &Hook) -> io::Result<()> {
    let mut facts = vec![
        format!("{:>6.1} ms", hook.milliseconds()),
        format!("{:.1} MiB", hook.peak_mib()),
        count(hook.entry.ran.calls.len(), "tool call"),
    ];
    if let Some(requests) = &hook.requests {
        facts.push(count(requests.len(), "LXD request"));
    }
    let title = hook.title();
    screen.line(
        4,
        Tone::Plain,
        &format!("{title:TITLE$} {}", facts.join(", ")),
    )?;
    screen.labelled("      tools  ", Tone::Quiet, &hook.tools().join(", "))?;
    if let Some(requests) = hook.requests.as_ref().filter(|list| !list.is_empty()) {
        let requests: Vec<String> = requests.iter().map(request).collect();
        screen.labelled("      LXD    ", Tone::Quiet, &requests.join(", "))?;
    }
    for (level, _, text) in &hook.entry.ran.effects.log {
        let line = shorten::text(&format!("{level} {text}"));
        screen.labelled("      log    ", Tone::Quiet, &line)?;
    }
    if !hook.ended_well() {
        screen.labelled("      failed ", Tone::Bad, &hook.failure())?;
    }
    Ok(())
}

/// `GET /1.0 → 200`
fn request(request: &Request) -> String {
    let Request { method, path, .. } = request;
    let status = match request.status {
        Some(status) => status.to_string(),
        None => "no answer".to_owned(),
    };
    shorten::unbreakable(&shorten::text(&format!("{method} {path} → {status}")))
}

/// What `check` found: each step that was tried, with what can be done if it failed, and the names of the others.
pub(crate) fn findings(screen: &mut Screen, results: &Value) -> io::Result<()> {
    screen.section("What it found")?;
    let text = |of: &Value| shorten::text(of.as_str().unwrap_or_default());
    let mut skipped = Vec::new();
    for (name, step) in results["steps"].as_object().into_iter().flatten() {
        let (word, tone) = match step["ok"].as_str() {
            Some("true") => ("ok", Tone::Plain),
            Some("false") => ("failed", Tone::Bad),
            _ => {
                skipped.push(name.as_str());
                continue;
            }
        };
        let label = format!("    {name:14} {word:7} ");
        screen.labelled(&label, tone, &text(&step["detail"]))?;
        if !step["remedy"].is_null() {
            let label = format!("{:19}remedy  ", "");
            screen.labelled(&label, Tone::Plain, &text(&step["remedy"]))?;
        }
    }
    if !skipped.is_empty() {
        screen.labelled("    skipped: ", Tone::Quiet, &skipped.join(", "))?;
    }
    screen.labelled("    summary: ", Tone::Plain, &text(&results["summary"]))
}

/// What `juju status` shows.
pub(crate) fn status(screen: &mut Screen, status: &str) -> io::Result<()> {
    screen.section(&format!("Status of {UNIT}"))?;
    screen.labelled("    ", Tone::Plain, status)
}

/// The charm's databags, with what changed since the last step.
pub(crate) fn databags(screen: &mut Screen, before: &Picture, now: &Picture) -> io::Result<()> {
    let nothing = Settings::new();
    for (relation, Databag { consumer, data }) in &now.databags {
        let old = before.databags.get(relation);
        databag_of(screen, *relation, consumer)?;
        databag(screen, old.map_or(&nothing, |old| &old.data), data)?;
    }
    let gone = before.databags.iter();
    for (relation, old) in gone.filter(|(relation, _)| !now.databags.contains_key(*relation)) {
        databag_of(screen, *relation, &old.consumer)?;
        screen.line(4, Tone::Gone, "- gone with the relation")?;
    }
    Ok(())
}

fn databag_of(screen: &mut Screen, relation: u32, consumer: &str) -> io::Result<()> {
    screen.section(&format!(
        "Databag of {UNIT}, read by {consumer} (relation api:{relation})"
    ))
}

fn databag(screen: &mut Screen, old: &Settings, new: &Settings) -> io::Result<()> {
    if old == new {
        let text = if new.is_empty() { "empty" } else { "as before" };
        return screen.line(6, Tone::Quiet, text);
    }
    let mut same = Vec::new();
    for (key, text) in new {
        let value = shorten::unbreakable(&shorten::text(text));
        match old.get(key) {
            Some(old) if old == text => same.push(key.as_str()),
            Some(_) => screen.labelled(&format!("    ~ {key}  "), Tone::Changed, &value)?,
            None => screen.labelled(&format!("    + {key}  "), Tone::New, &value)?,
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        screen.line(4, Tone::Gone, &format!("- {key}"))?;
    }
    if same.is_empty() {
        return Ok(());
    }
    screen.labelled("      as before: ", Tone::Quiet, &same.join(", "))
}

/// The trust store by the entries' names, with what changed since the last step.
pub(crate) fn store(screen: &mut Screen, before: &Picture, now: &Picture) -> io::Result<()> {
    screen.section("LXD's trust store (fingerprint, certificate's name, entry's name)")?;
    let gone = before.store.values();
    let gone = gone.filter(|old| !now.store.contains_key(&old.fingerprint));
    let mut entries: Vec<&TrustEntry> = now.store.values().chain(gone).collect();
    entries.sort_by_key(|entry| (&entry.name, shorten::common_name(&entry.certificate_pem)));
    for entry in entries {
        let (old, new) = (
            before.store.get(&entry.fingerprint),
            now.store.get(&entry.fingerprint),
        );
        let (mark, tone) = match (old, new) {
            (None, _) => ('+', Tone::New),
            (_, None) => ('-', Tone::Gone),
            _ if old == new => (' ', Tone::Plain),
            _ => ('~', Tone::Changed),
        };
        screen.line(4, tone, &format!("{mark} {}", trusted(entry)))?;
    }
    Ok(())
}

fn trusted(entry: &TrustEntry) -> String {
    format!(
        "{}  {:13}  {}",
        shorten::fingerprint(&entry.fingerprint),
        shorten::common_name(&entry.certificate_pem).unwrap_or_default(),
        shorten::text(&entry.name)
    )
}

/// `1 tool call`, `2 tool calls`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
