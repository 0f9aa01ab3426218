//! `actions.yaml`: the actions of a charm and the check of their parameters.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use serde_yaml::Value;

use super::{Refused, yaml};
use crate::context::Version;

/// One action's parameters, as the JSON schema that Juju makes of them.
#[derive(Clone, Debug, Default)]
pub struct Action {
    properties: Map<String, Json>,
    required: Vec<String>,
    additional: bool,
}

/// All actions by name.
#[derive(Clone, Debug, Default)]
pub struct Actions {
    /// The actions.
    pub specs: BTreeMap<String, Action>,
}

impl Actions {
    pub(super) fn read(text: Option<&str>, version: Version) -> Result<Self, Refused> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let mut specs = BTreeMap::new();
        if let Value::Mapping(map) = yaml(text, "actions")? {
            for (name, spec) in &map {
                let name = name.as_str().unwrap_or_default();
                check_name(name)?;
                specs.insert(name.to_owned(), Action::read(name, spec, version)?);
            }
        }
        Ok(Self { specs })
    }
}

impl Action {
    fn read(name: &str, spec: &Value, version: Version) -> Result<Self, Refused> {
        let spec: Json = serde_json::to_value(spec)
            .map_err(|error| Refused::because(format!("action {name:?}: {error}")))?;
        if let Some(key) = forbidden(&spec) {
            return Err(Refused::because(format!(
                "schema key {key:?} not compatible with this version of juju"
            )));
        }
        let list = spec["required"].as_array().cloned().unwrap_or_default();
        Ok(Self {
            properties: spec["params"].as_object().cloned().unwrap_or_default(),
            required: list
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect(),
            additional: spec["additionalProperties"]
                .as_bool()
                .unwrap_or(version < Version::V4_0),
        })
    }

    /// The parameters with the schema's defaults merged in.
    #[must_use]
    pub(crate) fn with_defaults(&self, params: &Json) -> Json {
        let mut merged = params.as_object().cloned().unwrap_or_default();
        for (name, schema) in &self.properties {
            if let Some(default) = schema.get("default") {
                merged
                    .entry(name.clone())
                    .or_insert_with(|| default.clone());
            }
        }
        Json::Object(merged)
    }

    /// Whether the schema takes these parameters.
    ///
    /// # Errors
    /// What the schema checker says.
    pub(crate) fn validate(&self, params: &Json) -> Result<(), Refused> {
        let failed = |text: String| Err(Refused::because(format!("validation failed: {text}")));
        for name in &self.required {
            if params.get(name).is_none() {
                return failed(format!(
                    "(root) : {name:?} property is missing and required, given {params}"
                ));
            }
        }
        for (name, value) in params.as_object().into_iter().flatten() {
            match self.properties.get(name) {
                None if !self.additional => {
                    return failed(format!(
                        "(root) : additional property {name:?} is not allowed, given {params}"
                    ));
                }
                Some(schema) => {
                    if let Some(kind) = schema["type"].as_str().filter(|kind| !is_of(kind, value)) {
                        return failed(format!(
                            "(root).{name} : must be of type {kind}, given {value}"
                        ));
                    }
                    if let Some(list) = schema["enum"]
                        .as_array()
                        .filter(|list| !list.contains(value))
                    {
                        let all = list
                            .iter()
                            .map(Json::to_string)
                            .collect::<Vec<_>>()
                            .join(", ");
                        return failed(format!(
                            "(root).{name} : must match one of the enum values [{all}], given {value}"
                        ));
                    }
                }
                None => {}
            }
        }
        Ok(())
    }
}

fn is_of(kind: &str, value: &Json) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}

fn forbidden(schema: &Json) -> Option<&'static str> {
    match schema {
        Json::Object(map) => ["$ref", "$schema"]
            .into_iter()
            .find(|key| map.contains_key(*key))
            .or_else(|| map.values().find_map(forbidden)),
        Json::Array(list) => list.iter().find_map(forbidden),
        _ => None,
    }
}

fn check_name(name: &str) -> Result<(), Refused> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(inner) || name.starts_with('-') || name.ends_with('-') {
        return Err(Refused::because(format!("bad action name {name}")));
    }
    if name == "juju" {
        return Err(Refused::because(
            "cannot use action name juju: \"juju\" is a reserved name",
        ));
    }
    if name.starts_with("juju-") {
        return Err(Refused::because(format!(
            "cannot use action name {name}: the \"juju-\" prefix is reserved"
        )));
    }
    Ok(())
}
