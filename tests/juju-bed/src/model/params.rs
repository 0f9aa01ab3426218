//! An action's parameters as `juju run` takes them on the command line, and what Juju makes of them on the way to the
//! unit.

use serde_json::{Map, Value};

use super::{ActionResult, Error, Model};
use crate::{context::Version, tools};

/// What stands behind an action's name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Params<'a> {
    /// `key.key=value`; each value is read as YAML.
    pub pairs: &'a [&'a str],
    /// `--string-args`: the values are taken as texts.
    pub string_args: bool,
    /// The content of the file of `--params`.
    pub file: Option<&'a str>,
}

impl Model {
    /// `juju run` with the words of a command line.
    ///
    /// # Errors
    /// As [`Model::run_on`], and if the client cannot read the parameters.
    pub fn run_with(
        &mut self,
        units: &[&str],
        action: &str,
        params: &Params<'_>,
    ) -> Result<Vec<ActionResult>, Error> {
        let params = params.read(self.version())?;
        self.run_on(units, action, &params)
    }
}

impl Params<'_> {
    fn read(&self, version: Version) -> Result<Value, Error> {
        let mut params = Map::new();
        if let Some(text) = self.file {
            match yaml(text)? {
                Some(Value::Object(map)) => params = map,
                None | Some(Value::Null) => {}
                _ => {
                    return Err(Error::refused(
                        "params must contain a YAML map with string keys",
                    ));
                }
            }
        }
        for pair in self.pairs {
            let (keys, text) = pair.split_once('=').ok_or_else(|| {
                Error::refused(format!(
                    "argument {pair:?} must be of the form key.key.key...=value"
                ))
            })?;
            let value = if self.string_args {
                text.into()
            } else {
                yaml(text)?.unwrap_or_else(|| text.into())
            };
            // What the client makes of a map its own encoder does not take.
            if version >= Version::V4_0 && has_map(&value) {
                return Err(Error::refused(
                    "json: unsupported type: map[interface {}]interface {}",
                ));
            }
            insert(&mut params, keys, value);
        }
        Ok(Value::Object(params))
    }
}

fn yaml(text: &str) -> Result<Option<Value>, Error> {
    tools::yaml_value(text).map_err(|error| Error::refused(format!("yaml: {error}")))
}

fn has_map(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(has_map),
        _ => false,
    }
}

/// Dots descend; what stands in the way makes room.
fn insert(map: &mut Map<String, Value>, keys: &str, value: Value) {
    let Some((first, rest)) = keys.split_once('.') else {
        map.insert(keys.to_owned(), value);
        return;
    };
    let place = map.entry(first).or_insert(Value::Null);
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Value::Object(inner) = place {
        insert(inner, rest, value);
    }
}

/// A controller of 4.0 keeps texts, numbers and truth values, and of all else what Go prints.
pub(super) fn as_kept(params: &Value, version: Version) -> Value {
    let kept = |value: &Value| match value {
        Value::Null | Value::Array(_) | Value::Object(_) if version >= Version::V4_0 => {
            Value::String(printed(value))
        }
        other => other.clone(),
    };
    let pairs = params.as_object().into_iter().flatten();
    pairs
        .map(|(key, value)| (key.clone(), kept(value)))
        .collect()
}

fn printed(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::Bool(truth) => truth.to_string(),
        // It came as JSON, in which all numbers are floats.
        Value::Number(number) => tools::number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(printed).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key}:{}", printed(value)))
                .collect();
            format!("map[{}]", pairs.join(" "))
        }
    }
}
