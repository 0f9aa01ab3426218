//! What Juju would refuse about an archive, or lose from it.

use crate::elf;
use crate::manifest::{Arch, Manifest};
use crate::tree::{ACTIONS, BINARY, FILES, HOOKS, MANIFEST, Node, Tree};

/// The executable is downloaded and unpacked for every unit; this many bytes are what the charm allows itself.
pub const MAX_BINARY: usize = 4_500_000;
/// The same where each instruction takes more room than on amd64.
const MAX_BINARY_ELSEWHERE: usize = 6_000_000;
/// What Juju leaves out when it packs a charm anew.
const DROPPED: [&str; 9] = [
    ".git",
    ".svn",
    ".hg",
    ".bzr",
    ".tox",
    "build",
    "revision",
    "version",
    ".jujuignore",
];

/// Everything that is wrong with an archive; nothing if it is good.
pub fn problems(tree: &Tree, manifest: &Manifest) -> Vec<String> {
    let missing = FILES
        .into_iter()
        .filter(|name| !tree.contains_key(*name))
        .map(|name| format!("{name} is missing"));
    let mut problems: Vec<String> = missing.collect();
    problems.extend(binary(tree, manifest));
    problems.extend(stated(tree, manifest));
    if !tree
        .keys()
        .any(|path| path.starts_with(&format!("{HOOKS}/")))
    {
        problems.push("there are no hooks".to_owned());
    }
    for (path, node) in tree {
        problems.extend(name(path));
        problems.extend(match node {
            Node::File { mode, .. } => file(path, *mode),
            Node::Link { target } => link(tree, path, target),
        });
    }
    problems
}

fn binary(tree: &Tree, manifest: &Manifest) -> Option<String> {
    let Some(Node::File { content, .. }) = tree.get(BINARY) else {
        return Some(format!("{BINARY} is missing"));
    };
    let limit = match manifest.arch {
        Arch::Amd64 => MAX_BINARY,
        _ => MAX_BINARY_ELSEWHERE,
    };
    if content.len() > limit {
        return Some(format!(
            "{BINARY} is {} bytes; the limit is {limit}",
            content.len()
        ));
    }
    elf::problem(content, manifest.arch).map(|problem| format!("{BINARY} {problem}"))
}

fn stated(tree: &Tree, manifest: &Manifest) -> Option<String> {
    let Some(Node::File { content, .. }) = tree.get(MANIFEST) else {
        return Some(format!("{MANIFEST} is missing"));
    };
    let (arch, bases) = (manifest.arch.name(), manifest.bases.join(", "));
    (content != manifest.text().as_bytes())
        .then(|| format!("{MANIFEST} is not the one for {arch} on {bases}"))
}

fn name(path: &str) -> Option<String> {
    let top = path.split('/').next().unwrap_or(path);
    if DROPPED.contains(&top) {
        return Some(format!(
            "{path}: Juju leaves {top} out when it packs a charm anew"
        ));
    }
    let strange =
        path.split('/').any(|part| matches!(part, "" | "." | "..")) || path.contains('\\');
    strange.then(|| format!("{path}: not a plain relative path"))
}

fn file(path: &str, mode: u32) -> Option<String> {
    if [HOOKS, ACTIONS]
        .into_iter()
        .any(|folder| path.starts_with(&format!("{folder}/")))
    {
        return Some(format!("{path} is not a link"));
    }
    let right = if path == BINARY { 0o755 } else { 0o644 };
    (mode != right).then(|| format!("{path} has mode {mode:o}, not {right:o}"))
}

fn link(tree: &Tree, path: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return Some(format!("{path}: {target} is absolute"));
    }
    let Some(target_path) = resolve(path, target) else {
        return Some(format!("{path}: {target} leads out of the charm"));
    };
    match tree.get(&target_path) {
        Some(Node::File { .. }) if target_path == BINARY => None,
        Some(_) => Some(format!("{path}: {target} is not the executable")),
        None => Some(format!("{path}: {target} does not exist")),
    }
}

/// Where a link leads, from the root of the charm; nothing if it leaves the charm.
fn resolve(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}
