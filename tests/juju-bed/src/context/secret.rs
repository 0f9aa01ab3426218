//! Secrets as the controller keeps them and as one unit may see them.

use super::Settings;

/// Whose a secret is, seen from the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretOwner {
    /// The unit's own.
    Unit,
    /// Its application's.
    Application,
    /// Another application's, or the operator's.
    Other,
}

/// Somebody who may read an own secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// A tag: `application-web`.
    pub target: String,
    /// A tag: the relation that the grant lasts as long as.
    pub scope: String,
}

/// One secret, from the point of view of one unit.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Whose it is.
    pub owner: SecretOwner,
    /// Whether the unit may read it.
    pub granted: bool,
    /// The newest content.
    pub latest: Settings,
    /// What the unit reads until it asks for the newest; `None` if it has not read it yet.
    pub tracked: Option<Settings>,
    /// The number of the newest content.
    pub revision: u32,
    /// The owner's name for it, or empty.
    pub label: String,
    /// The reading unit's name for it, or empty.
    pub consumer_label: String,
    /// The owner's words on it, or empty.
    pub description: String,
    /// How often it is to be replaced: `never`, `daily`, ….
    pub rotation: String,
    /// Who may read it, if it is the unit's or its application's.
    pub grants: Vec<Grant>,
}

impl Secret {
    /// Somebody else's secret with its first content, as a unit sees it that has not read it yet.
    #[must_use]
    pub(crate) fn of_others(content: Settings, granted: bool) -> Self {
        Self {
            owner: SecretOwner::Other,
            granted,
            latest: content,
            tracked: None,
            revision: 1,
            label: String::new(),
            consumer_label: String::new(),
            description: String::new(),
            rotation: "never".into(),
            grants: Vec::new(),
        }
    }

    /// What `secret-get` answers without `--peek` and `--refresh`.
    #[must_use]
    pub(crate) fn current(&self) -> &Settings {
        self.tracked.as_ref().unwrap_or(&self.latest)
    }
}

/// What a run did to a unit's view of a secret, at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consumed {
    /// The unit went over to the newest content, because it asked for that.
    pub refreshed: bool,
    /// The unit's new name for it.
    pub label: Option<String>,
}
