//! What a server is started with.

use crate::certificates::{Authority, Credential};
use crate::profile::Profile;

/// What a server is started with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The server's name: the host name of a stand-alone LXD. The members of a cluster are numbered
    /// from 1: `name-1`, `name-2`, …
    pub name: String,
    /// Which server it is. A real one is the installed Incus or the installed LXD, whichever
    /// version that is.
    pub profile: Profile,
    /// How many members its cluster has; 1 is a server that stands alone.
    pub members: u32,
    /// What the members of a simulated cluster are called instead.
    pub member_names: Vec<String>,
    /// The authority of a server in PKI mode.
    pub authority: Option<Authority>,
    /// What it presents; else it makes a certificate for itself.
    pub server_credential: Option<Credential>,
}

impl Default for Options {
    fn default() -> Self {
        Self::named("lxd-bed")
    }
}

impl Options {
    /// A server of this name.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            profile: Profile::default(),
            members: 1,
            member_names: Vec::new(),
            authority: None,
            server_credential: None,
        }
    }

    /// What the members are called; the one server there is by its name.
    pub(crate) fn names(&self) -> Vec<String> {
        match (&self.member_names[..], self.members) {
            ([], 0 | 1) => vec![self.name.clone()],
            ([], members) => (1..=members)
                .map(|number| format!("{}-{number}", self.name))
                .collect(),
            (names, _) => names.to_vec(),
        }
    }

    /// The same with that profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// The same with a cluster of so many members; 1 is a server that stands alone.
    #[must_use]
    pub fn members(mut self, members: u32) -> Self {
        self.members = members;
        self
    }

    /// The same with a simulated cluster of members that are called so.
    #[must_use]
    pub fn members_named(mut self, names: &[&str]) -> Self {
        self.members = u32::try_from(names.len()).expect("members are few");
        self.member_names = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// The same in PKI mode: clients are to be issued by this authority.
    #[must_use]
    pub fn authority(mut self, authority: &Authority) -> Self {
        self.authority = Some(authority.clone());
        self
    }
    /// The same, presenting this certificate.
    #[must_use]
    pub fn presenting(mut self, credential: &Credential) -> Self {
        self.server_credential = Some(credential.clone());
        self
    }
}
