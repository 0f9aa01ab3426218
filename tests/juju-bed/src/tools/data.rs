//! What a reading tool answers, before it is given a format.

use std::collections::BTreeMap;

use serde_json::Value;

/// Text as the agent holds it: bytes, which are nearly always UTF-8.
pub(super) type Text = Vec<u8>;

/// An answer.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// All numbers are floats in the agent.
    Number(f64),
    /// A text.
    Text(Text),
    /// A list of texts as Go has it, which smart prints line by line; one that was never made is null in JSON.
    Lines(Option<Vec<Text>>),
    /// Any other list.
    List(Vec<Self>),
    /// Keys in the order of their bytes.
    Map(BTreeMap<Text, Self>),
    /// A map that was never made: null in JSON, empty in YAML.
    NoMap,
    /// Fields in an order of their own.
    Fields(Vec<Field>),
}

/// A field of a structure, with its name in each format, or none where it is left out.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// The name in JSON.
    pub(super) json: Option<&'static str>,
    /// The name in YAML.
    pub(super) yaml: Option<&'static str>,
    /// The value.
    pub(super) data: Data,
}

impl Field {
    /// A field that both formats have under one name.
    pub(super) fn both(name: &'static str, data: impl Into<Data>) -> Self {
        Self {
            json: Some(name),
            yaml: Some(name),
            data: data.into(),
        }
    }

    /// A field that only YAML has.
    pub(super) fn yaml(name: &'static str, data: impl Into<Data>) -> Self {
        Self {
            json: None,
            yaml: Some(name),
            data: data.into(),
        }
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }
}

impl From<&Value> for Data {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => Self::Number(n.as_f64().unwrap_or(f64::NAN)),
            Value::String(s) => s.as_str().into(),
            Value::Array(items) => Self::List(items.iter().map(Into::into).collect()),
            Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(k, v)| (k.as_bytes().to_vec(), v.into()))
                    .collect(),
            ),
        }
    }
}

/// A map from pairs.
pub(super) fn map<'a, D: Into<Data>>(pairs: impl IntoIterator<Item = (&'a str, D)>) -> Data {
    Data::Map(
        pairs
            .into_iter()
            .map(|(k, v)| (k.as_bytes().to_vec(), v.into()))
            .collect(),
    )
}

/// A map of texts.
pub(super) fn texts(settings: BTreeMap<Text, Text>) -> Data {
    Data::Map(
        settings
            .into_iter()
            .map(|(k, v)| (k, Data::Text(v)))
            .collect(),
    )
}

/// A list of texts.
pub(super) fn lines<'a>(items: impl IntoIterator<Item = &'a str>) -> Data {
    Data::Lines(Some(
        items.into_iter().map(|s| s.as_bytes().to_vec()).collect(),
    ))
}
