//! What differs between the versions, a row of the table each.
//!
//! LXD 5.0.2 and Incus 6.0.4 were recorded, the others are told from their sources. Incus left LXD after
//! 5.0 and counts as later than that.

use std::borrow::Cow;

use crate::daemon::Kind;
use crate::profile::Profile;
use Profile::{Incus, Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_0_0, Lxd5_0_1, Lxd5_21, Lxd6};

mod clusters;

/// The whole `api_extensions` of LXD 5.0.2, in the order in which they came to be.
const LXD_5_0_2_EXTENSIONS: &str = include_str!("lxd-5.0.2-extensions.txt");

/// The same of Incus 6.0.4.
const INCUS_6_0_4_EXTENSIONS: &str = include_str!("incus-6.0.4-extensions.txt");

/// About TLS and `GET /1.0`.
impl Profile {
    /// `environment.server_version`.
    pub(super) fn version(self) -> &'static str {
        match self {
            Lxd3_0 => "3.0.4",
            Lxd4_0 => "4.0.10",
            Lxd5_0_0 => "5.0.0",
            Lxd5_0_1 => "5.0.1",
            Lxd5_0 => "5.0.2",
            Lxd5_21 => "5.21.7",
            Lxd6 => "6.9",
            Incus => "6.0.4",
            Incus7 => "7.0.2",
        }
    }

    /// `environment.server`.
    pub(super) fn server(self) -> &'static str {
        match self.is_incus() {
            true => "incus",
            false => "lxd",
        }
    }

    /// The organisation in the subject of the server's certificate.
    pub(super) fn organization(self) -> &'static str {
        match self {
            Lxd5_21 | Lxd6 => "LXD",
            Incus | Incus7 => "Linux Containers",
            _ => "linuxcontainers.org",
        }
    }

    /// Whether it makes itself an RSA key, and not one on P-384.
    pub(super) fn has_rsa_key(self) -> bool {
        self == Lxd3_0
    }

    /// Whether it speaks TLS 1.2 (and, here, nothing later).
    pub(super) fn speaks_tls_1_2(self) -> bool {
        self <= Lxd4_0
    }

    /// `api_extensions`. Complete for LXD 5.0 and Incus 6.0: the other lists begin like one of
    /// these and have what matters to clients of the trust store, and of clusters.
    pub(super) fn extensions(self) -> Vec<&'static str> {
        let (all, last) = match self {
            Lxd3_0 => (LXD_5_0_2_EXTENSIONS, "clustering"),
            Lxd4_0 => (LXD_5_0_2_EXTENSIONS, "resources_system"),
            Incus | Incus7 => (INCUS_6_0_4_EXTENSIONS, ""),
            _ => (LXD_5_0_2_EXTENSIONS, ""),
        };
        let more: &[&str] = match self.has_identities() {
            true => &[
                "auth_user",
                "access_management",
                "explicit_trust_token",
                "access_management_tls",
                "client_cert_presence",
            ],
            false => &[],
        };
        let known = all.lines().count();
        let end = all.lines().position(|name| name == last);
        let old = all.lines().take(end.map_or(known, |end| end + 1));
        let bearer = (self == Lxd6).then_some("auth_bearer");
        old.chain(more.iter().copied()).chain(bearer).collect()
    }

    /// Whether callers that are not trusted see `api_extensions`.
    pub(super) fn tells_all_its_extensions(self) -> bool {
        self != Incus7
    }

    /// `auth_methods`.
    pub(super) fn auth_methods(self) -> &'static [&'static str] {
        match self {
            Lxd6 => &["tls", "bearer"],
            _ => &["tls"],
        }
    }

    /// `auth_user_name` and `auth_user_method`.
    pub(super) fn tells_the_caller(self) -> bool {
        self >= Lxd5_21
    }

    /// `client_certificate`.
    pub(super) fn tells_of_client_certificates(self) -> bool {
        self.has_identities()
    }

    /// Whether `GET /1.0` of an untrusted caller reads the database.
    pub(super) fn needs_the_database_to_introduce_itself(self) -> bool {
        self <= Lxd4_0
    }
}

/// About the trust store.
impl Profile {
    /// The status of `Certificate already in trust store`.
    pub(super) fn duplicate_status(self) -> u16 {
        match self {
            Lxd3_0 | Lxd4_0 | Lxd5_0_0 => 400,
            Lxd5_0_1 => 500,
            _ => 409,
        }
    }

    /// The text of a 409 for a certificate that belongs to a fine-grained identity.
    pub(super) fn duplicate_identity(self) -> &'static str {
        match self {
            Lxd6 => "Certificate already exists",
            _ => "This \"identity\" entry already exists",
        }
    }

    /// The text of a 403.
    pub(super) fn forbidden(self) -> &'static str {
        match self.has_identities() {
            true => "Forbidden",
            false => "not authorized",
        }
    }

    /// Whether certificates have `restricted` and `projects`.
    pub(super) fn restricts(self) -> bool {
        self >= Lxd5_0_0
    }

    /// The text of a 403 for a restricted caller. LXD before 5.21 says it before it looks for what
    /// the caller wants.
    pub(super) fn forbidden_to_restricted(self) -> &'static str {
        match self >= Lxd5_21 {
            true => "Certificate is restricted",
            false => self.forbidden(),
        }
    }

    /// Whether `projects` have to come with `restricted`.
    pub(super) fn wants_projects_restricted(self) -> bool {
        self == Lxd6
    }

    /// Whether new certificates have to be valid now, and their RSA keys long enough.
    pub(super) fn checks_certificates(self) -> bool {
        self >= Lxd5_0_0
    }

    /// Whether an empty name is filled.
    pub(super) fn fills_names(self) -> bool {
        self >= Lxd5_0_0
    }

    /// Whether names may have no slash, nor a hyphen in front.
    pub(super) fn minds_names(self) -> bool {
        self.has_identities()
    }

    /// Whether it issues tokens to enrol with.
    pub(super) fn issues_tokens(self) -> bool {
        self >= Lxd5_0_0
    }

    /// Whether POST has a field `trust_token`; else tokens come as passwords.
    pub(super) fn has_a_field_for_tokens(self) -> bool {
        self >= Lxd5_21
    }

    /// Whether POST has a field `password`.
    pub(super) fn knows_passwords(self) -> bool {
        !self.is_incus()
    }

    /// Whether there still are passwords; else one is not implemented.
    pub(super) fn takes_passwords(self) -> bool {
        self != Lxd6
    }

    /// Whether POST takes PEM.
    pub(super) fn takes_pem(self) -> bool {
        self == Incus7
    }

    /// The longest body it reads.
    pub(super) fn body_limit(self) -> Option<usize> {
        (self == Incus7).then_some(1024 * 1024)
    }

    /// Whether entries have a description.
    pub(super) fn describes(self) -> bool {
        self.is_incus()
    }

    /// Whether there are identities: callers see only what they may, and fine-grained identities
    /// are beside the trust store.
    pub(super) fn has_identities(self) -> bool {
        matches!(self, Lxd5_21 | Lxd6)
    }

    /// Whether in PKI mode an entry alone is not enough: the authority has to have issued it.
    pub(super) fn insists_on_its_authority(self) -> bool {
        self >= Lxd5_21
    }

    /// The status of `More than one certificate matches`.
    pub(super) fn ambiguous_status(self) -> u16 {
        match self {
            Lxd6 => 400,
            _ => 500,
        }
    }

    /// Whether of several matches the first is taken.
    pub(super) fn takes_the_first_match(self) -> bool {
        self == Lxd3_0
    }

    /// Whether a duplicate is one of what this member remembers, and not of the database.
    pub(super) fn compares_with_its_memory(self) -> bool {
        self == Lxd3_0
    }

    /// Whether that kind of certificate is known.
    pub(super) fn knows_kind(self, kind: Kind) -> bool {
        self >= Lxd5_0_0 || kind == Kind::Client
    }

    /// The text of a 400 for a `type` that is none.
    pub(super) fn unknown_kind(self, kind: &str) -> Cow<'static, str> {
        match self {
            Lxd3_0 => format!("Unknown request type {kind}").into(),
            _ => "Invalid certificate type".into(),
        }
    }

    /// The text of a 400 for a certificate whose time has not come.
    pub(super) fn not_valid_yet(self) -> &'static str {
        match self {
            Lxd6 => "The provided certificate is not valid yet",
            _ => "The provided certificate isn't valid yet",
        }
    }

    /// The status of `The certificate type cannot be changed`.
    pub(super) fn changed_kind_status(self) -> u16 {
        match self.is_incus() {
            true => 400,
            false => 403,
        }
    }

    /// Whether PATCH with what is not PEM ends the connection, and not in an answer.
    pub(super) fn crashes_without_pem(self) -> bool {
        !self.is_incus()
    }
}
