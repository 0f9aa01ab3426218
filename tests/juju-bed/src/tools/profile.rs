//! Which tools a version has.

use crate::context::Version;

/// The tools that every version has.
const EVERYWHERE: &[&str] = &[
    "action-fail",
    "action-get",
    "action-log",
    "action-set",
    "application-version-set",
    "close-port",
    "config-get",
    "credential-get",
    "goal-state",
    "is-leader",
    "juju-log",
    "juju-reboot",
    "network-get",
    "open-port",
    "opened-ports",
    "relation-get",
    "relation-ids",
    "relation-list",
    "relation-set",
    "resource-get",
    "state-delete",
    "state-get",
    "state-set",
    "status-get",
    "status-set",
    "storage-add",
    "storage-get",
    "storage-list",
    "unit-get",
];
/// Gone in 4.0.
const UNTIL_3: &[&str] = &[
    "k8s-raw-get",
    "k8s-raw-set",
    "k8s-spec-get",
    "k8s-spec-set",
    "leader-get",
    "leader-set",
    "payload-register",
    "payload-status-set",
    "payload-unregister",
    "pod-spec-get",
    "pod-spec-set",
];
/// New in 3.
const SINCE_3: &[&str] = &[
    "relation-model-get",
    "secret-add",
    "secret-get",
    "secret-grant",
    "secret-ids",
    "secret-info-get",
    "secret-remove",
    "secret-revoke",
    "secret-set",
];

/// What is on the path of a version's hooks, whether it is simulated or not.
pub(crate) fn names(version: Version) -> Vec<&'static str> {
    let parts: &[&[&str]] = match version {
        Version::V2_9 => &[EVERYWHERE, UNTIL_3, &["add-metric"]],
        Version::V3_6 => &[EVERYWHERE, UNTIL_3, SINCE_3],
        Version::V4_0 => &[EVERYWHERE, SINCE_3],
    };
    parts.concat()
}
