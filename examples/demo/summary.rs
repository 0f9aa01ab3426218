//! The end of the story in figures.

use std::{collections::BTreeMap, io};

use super::{
    hook::Hook,
    screen::{Screen, Tone, WIDTH},
    stage::{Stage, Told},
};

/// Prints the summary; whether all went as it should.
pub(crate) fn show(stage: &mut Stage) -> Told<bool> {
    let as_before = stage.lab.lxd.trust_list() == stage.before;
    let screen = &mut stage.screen;
    screen.gap()?;
    screen.line(0, Tone::Heading, &format!("{:━<WIDTH$}", "━━ Summary "))?;
    figures(screen, &stage.hooks)?;
    let checks = &stage.checks;
    let all = checks.passed + checks.failed.len();
    line(
        screen,
        "checks",
        &format!("{} of {all} passed", checks.passed),
    )?;
    line(
        screen,
        "trust store as before",
        if as_before { "yes" } else { "no" },
    )?;
    screen.gap()?;
    for (step, claim) in &checks.failed {
        screen.labelled(&format!("  FAILED in step {step}: "), Tone::Bad, claim)?;
    }
    if !checks.failed.is_empty() {
        screen.gap()?;
    }
    let good = as_before && checks.failed.is_empty();
    match good {
        true => screen.line(2, Tone::Good, "Every step ended as it should.")?,
        false => screen.line(2, Tone::Bad, "Not every step ended as it should.")?,
    }
    Ok(good)
}

fn figures(screen: &mut Screen, hooks: &[Hook]) -> io::Result<()> {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for hook in hooks {
        *kinds.entry(&hook.entry.name).or_default() += 1;
    }
    let kinds = kinds
        .iter()
        .map(|(name, number)| format!("{name} {number}"));
    let kinds: Vec<String> = kinds.collect();
    let mut times: Vec<f64> = hooks.iter().map(Hook::milliseconds).collect();
    times.sort_by(f64::total_cmp);
    let longest = times.last().copied().unwrap_or_default();
    let peak = hooks.iter().map(Hook::peak_mib).fold(0.0, f64::max);
    let without_log = hooks.iter().map(Hook::calls_without_log).max();
    let calls: Vec<usize> = hooks
        .iter()
        .map(|hook| hook.entry.ran.calls.len())
        .collect();
    line(
        screen,
        "hooks run",
        &format!("{} ({})", hooks.len(), kinds.join(", ")),
    )?;
    line(
        screen,
        "wall time of a hook",
        &format!("median {:.1} ms, longest {longest:.1} ms", median(&times)),
    )?;
    line(
        screen,
        "peak memory of a hook",
        &format!("{peak:.1} MiB at most, as seen at its last tool call"),
    )?;
    line(
        screen,
        "hook-tool calls",
        &format!(
            "{}, {} without log lines",
            sum_and_most(&calls),
            without_log.unwrap_or_default()
        ),
    )?;
    let requests: Option<Vec<usize>> = hooks
        .iter()
        .map(|hook| hook.requests.as_ref().map(Vec::len))
        .collect();
    match requests {
        Some(requests) => line(screen, "LXD requests", &sum_and_most(&requests)),
        None => line(
            screen,
            "LXD requests",
            "not counted: a real LXD keeps no list of them",
        ),
    }
}

fn sum_and_most(numbers: &[usize]) -> String {
    let sum: usize = numbers.iter().sum();
    let most = numbers.iter().max().copied().unwrap_or_default();
    format!("{sum}, at most {most} in one hook")
}

/// The middle of sorted numbers, or the mean of the two in the middle.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match sorted {
        [] => 0.0,
        _ if sorted.len() % 2 == 1 => sorted[half],
        _ => f64::midpoint(sorted[half - 1], sorted[half]),
    }
}

fn line(screen: &mut Screen, label: &str, text: &str) -> io::Result<()> {
    screen.labelled(&format!("  {label:22} "), Tone::Plain, text)
}
