//! The hook tools that change something. Texts go in by standard input as JSON, so nothing is trimmed, cut or shown in
//! a process list.

use super::{Error, run::run};
use crate::{
    names::RelationId,
    values::{Settings, Status, json},
};

/// What can be changed in Juju.
#[derive(Clone, Copy, Debug)]
pub struct Writer;

impl Writer {
    /// `relation-set`: keys of our own databag, committed when the hook ends well; an empty text removes the key.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn databag(self, relation: RelationId, changes: &Settings) -> Result<(), Error> {
        let id = relation.with_endpoint();
        run(
            &["relation-set", "-r", &id, "--file", "-"],
            Some(&yaml(changes)),
        )
        .map(drop)
    }

    /// `state-set`: keys of the charm's memory, committed along with the databags.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn state(self, changes: &Settings) -> Result<(), Error> {
        run(&["state-set", "--file", "-"], Some(&yaml(changes))).map(drop)
    }

    /// `state-delete`: one key of the charm's memory.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn forget(self, key: &str) -> Result<(), Error> {
        run(&["state-delete", key], None).map(drop)
    }

    /// `status-set`: takes effect at once, whatever becomes of the hook.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn status(self, status: &Status) -> Result<(), Error> {
        run(&["status-set", &status.state, "--", &status.message], None).map(drop)
    }

    /// `application-version-set`: what `juju status` shows as the version.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn version(self, version: &str) -> Result<(), Error> {
        run(&["application-version-set", "--", version], None).map(drop)
    }
}

/// A JSON object that Juju's YAML reader takes as it is: what JSON may leave bare and YAML refuses or folds (DEL, C1,
/// U+FFFE, U+FFFF) is escaped.
fn yaml(settings: &Settings) -> String {
    let json = json(settings);
    let mut yaml = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                yaml.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => yaml.push(letter),
        }
    }
    yaml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_refuses_is_escaped() {
        let settings = Settings::from([("k".to_owned(), "a\u{85}b\u{7f}/é😀\n".to_owned())]);
        assert_eq!(yaml(&settings), "{\"k\":\"a\\u0085b\\u007f/é😀\\n\"}");
    }
}
