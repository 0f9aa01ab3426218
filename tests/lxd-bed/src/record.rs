//! Which real daemons took part in a test run, and why others did not.
//!
//! A run is what one parent process (cargo) starts one after another, so the record is a file
//! named after that parent. A target that runs last can print it: a run in which no real LXD took
//! part then says so.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

const PREFIX: &str = "lxd-bed-run-";
const TOOK_PART: &str = "took part";
const NOT_THERE: &str = "not there";

/// The real servers that were started during this run, each with its count: `LXD 5.0.2 (3 times)`.
pub fn took_part() -> Vec<String> {
    read(TOOK_PART)
}

/// Why real servers could not be started during this run, each reason with its count.
pub fn not_there() -> Vec<String> {
    read(NOT_THERE)
}

pub(crate) fn note_took_part(server: &str) {
    append(TOOK_PART, server);
}

pub(crate) fn note_not_there(reason: &str) {
    append(NOT_THERE, reason);
}

/// One short line per write, so that several processes may append at once.
fn append(what: &str, text: &str) {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(sweep);
    let line = format!("{what}: {}\n", text.replace('\n', " "));
    let file = OpenOptions::new().create(true).append(true).open(path());
    file.and_then(|mut file| file.write_all(line.as_bytes()))
        .unwrap_or_else(|error| panic!("{}: {error}", path().display()));
}

fn read(what: &str) -> Vec<String> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let mut counts = BTreeMap::<&str, usize>::new();
    for line in text.lines() {
        if let Some((_, text)) = line.split_once(": ").filter(|(kind, _)| *kind == what) {
            *counts.entry(text).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .map(|(text, count)| match count {
            1 => format!("{text} (once)"),
            _ => format!("{text} ({count} times)"),
        })
        .collect()
}

fn path() -> PathBuf {
    folder().join(file_of(std::os::unix::process::parent_id()))
}

/// Process ids come round again; with its start time a parent is unmistakable.
fn file_of(parent: u32) -> String {
    format!("{PREFIX}{parent}-{}", started(parent))
}

/// Cargo's folder for the temporary files of tests, if this is run from a target folder.
fn folder() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let targets = program
        .ancestors()
        .filter(|folder| folder.join("CACHEDIR.TAG").is_file());
    targets
        .map(|target| target.join("tmp"))
        .find(|folder| folder.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

/// Removes the records of runs that are over.
fn sweep() {
    let files = fs::read_dir(folder()).into_iter().flatten().flatten();
    for file in files.map(|file| file.path()).filter(|file| is_over(file)) {
        let _somebody_else_did = fs::remove_file(file);
    }
}

fn is_over(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str());
    let parent = name
        .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next())
        .and_then(|parent| parent.parse().ok());
    parent.is_some_and(|parent| name != Some(file_of(parent).as_str()))
}

/// When a process started, in clock ticks since boot: field 22 of its `stat`, counted after the
/// name in parentheses, which may hold anything.
fn started(process: u32) -> String {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name
        .split_whitespace()
        .nth(19)
        .unwrap_or("0")
        .to_owned()
}
