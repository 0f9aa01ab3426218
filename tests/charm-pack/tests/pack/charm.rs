//! A small charm to pack.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use charm_pack::manifest::{Arch, Manifest};
use charm_pack::tree::{self, Tree};
use tempfile::TempDir;

/// A charm's folder, complete and good until a test spoils it.
pub(crate) struct Charm {
    folder: TempDir,
}

impl Charm {
    pub(crate) fn new() -> Self {
        let charm = Self {
            folder: TempDir::new().unwrap(),
        };
        for name in tree::FILES {
            fs::write(charm.path(name), format!("the text of {name}")).unwrap();
        }
        fs::create_dir(charm.path("hooks")).unwrap();
        symlink("../lxd-integrator", charm.path("hooks/install")).unwrap();
        fs::write(charm.path("built"), executable(PT_LOAD)).unwrap();
        charm
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the tests write the archive.
    pub(crate) fn archive(&self) -> PathBuf {
        self.path("small.charm")
    }

    pub(crate) fn pack(&self) -> Result<(), String> {
        charm_pack::pack(
            self.folder.path(),
            &self.path("built"),
            &manifest(),
            &self.archive(),
        )
        .map_err(|error| error.to_string())
    }

    pub(crate) fn tree(&self) -> Tree {
        tree::collect(self.folder.path(), &self.path("built"), &manifest()).unwrap()
    }
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        arch: Arch::Amd64,
        bases: vec!["24.04".to_owned(), "22.04".to_owned()],
    }
}

pub(crate) const PT_LOAD: u32 = 1;
pub(crate) const PT_INTERP: u32 = 3;

/// The smallest file that passes for an executable of amd64 with one program header.
pub(crate) fn executable(segment: u32) -> Vec<u8> {
    let mut file = vec![0; 64 + 56];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    file[18] = 62;
    file[32] = 64;
    file[54] = 56;
    file[56] = 1;
    file[64..68].copy_from_slice(&segment.to_le_bytes());
    file
}
