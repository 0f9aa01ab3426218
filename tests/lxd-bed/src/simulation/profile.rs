//! What differs between the versions, a row of the table each.
//!
//! LXD 5.0.2, 5.0.9, 5.21.7 and 6.9 and Incus 7.0.2 were recorded, Incus 6.0.4 passes the same suite as a real one, and
//! the others are told from their sources. Incus left LXD after 5.0 and counts as later than that.

use crate::daemon::Kind;
use crate::profile::Profile;
use Profile::{Incus, Incus7, Lxd3_0, Lxd4_0, Lxd5_0, Lxd5_0_0, Lxd5_0_1, Lxd5_0_9, Lxd5_21, Lxd6};

mod authorities;
mod clusters;
mod words;

/// About TLS and `GET /1.0`.
impl Profile {
    /// `environment.server_version`.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Lxd3_0 => "3.0.4",
            Lxd4_0 => "4.0.10",
            Lxd5_0_0 => "5.0.0",
            Lxd5_0_1 => "5.0.1",
            Lxd5_0 => "5.0.2",
            Lxd5_0_9 => "5.0.9",
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

    /// `api_extensions`, in the order in which they came to be: up to LXD 5.0.2 the beginning of the
    /// list of 5.0.9.
    pub(super) fn extensions(self) -> Vec<&'static str> {
        let up_to_5_0_9 = include_str!("extensions/lxd-5.0.9.txt");
        let (all, last) = match self {
            Lxd3_0 => (up_to_5_0_9, "clustering"),
            Lxd4_0 => (up_to_5_0_9, "resources_system"),
            Lxd5_0_0 | Lxd5_0_1 | Lxd5_0 => (up_to_5_0_9, "cpu_hotplug"),
            Lxd5_0_9 => (up_to_5_0_9, ""),
            Lxd5_21 => (include_str!("extensions/lxd-5.21.7.txt"), ""),
            Lxd6 => (include_str!("extensions/lxd-6.9.txt"), ""),
            Incus => (include_str!("extensions/incus-6.0.4.txt"), ""),
            Incus7 => (include_str!("extensions/incus-7.0.2.txt"), ""),
        };
        let end = all.lines().position(|name| name == last);
        let known = end.map_or(usize::MAX, |end| end + 1);
        all.lines().take(known).collect()
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
        self >= Lxd5_0_9
    }

    /// `environment.server_lts`, if it tells.
    pub(super) fn is_lts(self) -> Option<bool> {
        match self {
            Lxd5_0_9 | Lxd5_21 => Some(true),
            Lxd6 => Some(false),
            _ => None,
        }
    }

    /// Whether strangers are shown that `config` is null.
    pub(super) fn shows_strangers_null(self) -> bool {
        self.has_identities()
    }

    /// Whether `/` is a path like others, with methods of its own.
    pub(super) fn routes_its_root(self) -> bool {
        self == Lxd6
    }

    /// Whether it looks at the method before it looks at who is calling.
    pub(super) fn minds_methods_first(self) -> bool {
        self == Lxd6
    }

    /// Whether it sends clients to the shortest form of a path.
    pub(super) fn cleans_paths(self) -> bool {
        matches!(self, Lxd6 | Incus7)
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

    /// Whether certificates have `restricted` and `projects`.
    pub(super) fn restricts(self) -> bool {
        self >= Lxd5_0_0
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

    /// Whether it knows that field of a certificate.
    pub(super) fn knows_field(self, name: &str) -> bool {
        match name {
            "restricted" | "projects" => self.restricts(),
            "token" => self.issues_tokens(),
            "password" => self.knows_passwords(),
            "trust_token" => self.has_a_field_for_tokens(),
            "description" => self.describes(),
            _ => true,
        }
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

    /// The status of `The certificate type cannot be changed`.
    pub(super) fn changed_kind_status(self) -> u16 {
        match self.is_incus() {
            true => 400,
            false => 403,
        }
    }

    /// Whether PATCH with what is not PEM ends the connection, and not in an answer.
    pub(super) fn crashes_without_pem(self) -> bool {
        !self.is_incus() && self != Lxd6
    }

    /// Whether a caller that may not change its entry changes its certificate by a way of its own.
    pub(super) fn rotates_apart(self) -> bool {
        self == Lxd6
    }

    /// Whether complaints about a body name the structure inside the structure.
    pub(super) fn names_inner_structures(self) -> bool {
        self == Lxd5_0_9
    }

    /// Whether complaints about a body name an element of a list by its place.
    pub(super) fn names_elements(self) -> bool {
        self == Incus7
    }

    /// Whether names are unique among all TLS identities: clients, metrics, members, those that
    /// wait for their tokens.
    pub(super) fn has_unique_names(self) -> bool {
        self.has_identities()
    }

    /// Whether a caller that is trusted and shows a token uses it up, and is told of that.
    pub(super) fn takes_tokens_of_the_trusted(self) -> bool {
        self.has_identities()
    }

    /// How long a token is good where nothing was set, in days.
    pub(super) fn token_days(self) -> Option<u64> {
        self.has_identities().then_some(15)
    }

    /// The status of `Token has expired`.
    pub(super) fn expired_token_status(self) -> u16 {
        match self.has_identities() {
            true => 403,
            false => 500,
        }
    }
}
