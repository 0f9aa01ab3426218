//! The names that Juju and LXD give to things, parsed once at the border.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// The endpoint of this charm (`provides` in `metadata.yaml`).
pub const ENDPOINT: &str = "api";

/// A text that is not the name it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct BadName {
    what: &'static str,
    text: String,
}

impl BadName {
    pub(crate) fn new(what: &'static str, text: &str) -> Self {
        Self {
            what,
            text: text.to_owned(),
        }
    }
}

/// The number of a relation: 7 in `api:7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelationId(u32);

impl RelationId {
    /// Wraps a number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The id as the hook tools take it, `api:7`.
    #[must_use]
    pub fn with_endpoint(self) -> String {
        format!("{ENDPOINT}:{}", self.0)
    }
}

/// The bare number.
impl fmt::Display for RelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads `api:7` or `7`, written without sign or leading zeros.
impl FromStr for RelationId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let digits = text.rsplit(':').next().unwrap_or(text);
        match digits.parse::<u32>() {
            Ok(number) if number.to_string() == digits => Ok(Self(number)),
            _ => Err(BadName::new("a relation id", text)),
        }
    }
}

/// The name of an application, ours or a consumer's; opaque (across models it is `remote-<32 hex>`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApplicationName(String);

impl fmt::Display for ApplicationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Juju's names have letters, digits and dashes; what matters here is that `:` and `/` cannot occur.
impl FromStr for ApplicationName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.is_empty() && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::new("an application name", text))
        }
    }
}

/// The name of a unit, `my-charm/0`. Units sort by application, then number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitName {
    application: ApplicationName,
    number: u32,
}

impl UnitName {
    /// The application the unit belongs to.
    #[must_use]
    pub const fn application(&self) -> &ApplicationName {
        &self.application
    }

    /// Its number: 0 is the application's first unit.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.application, self.number)
    }
}

impl FromStr for UnitName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let bad = || BadName::new("a unit name", text);
        let (application, number) = text.split_once('/').ok_or_else(bad)?;
        Ok(Self {
            application: application.parse().map_err(|_| bad())?,
            number: number.parse().map_err(|_| bad())?,
        })
    }
}

/// Whose databag: the application's or one unit's. The application's sorts first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BagName {
    /// The databag that the consumer's leader writes.
    Application(ApplicationName),
    /// The databag of one consumer unit.
    Unit(UnitName),
}

impl BagName {
    /// The application behind the databag.
    #[must_use]
    pub const fn application(&self) -> &ApplicationName {
        match self {
            Self::Application(application) => application,
            Self::Unit(unit) => unit.application(),
        }
    }
}

impl fmt::Display for BagName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application(application) => application.fmt(f),
            Self::Unit(unit) => unit.fmt(f),
        }
    }
}

impl FromStr for BagName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.contains('/') {
            text.parse().map(Self::Unit)
        } else {
            text.parse().map(Self::Application)
        }
    }
}

/// The UUID of a model, as Juju writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelUuid(String);

impl fmt::Display for ModelUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ModelUuid {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName::new("a model UUID", text))
        }
    }
}

/// Projects of LXD, by name.
pub type Projects = BTreeSet<String>;

/// Reads the option: names with commas between them.
#[must_use]
pub fn projects(option: &str) -> Projects {
    let names = option.split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Names with commas between them.
#[must_use]
pub fn list(projects: &Projects) -> String {
    let names: Vec<&str> = projects.iter().map(String::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_between_commas() {
        assert_eq!(projects(" b,a ,,b"), projects("a,b"));
        assert_eq!(list(&projects("b,a")), "a, b");
        assert!(projects(" , ").is_empty());
    }

    #[test]
    fn relation_ids_are_read_with_and_without_endpoint() {
        assert_eq!("api:7".parse(), Ok(RelationId(7)));
        assert_eq!("7".parse(), Ok(RelationId(7)));
        for bad in ["", "api:", "api:-1", "api:+1", "api:007", "api:x"] {
            assert!(bad.parse::<RelationId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_application_databag_sorts_first_and_units_by_number() {
        let mut bags: Vec<BagName> = ["a/10", "a/9", "a"]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        bags.sort();
        let texts: Vec<String> = bags.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["a", "a/9", "a/10"]);
    }
}
