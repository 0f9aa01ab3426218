//! A second model that goes its own way from here.

use std::{fs, io, os::unix::fs::symlink, path::Path};

use super::{Error, Model};
use crate::agent::Process;

impl Model {
    /// A copy with its own files; what happens to one does not touch the other, nor does [`Model::process`] of one
    /// reach the other.
    ///
    /// # Errors
    /// If the files cannot be copied.
    pub fn try_clone(&self) -> Result<Self, Error> {
        let dir = tempfile::Builder::new().prefix("j").tempdir()?;
        copy_folder(self.dir.path(), dir.path())?;
        Ok(Self {
            dir,
            controller: self.controller.clone(),
            chance: self.chance.clone(),
            clock: self.clock.clone(),
            lab: self.lab.clone(),
            journal: self.journal.clone(),
            process: Process::default(),
        })
    }
}

/// From this size on a file is a program, which is replaced as a whole or not at all, so that copies may share it.
const LARGE: u64 = 1 << 20;

/// Copies files with their modes and links as they are; sockets and the like belong to a running hook and are left out.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for child in fs::read_dir(from)? {
        let child = child?;
        let (kind, target) = (child.file_type()?, to.join(child.file_name()));
        if kind.is_symlink() {
            symlink(fs::read_link(child.path())?, target)?;
        } else if kind.is_dir() {
            copy_folder(&child.path(), &target)?;
            fs::set_permissions(&target, child.metadata()?.permissions())?;
        } else if kind.is_file() && child.metadata()?.len() >= LARGE {
            fs::hard_link(child.path(), target)?;
        } else if kind.is_file() {
            fs::copy(child.path(), target)?;
        }
    }
    Ok(())
}
