//! A charm as Juju takes it in: the archive, what its YAML files say, and whether this Juju accepts it.

mod actions;
mod archive;
mod assumes;
mod expand;
mod manifest;
mod metadata;
mod options;

use std::path::Path;

use serde_yaml::Value;

use crate::context::Version;

pub use actions::{Action, Actions};
pub use archive::{Archive, FileEntry, FileKind};
pub use manifest::{Base, Manifest};
pub(crate) use metadata::valid_name;
pub use metadata::{Endpoint, Metadata};
pub use options::{OptionKind, OptionSpec, Options};

/// Juju does not take this, in Juju's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Refused {
    pub(crate) fn because(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A charm that this version of Juju accepted.
#[derive(Clone, Debug)]
pub struct Charm {
    /// The files, as the controller stores them.
    pub archive: Archive,
    /// `metadata.yaml`
    pub metadata: Metadata,
    /// `manifest.yaml`
    pub manifest: Manifest,
    /// `config.yaml`
    pub options: Options,
    /// `actions.yaml`
    pub actions: Actions,
    /// The base that the machine gets, as `22.04`.
    pub base: String,
    /// The version that this Juju reports for the charm: first line of `version`.
    pub version: String,
}

impl Charm {
    /// Reads a `.charm` archive, or a folder (which is packed first, with its symbolic links), and checks it as the
    /// client and the controller of this version do.
    ///
    /// # Errors
    /// What Juju says when it refuses the charm.
    pub fn open(path: &Path, version: Version) -> Result<Self, Refused> {
        let archive = if path.is_dir() {
            Archive::pack(path)?
        } else {
            Archive::read(path)?
        };
        Self::check(archive, version)
    }

    /// Checks an archive that is already in memory.
    ///
    /// # Errors
    /// What Juju says when it refuses the charm.
    pub fn check(archive: Archive, version: Version) -> Result<Self, Refused> {
        let texts = Texts::of(&archive)?;
        let metadata = Metadata::read(&texts.metadata)?;
        archive.check_hooks(&metadata.name, version)?;
        let manifest = Manifest::read(texts.manifest.as_deref(), version)?;
        metadata.check(&manifest, version)?;
        assumes::check(&metadata.assumes, version)?;
        let options = Options::read(texts.config.as_deref(), version)?;
        let actions = Actions::read(texts.actions.as_deref(), version)?;
        let base = manifest.choose(&metadata.series, version)?;
        let archive = if version < Version::V4_0 {
            archive.repack()?
        } else {
            archive
        };
        archive.check_links()?;
        Ok(Self {
            archive,
            metadata,
            manifest,
            options,
            actions,
            base,
            version: texts.version,
        })
    }
}

struct Texts {
    metadata: String,
    manifest: Option<String>,
    config: Option<String>,
    actions: Option<String>,
    version: String,
}

impl Texts {
    fn of(archive: &Archive) -> Result<Self, Refused> {
        let metadata = archive
            .text("metadata.yaml")?
            .ok_or_else(|| Refused::because("archive file \"metadata.yaml\" not found"))?;
        let first_line = |text: String| {
            text.lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(100)
                .collect()
        };
        Ok(Self {
            metadata,
            manifest: archive.text("manifest.yaml")?,
            config: archive.text("config.yaml")?,
            actions: archive.text("actions.yaml")?,
            version: archive.text("version")?.map(first_line).unwrap_or_default(),
        })
    }
}

/// Parses one YAML document; what is no YAML is refused with the parser's own words behind Juju's prefix.
fn yaml(text: &str, what: &str) -> Result<Value, Refused> {
    serde_yaml::from_str(text).map_err(|error| Refused::because(format!("{what}: {error}")))
}

/// How Juju's schema checker names a value that has the wrong type.
fn seen(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".into(),
        Some(Value::Bool(flag)) => format!("bool({flag})"),
        Some(Value::Number(number)) if number.is_f64() => format!("float64({number})"),
        Some(Value::Number(number)) => format!("int({number})"),
        Some(Value::String(text)) => format!("string({text:?})"),
        Some(Value::Sequence(_)) => "list".into(),
        Some(Value::Mapping(_)) => "map".into(),
        Some(Value::Tagged(tagged)) => seen(Some(&tagged.value)),
    }
}
