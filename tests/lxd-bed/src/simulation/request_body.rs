//! Request bodies as Go's decoder reads them into a structure: the first JSON value counts, names
//! match in any case, unknown names are ignored, null empties a list and leaves anything else as it
//! was.

use std::collections::BTreeMap;

use serde_json::{Deserializer, Value};

/// The fields of a request's object by lower-case name.
#[derive(Debug)]
pub(super) struct Fields(BTreeMap<String, Value>);

/// The text of a 400.
pub(super) type Complaint = String;

impl Fields {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Complaint> {
        let first = Deserializer::from_slice(body).into_iter().next();
        match first {
            None => Err("EOF".to_owned()),
            Some(Err(error)) => Err(error.to_string()),
            Some(Ok(Value::Null)) => Ok(Self(BTreeMap::new())),
            Some(Ok(Value::Object(fields))) => Ok(Self(
                fields
                    .into_iter()
                    .map(|(name, value)| (name.to_lowercase(), value))
                    .collect(),
            )),
            Some(Ok(_)) => Err("json: cannot unmarshal into an object".to_owned()),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Complaint> {
        self.field(name, |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Complaint> {
        self.field(name, Value::as_bool)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Complaint> {
        if self.0.get(name).is_some_and(Value::is_null) {
            return Ok(Some(Vec::new()));
        }
        self.field(name, |value| {
            let values = value.as_array()?.iter();
            values
                .map(|value| value.as_str().map(str::to_owned))
                .collect()
        })
    }

    fn field<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Complaint> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| format!("json: cannot unmarshal into field {name}")),
        }
    }
}
