//! What our own certificate may do where LXD holds it as a fine-grained identity: the permissions of its groups. Pure.
//! The names are those of LXD's entitlements on the server. Rights on single identities do not count: entries come and go.

use std::collections::BTreeSet;

/// What managing the trust store takes.
const TRUST_STORE: [&str; 4] = [
    "can_view_identities",
    "can_create_identities",
    "can_edit_identities",
    "can_delete_identities",
];

/// What it takes besides where certificates are restricted to projects.
const PROJECTS: &str = "can_view_projects";

/// The entitlements of an identity on the server, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(BTreeSet<String>);

impl Rights {
    /// What is needed and not there; `projects` says that certificates are to be restricted.
    #[must_use]
    pub fn lacking(&self, projects: bool) -> Vec<&'static str> {
        let needed = TRUST_STORE.into_iter().chain(projects.then_some(PROJECTS));
        needed.filter(|right| !self.includes(right)).collect()
    }

    fn includes(&self, right: &str) -> bool {
        self.0.iter().any(|own| match own.as_str() {
            "admin" => true,
            "permission_manager" => TRUST_STORE.contains(&right),
            "project_manager" => right == PROJECTS,
            "viewer" => right.starts_with("can_view_"),
            own => own == right,
        })
    }
}

impl FromIterator<String> for Rights {
    fn from_iter<T: IntoIterator<Item = String>>(entitlements: T) -> Self {
        Self(entitlements.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking(entitlements: &[&str], projects: bool) -> Vec<&'static str> {
        let rights: Rights = entitlements.iter().map(ToString::to_string).collect();
        rights.lacking(projects)
    }

    #[test]
    fn roles_include_what_lxd_lets_them_do() {
        assert_eq!(lacking(&["admin"], true), [""; 0]);
        assert_eq!(lacking(&["permission_manager"], false), [""; 0]);
        assert_eq!(lacking(&["permission_manager"], true), [PROJECTS]);
        assert_eq!(lacking(&["viewer"], true), TRUST_STORE[1..]);
        assert_eq!(lacking(&[], false), TRUST_STORE);
        assert_eq!(lacking(&TRUST_STORE, true), [PROJECTS]);
        assert_eq!(lacking(&["project_manager"], true), TRUST_STORE);
    }
}
