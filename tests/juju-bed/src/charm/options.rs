//! `config.yaml`: the options of a charm, their defaults, and what an operator may set.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use serde_yaml::Value;

use super::{Refused, yaml};
use crate::context::Version;

/// The type of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// `string`
    Text,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `boolean`
    Boolean,
    /// `secret`
    Secret,
}

/// One option.
#[derive(Clone, Debug)]
pub struct OptionSpec {
    /// Its type.
    pub kind: OptionKind,
    /// Its default; `Null` if there is none.
    pub default: Json,
}

/// All options by name.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The options.
    pub specs: BTreeMap<String, OptionSpec>,
}

impl Options {
    pub(super) fn read(text: Option<&str>, version: Version) -> Result<Self, Refused> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let value = yaml(text, "invalid config")?;
        if value.is_null() {
            return Err(Refused::because("invalid config: empty configuration"));
        }
        let mut specs = BTreeMap::new();
        match value.get("options") {
            Some(Value::Mapping(map)) => {
                for (name, spec) in map {
                    let name = name.as_str().unwrap_or_default();
                    specs.insert(name.to_owned(), read_option(name, spec, version)?);
                }
            }
            Some(Value::Null) => {}
            _ => return Err(Refused::because("invalid config: empty configuration")),
        }
        Ok(Self { specs })
    }

    /// Understands what an operator typed behind `name=`.
    ///
    /// # Errors
    /// If there is no such option or the text is not of its type.
    pub fn parse(&self, name: &str, text: &str) -> Result<Json, Refused> {
        let spec = self
            .specs
            .get(name)
            .ok_or_else(|| Refused::because(format!("unknown option {name:?}")))?;
        let wrong = || {
            Refused::because(format!(
                "option {name:?} expected {}, got {text:?}",
                spec.kind.name()
            ))
        };
        match spec.kind {
            OptionKind::Text => Ok(text.into()),
            OptionKind::Int => text.parse::<i64>().map(Json::from).map_err(|_| wrong()),
            OptionKind::Float => text.parse::<f64>().map(Json::from).map_err(|_| wrong()),
            OptionKind::Boolean => match text {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true.into()),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false.into()),
                _ => Err(wrong()),
            },
            OptionKind::Secret if text.is_empty() || text.starts_with("secret:") => Ok(text.into()),
            OptionKind::Secret => Err(wrong()),
        }
    }
}

impl OptionKind {
    fn of(name: &str, version: Version) -> Option<Self> {
        match name {
            "string" => Some(Self::Text),
            "int" => Some(Self::Int),
            "float" => Some(Self::Float),
            "boolean" => Some(Self::Boolean),
            "secret" if version > Version::V2_9 => Some(Self::Secret),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Int => "int",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Secret => "secret",
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match (self, value) {
            (_, Value::Null)
            | (Self::Text, Value::String(_))
            | (Self::Float, Value::Number(_))
            | (Self::Boolean, Value::Bool(_)) => true,
            (Self::Int, Value::Number(number)) => !number.is_f64(),
            (Self::Secret, Value::String(text)) => text.is_empty() || text.starts_with("secret:"),
            _ => false,
        }
    }
}

fn read_option(name: &str, spec: &Value, version: Version) -> Result<OptionSpec, Refused> {
    let kind_name = spec.get("type").and_then(Value::as_str).unwrap_or("string");
    let unknown = || {
        Refused::because(format!(
            "invalid config: option {name:?} has unknown type {kind_name:?}"
        ))
    };
    let kind = OptionKind::of(kind_name, version).ok_or_else(unknown)?;
    let default = spec.get("default").cloned().unwrap_or(Value::Null);
    if !kind.accepts(&default) {
        let got = match &default {
            Value::String(text) => format!("{text:?}"),
            other => serde_json::to_string(other).unwrap_or_default(),
        };
        return Err(Refused::because(format!(
            "invalid config default: option {name:?} expected {kind_name}, got {got}"
        )));
    }
    let default = serde_json::to_value(&default)
        .map_err(|error| Refused::because(format!("invalid config default: {error}")))?;
    Ok(OptionSpec { kind, default })
}
