//! What differs between versions of the server. One so far.

/// A version of the server.
#[derive(Debug)]
pub(super) struct Profile {
    /// `environment.server_version`.
    pub(super) version: &'static str,
    /// `environment.server`.
    pub(super) server: &'static str,
    /// The organisation in the subject of the server's certificate.
    pub(super) organization: &'static str,
    /// `api_extensions`, one a line.
    pub(super) extensions: &'static str,
    /// The status of `Certificate already in trust store`.
    pub(super) duplicate_status: u16,
    /// The text of a 403.
    pub(super) forbidden: &'static str,
}

/// LXD 5.0.2.
pub(super) const LXD_5_0: Profile = Profile {
    version: "5.0.2",
    server: "lxd",
    organization: "linuxcontainers.org",
    extensions: include_str!("lxd-5.0.2-extensions.txt"),
    duplicate_status: 409,
    forbidden: "not authorized",
};
