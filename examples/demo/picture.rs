//! How things stand at one moment, read from the model and from LXD.

use std::collections::BTreeMap;

use juju_bed::context::Settings;
use lab::{APP, Lab, UNIT};
use lxd_bed::TrustEntry;
use serde_json::Value;

/// Keys that Juju itself puts into every unit's databag.
const JUJUS_OWN: [&str; 3] = ["egress-subnets", "ingress-address", "private-address"];

/// Everything that a step can change.
#[derive(Debug, Default)]
pub(crate) struct Picture {
    /// The charm's databags by relation.
    pub(crate) databags: BTreeMap<u32, Databag>,
    /// LXD's trust store by fingerprint.
    pub(crate) store: BTreeMap<String, TrustEntry>,
}

/// What the charm tells one consumer.
#[derive(Debug)]
pub(crate) struct Databag {
    pub(crate) consumer: String,
    pub(crate) data: Settings,
}

impl Picture {
    pub(crate) fn of(lab: &Lab) -> Self {
        let entries = lab.lxd.trust_list().into_iter();
        let store = entries.map(|entry| (entry.fingerprint.clone(), entry));
        Self::with_store(lab, store.collect())
    }

    /// With the trust store as it was seen last, since nobody can see it while LXD is stopped.
    pub(crate) fn with_store(lab: &Lab, store: BTreeMap<String, TrustEntry>) -> Self {
        let relations = lab.model.all_relations().into_iter();
        let databags = relations.filter_map(|relation| Some((relation, databag(lab, relation)?)));
        Self {
            databags: databags.collect(),
            store,
        }
    }
}

impl Databag {
    /// How many certificates it says are rejected.
    pub(crate) fn rejected(&self) -> usize {
        let list = self.data.get("rejected_certificates");
        let list: Option<Vec<Value>> = list.and_then(|text| serde_json::from_str(text).ok());
        list.map_or(0, |list| list.len())
    }
}

fn databag(lab: &Lab, relation: u32) -> Option<Databag> {
    let owners = lab.model.databag_owners(relation).into_iter();
    let consumer = owners
        .filter_map(|owner| owner.split('/').next().map(str::to_owned))
        .find(|app| app != APP)?;
    let mut data = lab.model.databag(relation, UNIT)?.clone();
    data.retain(|key, _| !JUJUS_OWN.contains(&key.as_str()));
    Some(Databag { consumer, data })
}
