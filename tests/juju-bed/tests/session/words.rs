//! The words of an operator's command.

use std::collections::BTreeMap;

/// Options that are followed by a value.
const WITH_VALUE: [&str; 16] = [
    "-m",
    "--model",
    "-n",
    "--num-units",
    "--to",
    "--base",
    "--config",
    "--unit",
    "--application",
    "--path",
    "--reset",
    "--format",
    "--wait",
    "--channel",
    "--params",
    "--message",
];

/// A command taken apart.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) verb: String,
    pub(crate) positional: Vec<String>,
    pub(crate) options: BTreeMap<String, Vec<String>>,
    /// What follows `--`.
    pub(crate) rest: Vec<String>,
}

impl Words {
    pub(crate) fn of(words: &[String]) -> Self {
        let mut taken = Self {
            verb: words.first().cloned().unwrap_or_default(),
            ..Self::default()
        };
        let mut words = words.iter().skip(1);
        while let Some(word) = words.next() {
            if word == "--" {
                taken.rest = words.cloned().collect();
                break;
            }
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => {
                    (option, Some(value.to_owned()))
                }
                _ => (word.as_str(), None),
            };
            if !option.starts_with('-') {
                taken.positional.push(word.clone());
                continue;
            }
            let value = value.or_else(|| {
                WITH_VALUE
                    .contains(&option)
                    .then(|| words.next().cloned().unwrap_or_default())
            });
            taken
                .options
                .entry(option.to_owned())
                .or_default()
                .extend(value);
        }
        taken
    }

    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.contains_key(option)
    }

    pub(crate) fn value(&self, one: &str, other: &str) -> Option<&str> {
        [one, other]
            .into_iter()
            .find_map(|name| self.options.get(name)?.last())
            .map(String::as_str)
    }

    pub(crate) fn model(&self) -> Option<&str> {
        self.value("-m", "--model")
    }

    pub(crate) fn count(&self) -> u32 {
        self.value("-n", "--num-units")
            .and_then(|text| text.parse().ok())
            .unwrap_or(1)
    }

    /// Everything that an option was given, comma-separated values taken apart.
    pub(crate) fn list(&self, option: &str) -> Vec<&str> {
        self.options
            .get(option)
            .into_iter()
            .flatten()
            .flat_map(|text| text.split(','))
            .filter(|text| !text.is_empty())
            .collect()
    }

    /// The positional arguments as they are.
    pub(crate) fn at(&self, index: usize) -> &str {
        self.positional
            .get(index)
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// Positional `key=value` arguments.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        self.positional
            .iter()
            .filter_map(|word| word.split_once('='))
            .collect()
    }
}
