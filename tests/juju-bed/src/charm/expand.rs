//! Lays a charm's files out in a unit's folder, for the first time or over an older revision.

use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
};

use super::{Charm, FileEntry, FileKind};

/// Hooks that every charm may have.
const UNIT_HOOKS: [&str; 18] = [
    "install",
    "start",
    "config-changed",
    "upgrade-charm",
    "stop",
    "remove",
    "action",
    "collect-metrics",
    "meter-status-changed",
    "leader-elected",
    "leader-deposed",
    "leader-settings-changed",
    "update-status",
    "pre-series-upgrade",
    "post-series-upgrade",
    "secret-changed",
    "secret-expired",
    "secret-remove",
];

impl Charm {
    /// Writes the charm's files into `folder`, which need not exist.
    ///
    /// # Errors
    /// If the file system does not let it.
    pub(crate) fn expand(&self, folder: &Path, revision: u32) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for entry in &self.archive.entries {
            write_entry(entry, folder)?;
        }
        self.fix_hooks(folder)?;
        fs::write(folder.join("revision"), revision.to_string())
    }

    /// Replaces the files of `old` in `folder` by this charm's: what only the old charm had goes, what its hooks made
    /// stays.
    ///
    /// # Errors
    /// If the file system does not let it.
    pub(crate) fn expand_over(&self, old: &Self, folder: &Path, revision: u32) -> io::Result<()> {
        let ours: BTreeSet<&str> = self
            .archive
            .entries
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        for entry in &old.archive.entries {
            if !ours.contains(entry.name.as_str()) {
                remove(&folder.join(&entry.name))?;
            }
        }
        self.expand(folder, revision)
    }

    /// Hooks that the charm's author forgot to make executable are made so; nothing else is.
    fn fix_hooks(&self, folder: &Path) -> io::Result<()> {
        for entry in &self.archive.entries {
            let known = entry
                .name
                .strip_prefix("hooks/")
                .is_some_and(|name| self.knows_hook(name));
            if known && entry.kind == FileKind::File && entry.mode & 0o100 == 0 {
                fs::set_permissions(
                    folder.join(&entry.name),
                    fs::Permissions::from_mode(entry.mode | 0o100),
                )?;
            }
        }
        Ok(())
    }

    fn knows_hook(&self, name: &str) -> bool {
        let of_relation = |kind: &str| {
            let endpoint = name.strip_suffix(&format!("-relation-{kind}"));
            endpoint.is_some_and(|endpoint| self.metadata.endpoints.contains_key(endpoint))
        };
        UNIT_HOOKS.contains(&name)
            || name == "secret-rotate"
            || ["created", "joined", "changed", "departed", "broken"]
                .into_iter()
                .any(of_relation)
    }
}

fn write_entry(entry: &FileEntry, folder: &Path) -> io::Result<()> {
    let path = folder.join(&entry.name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match entry.kind {
        FileKind::Folder => {
            if !path.is_dir() || path.is_symlink() {
                remove(&path)?;
                fs::create_dir_all(&path)?;
            }
            fs::set_permissions(
                &path,
                fs::Permissions::from_mode(entry.mode & 0o755 | 0o700),
            )
        }
        FileKind::Symlink => {
            remove(&path)?;
            symlink(String::from_utf8_lossy(&entry.data).as_ref(), &path)
        }
        FileKind::File | FileKind::Other => {
            remove(&path)?;
            fs::write(&path, &entry.data)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(entry.mode & 0o755))
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}
