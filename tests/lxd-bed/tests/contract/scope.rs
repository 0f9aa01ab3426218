//! Which servers a case is for, and what they are expected to say where they differ.

use lxd_bed::Profile;

/// Whether a case is for that server.
pub(crate) type Scope = fn(Profile) -> bool;

pub(crate) fn all(_: Profile) -> bool {
    true
}

/// Not for LXD 3.0.
pub(crate) fn since_4_0(profile: Profile) -> bool {
    profile >= Profile::Lxd4_0
}

/// For servers that restrict certificates, and look at them before they take them.
pub(crate) fn since_5_0(profile: Profile) -> bool {
    profile >= Profile::Lxd5_0_0
}

/// For LXD 3.0 and 4.0.
pub(crate) fn before_5_0(profile: Profile) -> bool {
    !since_5_0(profile)
}

/// For servers that have a trust password.
pub(crate) fn with_password(profile: Profile) -> bool {
    lxd(profile) && profile != Profile::Lxd6
}

/// For servers that show everybody everything: not for LXD from 5.21 on.
pub(crate) fn without_identities(profile: Profile) -> bool {
    !with_identities(profile)
}

/// For servers with restricted callers, and no identities.
pub(crate) fn restricting_alone(profile: Profile) -> bool {
    since_5_0(profile) && without_identities(profile)
}

/// The same without Incus.
pub(crate) fn restricting_lxd(profile: Profile) -> bool {
    restricting_alone(profile) && lxd(profile)
}

/// For LXD from 5.21 on.
pub(crate) fn with_identities(profile: Profile) -> bool {
    matches!(profile, Profile::Lxd5_21 | Profile::Lxd6)
}

pub(crate) fn lxd(profile: Profile) -> bool {
    !profile.is_incus()
}

pub(crate) fn incus(profile: Profile) -> bool {
    profile.is_incus()
}

pub(crate) fn base64_only(profile: Profile) -> bool {
    profile != Profile::Incus7
}

pub(crate) fn pem_too(profile: Profile) -> bool {
    profile == Profile::Incus7
}

/// For servers where a list of projects may come without a restriction.
pub(crate) fn loose_projects(profile: Profile) -> bool {
    since_5_0(profile) && profile != Profile::Lxd6
}

/// The text of a 403.
pub(crate) fn forbidden(profile: Profile) -> &'static str {
    match with_identities(profile) {
        true => "Forbidden",
        false => "not authorized",
    }
}

/// The text of a 403 for a restricted caller that asks for what it may not do.
pub(crate) fn restricted(profile: Profile) -> &'static str {
    match profile.is_incus() || with_identities(profile) {
        true => "Certificate is restricted",
        false => "not authorized",
    }
}

/// The same for one that asks to add.
pub(crate) fn forbidden_post(profile: Profile) -> &'static str {
    match with_identities(profile) {
        true => restricted(profile),
        false => forbidden(profile),
    }
}

/// The status of a duplicate.
pub(crate) fn duplicate(profile: Profile) -> u16 {
    match profile {
        Profile::Lxd3_0 | Profile::Lxd4_0 | Profile::Lxd5_0_0 => 400,
        Profile::Lxd5_0_1 => 500,
        _ => 409,
    }
}

/// The status of `The certificate type cannot be changed`.
pub(crate) fn changed_kind(profile: Profile) -> u16 {
    match profile.is_incus() {
        true => 400,
        false => 403,
    }
}

/// How `GET /1.0` says that there is no configuration for this caller.
pub(crate) fn no_configuration(profile: Profile) -> serde_json::Value {
    match profile.is_incus() {
        true => serde_json::json!({}),
        false => serde_json::Value::Null,
    }
}

/// How many extensions there are, where all are known.
pub(crate) fn extensions(profile: Profile) -> Option<usize> {
    match profile {
        Profile::Lxd5_0 => Some(318),
        Profile::Incus => Some(450),
        _ => None,
    }
}
