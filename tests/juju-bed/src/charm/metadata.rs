//! `metadata.yaml`: what it must hold, and which of Juju's two formats it is.

use std::collections::BTreeMap;

use serde_yaml::{Mapping, Value};

use super::{Manifest, Refused, seen, yaml};
use crate::context::{Role, Version};

/// One endpoint of a charm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its side.
    pub role: Role,
    /// What is spoken there.
    pub interface: String,
}

/// The part of `metadata.yaml` that a model needs.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// The charm's name.
    pub name: String,
    /// Endpoints by name.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// `extra-bindings`
    pub extra_bindings: Vec<String>,
    /// `series`, empty if there is none.
    pub series: Vec<String>,
    /// `assumes`, `Null` if there is none.
    pub assumes: Value,
    min_juju_version: bool,
    containers: bool,
}

impl Metadata {
    /// Reads the text of the file.
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let Value::Mapping(raw) = yaml(text, "metadata")? else {
            return Err(Refused::because(
                "metadata: expected map, got something else",
            ));
        };
        unambiguous(&raw)?;
        let required = |key: &str| match raw.get(key) {
            Some(Value::String(text)) => Ok(text.clone()),
            other => Err(Refused::because(format!(
                "metadata: {key}: expected string, got {}",
                seen(other)
            ))),
        };
        let name = required("name")?;
        required("summary")?;
        required("description")?;
        if !valid_name(&name) {
            return Err(Refused::because(format!(
                "metadata: name: unexpected value {name:?}"
            )));
        }
        let mut metadata = Self {
            name,
            endpoints: BTreeMap::new(),
            extra_bindings: Vec::new(),
            series: texts(raw.get("series")),
            assumes: raw.get("assumes").cloned().unwrap_or(Value::Null),
            min_juju_version: raw.contains_key("min-juju-version"),
            containers: raw.contains_key("containers"),
        };
        for (key, role) in [
            ("provides", Role::Provider),
            ("requires", Role::Requirer),
            ("peers", Role::Peer),
        ] {
            metadata.add_endpoints(raw.get(key), key, role)?;
        }
        metadata.add_bindings(raw.get("extra-bindings"))?;
        Ok(metadata)
    }

    fn add_endpoints(
        &mut self,
        value: Option<&Value>,
        key: &str,
        role: Role,
    ) -> Result<(), Refused> {
        let Some(Value::Mapping(map)) = value else {
            return Ok(());
        };
        for (name, spec) in map {
            let Value::String(name) = name else { continue };
            let interface = match spec {
                Value::String(interface) => interface.clone(),
                Value::Mapping(spec) => texts(spec.get("interface")).concat(),
                _ => String::new(),
            };
            if interface.is_empty() {
                return Err(Refused::because(format!(
                    "metadata: {key}.{name}: expected map, got {}",
                    seen(Some(spec))
                )));
            }
            let charm = &self.name;
            if self.reserved(name) {
                return Err(Refused::because(format!(
                    "charm {charm:?} using a reserved relation name: {name:?}"
                )));
            }
            if role != Role::Requirer && self.reserved(&interface) {
                return Err(Refused::because(format!(
                    "charm {charm:?} relation {name:?} using a reserved interface: {interface:?}"
                )));
            }
            let duplicate = format!("charm {charm:?} using a duplicated relation name: {name:?}");
            if self
                .endpoints
                .insert(name.clone(), Endpoint { role, interface })
                .is_some()
            {
                return Err(Refused(duplicate));
            }
        }
        Ok(())
    }

    fn reserved(&self, name: &str) -> bool {
        let juju = |name: &str| name == "juju" || name.starts_with("juju-");
        juju(name) && !juju(&self.name)
    }

    fn add_bindings(&mut self, value: Option<&Value>) -> Result<(), Refused> {
        let Some(Value::Mapping(map)) = value else {
            return Ok(());
        };
        let invalid = |why: String| {
            Refused::because(format!(
                "charm {:?} has invalid extra bindings: {why}",
                self.name
            ))
        };
        if map.is_empty() {
            return Err(invalid(
                "extra bindings cannot be empty when specified".into(),
            ));
        }
        for name in map.keys().filter_map(Value::as_str) {
            if self.endpoints.contains_key(name) {
                return Err(invalid(format!(
                    "relation names ({name}) cannot be used in extra bindings"
                )));
            }
        }
        self.extra_bindings = map
            .keys()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        Ok(())
    }

    /// 2 where the bases stand in the manifest and there is no `series`, else 1.
    #[must_use]
    pub fn format(&self, manifest: &Manifest, version: Version) -> u8 {
        let series = version < Version::V4_0 && !self.series.is_empty();
        if manifest.bases.is_empty() || series {
            1
        } else {
            2
        }
    }

    /// What the chosen format forbids.
    pub(super) fn check(&self, manifest: &Manifest, version: Version) -> Result<(), Refused> {
        if version >= Version::V4_0 && manifest.bases.is_empty() {
            return Err(Refused::because(
                "charm metadata without bases in manifest not valid",
            ));
        }
        match self.format(manifest, version) {
            1 if !self.assumes.is_null() => {
                Err(Refused::because("assumes in metadata v1 not valid"))
            }
            1 if self.containers => Err(Refused::because(
                "containers without a manifest.yaml not valid",
            )),
            2 if self.min_juju_version => Err(Refused::because(
                "min-juju-version in metadata v2 not valid",
            )),
            _ => Ok(()),
        }
    }
}

/// Keys that only one of the two formats knows may not meet in one file.
fn unambiguous(raw: &Mapping) -> Result<(), Refused> {
    let kind = |key: &str| match key {
        "containers" | "assumes" | "charm-user" => Some(2),
        "series" | "deployment" | "min-juju-version" => Some(1),
        _ => None,
    };
    let mut keys: Vec<&str> = raw
        .keys()
        .filter_map(Value::as_str)
        .filter(|key| kind(key).is_some())
        .collect();
    keys.sort_unstable();
    let Some(first) = keys.first().copied() else {
        return Ok(());
    };
    let (matched, other): (Vec<&str>, Vec<&str>) =
        keys.into_iter().partition(|key| kind(key) == kind(first));
    if other.is_empty() {
        return Ok(());
    }
    let quoted = |keys: &[&str]| {
        keys.iter()
            .map(|key| format!("{key:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    Err(Refused::because(format!(
        "ambiguous metadata: keys {} cannot be used with {}",
        quoted(&other),
        quoted(&matched)
    )))
}

/// `^[a-z][a-z0-9]*(-[a-z0-9]*[a-z][a-z0-9]*)*$`
pub(crate) fn valid_name(name: &str) -> bool {
    let plain = |part: &str| {
        part.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .split('-')
            .all(|part| plain(part) && part.bytes().any(|byte| byte.is_ascii_lowercase()))
}

fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Sequence(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}
