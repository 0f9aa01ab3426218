//! Request bodies as Go's decoder reads them into a structure: the first JSON value counts, names
//! match in any case, the last of two counts, unknown names are ignored, null empties a list and
//! leaves anything else as it was. What is wrong is told in Go's words.

use serde_json::Value;

use super::go_json;

/// A structure of the API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// As Go names it, without its package.
    pub(super) name: &'static str,
    /// Its own fields.
    pub(super) fields: &'static [Field],
    /// The fields of the structure inside it.
    pub(super) inner: &'static [Field],
    /// The name of that structure, where Go's words tell of it.
    pub(super) inner_name: Option<&'static str>,
    /// Whether an element of a list is named by its place, and not by its Go type.
    pub(super) names_elements: bool,
}

impl Shape {
    /// One with no structure inside it.
    pub(super) fn of(name: &'static str, fields: &'static [Field]) -> Self {
        Self {
            name,
            fields,
            inner: &[],
            inner_name: None,
            names_elements: false,
        }
    }
}

/// A field and what it takes.
pub(super) type Field = (&'static str, Takes);

/// What a field takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Takes {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// A list of strings.
    Texts,
    /// Anything; whoever asks for it looks at it.
    Anything,
}

/// The fields of a request's object, in the order in which they came, by lower-case name.
#[derive(Debug)]
pub(super) struct Fields(Vec<(&'static str, Value)>);

/// The text of a 400.
pub(super) type Complaint = String;

impl Fields {
    /// Reads all fields of the shape.
    pub(super) fn parse(body: &[u8], shape: Shape) -> Result<Self, Complaint> {
        Self::parse_known(body, shape, |_| true)
    }

    /// Reads those fields of the shape that this version knows.
    pub(super) fn parse_known(
        body: &[u8],
        shape: Shape,
        knows: impl Fn(&str) -> bool,
    ) -> Result<Self, Complaint> {
        let members = match go_json::first_value(body)? {
            Value::Null => Vec::new(),
            Value::Object(_) => go_json::members(body)?,
            other => {
                let (kind, name) = (kind_of(&other), shape.name);
                let text =
                    format!("json: cannot unmarshal {kind} into Go value of type api.{name}");
                return Err(text);
            }
        };
        let mut fields = Vec::new();
        let mut first_complaint = None;
        for (name, value) in members {
            let lower = name.to_lowercase();
            let mut known = shape.fields.iter().chain(shape.inner);
            let wanted = |name: &str| name == lower && knows(name);
            let Some(&(name, takes)) = known.find(|(name, _)| wanted(name)) else {
                continue;
            };
            match objection(shape, name, takes, &value) {
                None => fields.push((name, value)),
                Some(objection) => {
                    first_complaint.get_or_insert(objection);
                }
            }
        }
        match first_complaint {
            None => Ok(Self(fields)),
            Some(complaint) => Err(complaint),
        }
    }

    /// Whether it was sent, and not as null.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        let mut sent = self.0.iter().rev();
        let found = sent.find(|(field, value)| *field == name && !value.is_null());
        found.map(|(_, value)| value)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(str::to_owned)
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let (_, value) = self.0.iter().rev().find(|(field, _)| *field == name)?;
        let texts = value.as_array().into_iter().flatten();
        Some(
            texts
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect(),
        )
    }
}

fn objection(shape: Shape, name: &str, takes: Takes, value: &Value) -> Option<Complaint> {
    let is_inner = shape.inner.iter().any(|(known, _)| *known == name);
    let place = match shape.inner_name {
        Some(inner) if is_inner => format!("{}.{inner}.{name}", shape.name),
        _ => format!("{}.{name}", shape.name),
    };
    let refused = |value: &Value, wanted: &str| {
        let kind = kind_of(value);
        format!("json: cannot unmarshal {kind} into Go struct field {place} of type {wanted}")
    };
    match (takes, value) {
        (Takes::Anything, _) | (_, Value::Null) => None,
        (Takes::Text, Value::String(_)) | (Takes::Flag, Value::Bool(_)) => None,
        (Takes::Text, other) => Some(refused(other, "string")),
        (Takes::Flag, other) => Some(refused(other, "bool")),
        (Takes::Texts, Value::Array(values)) => {
            let wrong = |value: &Value| !value.is_string() && !value.is_null();
            let index = values.iter().position(wrong)?;
            Some(match shape.names_elements {
                true => format!(
                    "json: cannot unmarshal {} into {place}.{index} of type string",
                    kind_of(&values[index])
                ),
                false => refused(&values[index], "string"),
            })
        }
        (Takes::Texts, other) => Some(refused(other, "[]string")),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
