//! Which real daemons took part in a test run, why others did not, and what was left out with those that did.
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
const LEFT_OUT: &str = "left out";

/// The real servers that were started during this run, `LXD 5.0.2`, and how often each was.
pub fn took_part() -> BTreeMap<String, usize> {
    read(TOOK_PART)
}

/// Why there were no real servers to compare with during this run, and how often it was so.
pub fn not_there() -> BTreeMap<String, usize> {
    read(NOT_THERE)
}

/// What was left out during this run because a real server cannot do it ([`crate::Daemon::can`]), and how often it was.
pub fn left_out() -> BTreeMap<String, usize> {
    read(LEFT_OUT)
}

pub(crate) fn note_took_part(server: &str) {
    append(TOOK_PART, server);
}

pub(crate) fn note_not_there(reason: &str) {
    append(NOT_THERE, reason);
}

pub(crate) fn note_left_out(what: &str) {
    append(LEFT_OUT, what);
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

fn read(what: &str) -> BTreeMap<String, usize> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        if let Some((_, text)) = line.split_once(": ").filter(|(kind, _)| *kind == what) {
            *counts.entry(text.to_owned()).or_default() += 1;
        }
    }
    counts
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
