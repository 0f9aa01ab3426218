//! Which servers a case is for, and what they are expected to say where they differ.

use lxd_bed::Profile;

/// Whether a case is for that server.
pub(crate) type Scope = fn(Profile) -> bool;

pub(crate) fn all(_: Profile) -> bool {
    true
}

/// Cases that at least one of today's LXD and Incus answers in a way of its own. What they answer is in the
/// recordings.
pub(crate) const RECORDED: &[&str] = &[
    "server::trusted_sees_the_environment",
    "server::strange_paths_are_not_found",
    "server::strange_methods_are_not_implemented",
    "untrusted::may_see_what_the_server_is",
    "untrusted::unknown_certificate_is_as_good_as_none",
    "untrusted::expired_certificate_is_as_good_as_none",
    "untrusted::everything_else_is_forbidden",
    "untrusted::unknown_paths_are_not_found_all_the_same",
    "untrusted::metrics_certificate_is_untrusted",
    "adding::without_certificate_the_client_is_trusted_already",
    "names::need_not_be_unique",
    "changing::patch_with_an_unknown_project_is_not_found",
    "changing::put_needs_the_kind",
    "changing::kind_cannot_be_changed",
    "changing::wrong_etag_fails",
    "changing::der_crashes_the_handler",
    "changing::rotation_to_a_known_one_fails",
    "restricted::caller_cannot_add",
    "projects::outlast_the_restriction",
    "projects::that_are_unknown_change_nothing",
    "projects::that_are_named_twice_fail",
    "enrolling::token_is_good_for_once",
    "enrolling::token_of_a_trusted_caller_is_left_alone",
    "enrolling::tokens_of_one_name_are_two",
    "enrolling::token_is_issued_for_clients_only",
    "members::are_shown_one_by_one",
    "members::do_without_one_that_is_down",
    "membership::evacuated_member_hides_that_it_is_down",
    "membership::too_few_answer_from_memory",
];

/// Today's.
pub(crate) const TODAYS: [Profile; 3] = [Profile::Lxd5_21, Profile::Lxd6, Profile::Incus7];

/// Whether that server's answers to a case are held to its recordings instead.
pub(crate) fn is_recorded(profile: Profile, case: &str) -> bool {
    TODAYS.contains(&profile) && RECORDED.contains(&case)
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
