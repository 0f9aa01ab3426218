//! `manifest.yaml`: for which bases and which architecture the charm was built.

use std::str::FromStr;

/// A processor architecture, as Juju calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    /// 64-bit x86.
    Amd64,
    /// 64-bit ARM.
    Arm64,
}

impl Arch {
    /// The name that Juju uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

impl FromStr for Arch {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Amd64, Self::Arm64]
            .into_iter()
            .find(|arch| arch.name() == name)
            .ok_or_else(|| format!("unknown architecture {name:?}: amd64 or arm64"))
    }
}

/// What `manifest.yaml` says.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The architecture of the executable.
    pub arch: Arch,
    /// Ubuntu releases, such as `24.04`, in order of preference.
    pub bases: Vec<String>,
}

impl Manifest {
    /// The text of the file.
    ///
    /// Channels are quoted: to a YAML reader `22.04` is a number, and Juju refuses it.
    pub fn text(&self) -> String {
        let arch = self.arch.name();
        let base = |channel| {
            format!("  - name: ubuntu\n    channel: \"{channel}\"\n    architectures: [{arch}]\n")
        };
        self.bases
            .iter()
            .fold("bases:\n".to_owned(), |text, channel| text + &base(channel))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_base_with_the_architecture() {
        let manifest = Manifest {
            arch: Arch::Arm64,
            bases: vec!["24.04".to_owned(), "22.04".to_owned()],
        };
        let text = "bases:\n  - name: ubuntu\n    channel: \"24.04\"\n    architectures: [arm64]\n  - name: ubuntu\n    \
                    channel: \"22.04\"\n    architectures: [arm64]\n";
        assert_eq!(manifest.text(), text);
    }

    #[test]
    fn refuses_an_architecture_that_the_charm_is_not_built_for() {
        assert_eq!(
            "s390x".parse::<Arch>().unwrap_err(),
            "unknown architecture \"s390x\": amd64 or arm64"
        );
    }
}
