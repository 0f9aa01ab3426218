//! What is linked into the executable, as Cargo and `Cargo.lock` tell it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::Error;
use crate::manifest::Arch;
use crate::tree::BINARY;

/// A package by name and version.
pub type Id = (String, String);

/// A package that is linked in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Its licence as an SPDX expression.
    pub license: String,
    /// SHA-256 of what the registry gave; nothing for the charm's own.
    pub checksum: Option<String>,
    /// What it needs in turn.
    pub needs: BTreeSet<Id>,
}

/// Every package that is linked in, the charm's own included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The charm's own package.
    pub root: Id,
    /// All of them.
    pub packages: BTreeMap<Id, Package>,
}

/// Asks Cargo what the executable of the charm at `root` consists of.
///
/// What only runs while it is built is left out: macros, build scripts and their needs.
pub fn linked(root: &Path, arch: Arch) -> Result<Linked, Error> {
    let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let output = Command::new(&cargo)
        .current_dir(root)
        .args(["tree", "--locked", "--package", BINARY])
        .args(["--edges", "normal,no-proc-macro", "--target", arch.target()])
        .args([
            "--prefix",
            "depth",
            "--charset",
            "ascii",
            "--format",
            "{p}|{l}",
        ])
        .output()
        .map_err(|source| Error::file(&cargo, source))?;
    if !output.status.success() {
        return Err(Error::Cargo(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        ));
    }
    let lock = root.join("Cargo.lock");
    let locked = fs::read_to_string(&lock).map_err(|source| Error::file(&lock, source))?;
    let tree = String::from_utf8_lossy(&output.stdout);
    parse(&tree, &checksums(&locked)).ok_or_else(|| Error::Cargo(format!("not understood: {tree}")))
}

/// Reads `cargo tree`, whose lines begin with their depth: `2bytes v1.12.2|MIT`. A package is followed by its needs where
/// it is met first, and marked with `(*)` later.
fn parse(tree: &str, checksums: &BTreeMap<Id, String>) -> Option<Linked> {
    let mut packages: BTreeMap<Id, Package> = BTreeMap::new();
    let mut above: Vec<Id> = Vec::new();
    for line in tree.lines() {
        let name = line.find(|character: char| !character.is_ascii_digit())?;
        let depth: usize = line[..name].parse().ok()?;
        let (package, license) = line[name..].split_once('|')?;
        let mut words = package.split(' ');
        let id = (
            words.next()?.to_owned(),
            words.next()?.strip_prefix('v')?.to_owned(),
        );
        let entry = packages.entry(id.clone()).or_default();
        // Older packages write `MIT/Apache-2.0`, which is no SPDX.
        entry.license = license.trim_end_matches(" (*)").replace('/', " OR ");
        entry.checksum = checksums.get(&id).cloned();
        if depth > above.len() {
            return None;
        }
        above.truncate(depth);
        if let Some(needs) = above.last().and_then(|parent| packages.get_mut(parent)) {
            needs.needs.insert(id.clone());
        }
        above.push(id);
    }
    let root = above.first()?.clone();
    Some(Linked { root, packages })
}

/// Name, version and checksum of each `[[package]]` in a `Cargo.lock` that has one.
fn checksums(lock: &str) -> BTreeMap<Id, String> {
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim_matches('"').to_owned())
    };
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            let id = (value(package, "name = ")?, value(package, "version = ")?);
            Some((id, value(package, "checksum = ")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0charm v1.0.0 (/some/where)|Apache-2.0
1one v0.1.0|MIT/Apache-2.0
2two v0.2.0+build|ISC
1three v3.0.0|MIT
2one v0.1.0|MIT/Apache-2.0 (*)
";
    const LOCK: &str = "\
version = 4

[[package]]
name = \"charm\"
version = \"1.0.0\"
dependencies = [
 \"one\",
]

[[package]]
name = \"one\"
version = \"0.1.0\"
source = \"registry+https://github.com/rust-lang/crates.io-index\"
checksum = \"ab12\"
";

    fn id(name: &str, version: &str) -> Id {
        (name.to_owned(), version.to_owned())
    }

    #[test]
    fn packages_their_needs_and_their_checksums_are_read() {
        let linked = parse(TREE, &checksums(LOCK)).unwrap();
        assert_eq!(linked.root, id("charm", "1.0.0"));
        let names: Vec<&str> = linked.packages.keys().map(|id| id.0.as_str()).collect();
        assert_eq!(names, ["charm", "one", "three", "two"]);
        let one = Package {
            license: "MIT OR Apache-2.0".to_owned(),
            checksum: Some("ab12".to_owned()),
            needs: [id("two", "0.2.0+build")].into(),
        };
        assert_eq!(linked.packages[&id("one", "0.1.0")], one);
        let three = &linked.packages[&id("three", "3.0.0")];
        assert_eq!(three.needs, [id("one", "0.1.0")].into());
        assert_eq!(linked.packages[&linked.root].checksum, None);
    }

    #[test]
    fn what_is_no_tree_is_not_read() {
        for text in ["", "charm", "0charm|MIT", "0charm v1|MIT\n2one v1|MIT"] {
            assert_eq!(parse(text, &BTreeMap::new()), None, "{text:?}");
        }
    }
}
