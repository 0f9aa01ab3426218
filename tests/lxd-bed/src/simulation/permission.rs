//! What a group lets its members do.

use serde_json::{Value, json};

use super::request_body::Complaint;
use super::store::Store;
use crate::profile::Profile;

/// What the members of a group may do with one thing.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Permission {
    pub(super) entity_type: String,
    pub(super) url: String,
    pub(super) entitlement: String,
}

impl Permission {
    /// On the server as a whole.
    pub(super) fn on_server(entitlement: &str) -> Self {
        Self {
            entity_type: "server".to_owned(),
            url: "/1.0".to_owned(),
            entitlement: entitlement.to_owned(),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({"entity_type": self.entity_type, "url": self.url, "entitlement": self.entitlement})
    }

    pub(super) fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Self {
            entity_type: text("entity_type"),
            url: text("url"),
            entitlement: text("entitlement"),
        }
    }

    /// The text of a 400, where there is nothing that it is about.
    pub(super) fn objection(&self, profile: Profile, store: &Store) -> Option<Complaint> {
        let Self {
            entity_type,
            url,
            entitlement,
        } = self;
        let known = match entity_type.as_str() {
            "server" => SERVER,
            "project" => PROJECT,
            "identity" | "certificate" | "group" => ENTITY,
            _ => {
                let failed = profile.failing("Failed to validate", "Failed validating");
                return Some(format!(
                    "{failed} entity type for permission with entity reference {url:?} and \
                     entitlement {entitlement:?}: Unknown entity type {entity_type:?}"
                ));
            }
        };
        if !known.split(' ').any(|known| known == entitlement) {
            let failed = profile.failing("Failed to validate", "Failed validating");
            return Some(format!(
                "{failed} group permission with entity reference {url:?} and entitlement \
                 {entitlement:?}: Entitlement {entitlement:?} not valid for entity type \
                 {entity_type:?}"
            ));
        }
        let project = url.strip_prefix("/1.0/projects/");
        if project.is_some_and(|name| !store.has_project(name)) {
            let failed = profile.failing("Failed to find", "Failed finding");
            return Some(format!(
                "Could not resolve permission URLs: {failed} entity ID for URL {url:?}"
            ));
        }
        None
    }
}

/// The entitlements on the server that a client of the trust store may meet.
const SERVER: &str = "\
    admin viewer can_edit permission_manager can_view_permissions can_create_identities \
    can_view_identities can_edit_identities can_delete_identities can_create_groups \
    can_view_groups can_edit_groups can_delete_groups project_manager can_create_projects \
    can_view_projects can_edit_projects can_delete_projects can_view_metrics can_view_warnings \
    can_view_resources";
const PROJECT: &str = "operator viewer can_view can_edit can_delete";
const ENTITY: &str = "can_view can_edit can_delete";
