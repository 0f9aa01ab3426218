//! The files of a charm: read from a zip or a folder, checked and packed again as Juju's client and controller do.

use std::{
    fs,
    io::{Cursor, Read},
    os::unix::fs::MetadataExt,
    path::{Component, Path, PathBuf},
};

use super::Refused;
use crate::context::Version;

const TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const SYMLINK: u32 = 0o120_000;
const REGULAR: u32 = 0o100_000;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link; the target is the content.
    Symlink,
    /// A device, a pipe, a socket.
    Other,
}

/// One file, folder or link.
#[derive(Clone, Debug)]
pub struct FileEntry {
    /// Path within the charm, without a slash at its end.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Permission bits.
    pub mode: u32,
    /// Content, or a link's target.
    pub data: Vec<u8>,
}

/// All entries in the order of the archive.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    /// The entries.
    pub entries: Vec<FileEntry>,
}

impl Archive {
    /// Reads a zip file.
    ///
    /// # Errors
    /// If the file cannot be read or is no zip.
    pub fn read(path: &Path) -> Result<Self, Refused> {
        let bytes = fs::read(path).map_err(|error| {
            Refused::because(format!("cannot read {}: {error}", path.display()))
        })?;
        Self::from_zip(&bytes)
            .map_err(|error| Refused::because(format!("cannot open {}: {error}", path.display())))
    }

    fn from_zip(bytes: &[u8]) -> Result<Self, zip::result::ZipError> {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes))?;
        let mut entries = Vec::with_capacity(zip.len());
        for index in 0..zip.len() {
            let mut file = zip.by_index(index)?;
            let raw = file.name()?.into_owned();
            let mode = file.unix_mode().unwrap_or(0);
            let mut data = Vec::new();
            file.read_to_end(&mut data)?;
            let kind = if raw.ends_with('/') {
                FileKind::Folder
            } else {
                kind_of(mode)
            };
            entries.push(FileEntry {
                name: raw.trim_end_matches('/').to_owned(),
                kind,
                mode: mode & 0o777,
                data,
            });
        }
        Ok(Self { entries })
    }

    /// Packs a folder, symbolic links as they are.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn pack(folder: &Path) -> Result<Self, Refused> {
        let mut archive = Self::default();
        archive.add_folder(folder, "").map_err(|error| {
            Refused::because(format!("cannot read {}: {error}", folder.display()))
        })?;
        Ok(archive)
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) -> std::io::Result<()> {
        let mut children = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
        children.sort_by_key(fs::DirEntry::file_name);
        for child in children {
            let name = format!("{prefix}{}", child.file_name().to_string_lossy());
            let meta = fs::symlink_metadata(child.path())?;
            let kind = if meta.is_symlink() {
                FileKind::Symlink
            } else if meta.is_dir() {
                FileKind::Folder
            } else if meta.is_file() {
                FileKind::File
            } else {
                FileKind::Other
            };
            let data = match kind {
                FileKind::Symlink => fs::read_link(child.path())?
                    .to_string_lossy()
                    .into_owned()
                    .into_bytes(),
                FileKind::File => fs::read(child.path())?,
                FileKind::Folder | FileKind::Other => Vec::new(),
            };
            self.entries.push(FileEntry {
                name: name.clone(),
                kind,
                mode: meta.mode() & 0o777,
                data,
            });
            if kind == FileKind::Folder {
                self.add_folder(&child.path(), &format!("{name}/"))?;
            }
        }
        Ok(())
    }

    /// The text of a file, if there is one of that name.
    ///
    /// # Errors
    /// If it is not UTF-8.
    pub fn text(&self, name: &str) -> Result<Option<String>, Refused> {
        let Some(entry) = self
            .entries
            .iter()
            .find(|entry| entry.name == name && entry.kind == FileKind::File)
        else {
            return Ok(None);
        };
        String::from_utf8(entry.data.clone())
            .map(Some)
            .map_err(|_| Refused::because(format!("{name}: yaml: invalid leading UTF-8 octet")))
    }

    /// The client's look for hooks before it uploads a local charm.
    pub(super) fn check_hooks(&self, charm: &str, version: Version) -> Result<(), Refused> {
        let dispatch = self
            .entries
            .iter()
            .any(|entry| entry.name.contains("dispatch"));
        let enough = if version == Version::V2_9 {
            // The folder's own entry is one of the two in an archive that lists folders.
            self.entries
                .iter()
                .filter(|entry| zip_name(entry).contains("hooks/"))
                .count()
                >= 2
        } else {
            self.entries.iter().any(|entry| {
                matches!(entry.kind, FileKind::File | FileKind::Symlink)
                    && entry
                        .name
                        .strip_prefix("hooks/")
                        .is_some_and(|name| !name.contains('/'))
            })
        };
        if dispatch || enough {
            return Ok(());
        }
        Err(Refused::because(format!(
            "invalid charm {charm:?}: has no hooks nor dispatch file"
        )))
    }

    /// Packs the charm anew as the controllers before 4.0 do with every uploaded one.
    pub(super) fn repack(mut self) -> Result<Self, Refused> {
        self.entries.retain(|entry| !left_out(&entry.name));
        for entry in &mut self.entries {
            match entry.kind {
                FileKind::Symlink => check_packed_link(entry)?,
                FileKind::File => {
                    entry.mode = if entry.mode & 0o100 == 0 {
                        0o644
                    } else {
                        0o755
                    }
                }
                FileKind::Folder => entry.mode = 0o755,
                FileKind::Other => {
                    return Err(Refused::because(format!(
                        "file is not regular: {:?}",
                        entry.name
                    )));
                }
            }
        }
        Ok(self)
    }

    /// What the unit's agent would refuse to expand; looked at before a unit is made, so that a bad charm is an error
    /// of `deploy`.
    pub(super) fn check_links(&self) -> Result<(), Refused> {
        for entry in &self.entries {
            let wrong = |text: String| {
                Err(Refused::because(format!(
                    "cannot extract {:?}: {text}",
                    entry.name
                )))
            };
            if leads_out(Path::new(&entry.name)) || Path::new(&entry.name).is_absolute() {
                return wrong("path leads out of scope".into());
            }
            match entry.kind {
                FileKind::Symlink => {
                    let target = String::from_utf8_lossy(&entry.data);
                    if target.starts_with('/') {
                        return wrong(format!("symlink {target:?} is absolute"));
                    }
                    if leads_out(&beside(&entry.name, &target)) {
                        return wrong(format!("symlink {target:?} leads out of scope"));
                    }
                }
                FileKind::Other => return wrong("unknown file type".into()),
                FileKind::File | FileKind::Folder => {}
            }
        }
        Ok(())
    }
}

fn kind_of(mode: u32) -> FileKind {
    match mode & TYPE {
        0 | REGULAR => FileKind::File,
        FOLDER => FileKind::Folder,
        SYMLINK => FileKind::Symlink,
        _ => FileKind::Other,
    }
}

fn zip_name(entry: &FileEntry) -> String {
    if entry.kind == FileKind::Folder {
        format!("{}/", entry.name)
    } else {
        entry.name.clone()
    }
}

/// What Juju leaves out when it packs a charm's folder.
fn left_out(name: &str) -> bool {
    let top = name.split('/').next().unwrap_or_default();
    let anywhere = [".git", ".svn", ".hg", ".bzr", ".tox"];
    top == "build"
        || ["revision", "version", ".jujuignore"].contains(&name)
        || name.split('/').any(|part| anywhere.contains(&part))
}

fn check_packed_link(entry: &FileEntry) -> Result<(), Refused> {
    let target = String::from_utf8_lossy(&entry.data);
    if target.starts_with('/') {
        return Err(Refused::because(format!(
            "symlink {:?} is absolute: {target:?}",
            entry.name
        )));
    }
    if leads_out(&beside(&entry.name, &target)) {
        return Err(Refused::because(format!(
            "symlink {:?} links out of charm: {target:?}",
            entry.name
        )));
    }
    Ok(())
}

fn beside(name: &str, target: &str) -> PathBuf {
    Path::new(name)
        .parent()
        .unwrap_or_else(|| Path::new(""))
        .join(target)
}

/// Whether a relative path, taken step by step, climbs above its root.
fn leads_out(path: &Path) -> bool {
    let mut clean: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir if clean.pop().is_none() => return true,
            Component::Normal(_) => clean.push(part),
            _ => {}
        }
    }
    false
}
