//! What is said in other words.

use std::borrow::Cow;

use crate::profile::Profile;
use Profile::{Lxd3_0, Lxd5_21, Lxd6};

impl Profile {
    /// One of two ways to say it, the later one from LXD 6 on.
    pub(in crate::simulation) fn failing(
        self,
        before: &'static str,
        since: &'static str,
    ) -> &'static str {
        match self {
            Lxd6 => since,
            _ => before,
        }
    }

    /// The text of a 404.
    pub(in crate::simulation) fn not_found(self) -> &'static str {
        match self.has_identities() {
            true => "Not Found",
            false => "not found",
        }
    }

    /// The text of a 501.
    pub(in crate::simulation) fn not_implemented(self) -> &'static str {
        match self.has_identities() {
            true => "Not Implemented",
            false => "not implemented",
        }
    }

    /// The text of a 403.
    pub(in crate::simulation) fn forbidden(self) -> &'static str {
        match self.has_identities() {
            true => "Forbidden",
            false => "not authorized",
        }
    }

    /// The text of a 403 for a restricted caller. LXD before 5.21 says it before it looks for what
    /// the caller wants.
    pub(in crate::simulation) fn forbidden_to_restricted(self) -> &'static str {
        match self >= Lxd5_21 {
            true => "Certificate is restricted",
            false => self.forbidden(),
        }
    }

    /// The texts of a 412, around the two tags.
    pub(in crate::simulation) fn etag_words(self) -> (&'static str, &'static str) {
        let more = ". The configuration has been modified since this change began. Please retrieve \
                    the updated configuration before proceeding.";
        match self {
            Lxd6 => ("does not", more),
            Lxd5_21 => ("doesn't", more),
            _ => ("doesn't", ""),
        }
    }

    /// The text of a 409 for a certificate that an identity has, or a name that is taken, of
    /// something new.
    pub(in crate::simulation) fn taken(self) -> &'static str {
        match self {
            Lxd6 => "Certificate already exists",
            _ => "This \"identity\" entry already exists",
        }
    }

    /// The text of a 409 for a name that is taken, of something that is there.
    pub(in crate::simulation) fn taken_name(self) -> &'static str {
        match self {
            Lxd6 => "Identity already exists",
            _ => "A \"identity\" entry already exists with these properties",
        }
    }

    /// Status and text for a certificate that is known, of something that is there.
    pub(in crate::simulation) fn known_certificate(self) -> (u16, &'static str) {
        match self {
            Lxd6 => (
                409,
                "Failed creating certificate: Certificate already exists",
            ),
            Lxd5_21 => (409, self.taken_name()),
            _ => (
                500,
                "Update \"certificates\" entry failed: \
                 UNIQUE constraint failed: certificates.fingerprint",
            ),
        }
    }

    /// Status and text for a project that is named twice.
    pub(in crate::simulation) fn project_twice(self) -> (u16, &'static str) {
        match self {
            Lxd6 => (404, "Project not found"),
            Lxd5_21 => (
                500,
                "Failed to create \"identity_projects\" entry: UNIQUE constraint failed: \
                 identities_projects.identity_id, identities_projects.project_id",
            ),
            Self::Incus7 => (409, "This \"Certificate_project\" entry already exists"),
            _ => (
                500,
                "Failed to create \"certificates_projects\" entry: UNIQUE constraint failed: \
                 certificates_projects.certificate_id, certificates_projects.project_id",
            ),
        }
    }

    /// The text of a 400 for a `type` that is none.
    pub(in crate::simulation) fn unknown_kind(self, kind: &str) -> Cow<'static, str> {
        match self {
            Lxd3_0 => format!("Unknown request type {kind}").into(),
            _ => "Invalid certificate type".into(),
        }
    }

    /// The text of a 400 for a certificate whose time has not come.
    pub(in crate::simulation) fn not_valid_yet(self) -> &'static str {
        match self {
            Lxd6 => "The provided certificate is not valid yet",
            _ => "The provided certificate isn't valid yet",
        }
    }

    /// The text of a 400 for a certificate beside the wish for a token.
    pub(in crate::simulation) fn token_and_certificate(self) -> &'static str {
        match self {
            Lxd6 => "Cannot use certificate if token is requested",
            _ => "Can't use certificate if token is requested",
        }
    }

    /// The text of a 403 for a project that a restricted caller may not see.
    pub(in crate::simulation) fn unseen_project(self, name: &str) -> Cow<'static, str> {
        match self {
            Self::Incus7 => format!("User does not have permission for project {name:?}").into(),
            _ => self.forbidden_to_restricted().into(),
        }
    }

    /// Whose project the first one is.
    pub(in crate::simulation) fn first_project(self) -> &'static str {
        match self.is_incus() {
            true => "Default Incus project",
            false => "Default LXD project",
        }
    }
}
