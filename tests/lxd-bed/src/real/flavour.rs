//! LXD and Incus: two programs with one API, and what differs in starting them.

use std::path::PathBuf;

use super::NotThere;
use crate::profile::Profile;

/// One of the two.
#[derive(Debug)]
pub(super) struct Flavour {
    /// As people call it.
    pub(super) label: &'static str,
    /// Where the program may be; a bare name is looked for in `PATH`.
    programs: &'static [&'static str],
    /// The variable that names the daemon's folder.
    pub(super) variable: &'static str,
    not_there: fn() -> NotThere,
}

static LXD: Flavour = Flavour {
    label: "LXD",
    programs: &["lxd"],
    variable: "LXD_DIR",
    not_there: || NotThere::NoLxd,
};

static INCUS: Flavour = Flavour {
    label: "Incus",
    programs: &["/usr/libexec/incus/incusd", "incusd"],
    variable: "INCUS_DIR",
    not_there: || NotThere::NoIncus,
};

impl Flavour {
    /// Incus for its profile, LXD for all others.
    pub(super) fn of(profile: Profile) -> &'static Self {
        match profile {
            profile if profile.is_incus() => &INCUS,
            _ => &LXD,
        }
    }

    /// The installed program.
    pub(super) fn program(&self) -> Result<PathBuf, NotThere> {
        // An absolute path takes the place of the folder it is joined to.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        self.programs
            .iter()
            .flat_map(|program| folders.iter().map(move |folder| folder.join(program)))
            .find(|file| file.is_file())
            .ok_or_else(self.not_there)
    }
}
