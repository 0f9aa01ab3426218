//! What Juju showed of the relations.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    names::{ApplicationName, BagName, RelationId, UnitName},
    relation::request::Request,
    values::Settings,
};

/// What Juju showed of the relations.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Every relation and databag was looked at, not only the subject's.
    pub wide: bool,
    /// The relations looked at.
    pub relations: BTreeMap<RelationId, ObservedRelation>,
    /// Relations that Juju lists and does not let us read any more, with its words.
    pub gone: BTreeMap<RelationId, String>,
}

/// What Juju showed of one relation.
#[derive(Clone, Debug)]
pub struct ObservedRelation {
    /// The consumer.
    pub application: ApplicationName,
    /// Our own databag.
    pub own: Settings,
    /// The consumer's databags that were looked at.
    pub requests: BTreeMap<BagName, Request>,
    /// The consumer's units that Juju lists although they were removed by force; only a wide look knows.
    pub hidden: BTreeSet<UnitName>,
}

impl Observed {
    /// The relations that were looked at beside another one of the same application.
    #[must_use]
    pub fn together(&self) -> BTreeSet<RelationId> {
        let mut groups: BTreeMap<&ApplicationName, BTreeSet<RelationId>> = BTreeMap::new();
        for (id, seen) in &self.relations {
            groups.entry(&seen.application).or_default().insert(*id);
        }
        let several = groups.into_values().filter(|group| group.len() > 1);
        several.flatten().collect()
    }
}
