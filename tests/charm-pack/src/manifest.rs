//! `manifest.yaml`: for which bases and which architecture the charm was built.

use std::str::FromStr;

/// A processor architecture, as Juju calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arch {
    /// 64-bit x86.
    Amd64,
    /// 64-bit ARM.
    Arm64,
    /// 64-bit POWER, little-endian.
    Ppc64el,
    /// 64-bit RISC-V.
    Riscv64,
    /// 64-bit z/Architecture, big-endian.
    S390x,
}

impl Arch {
    /// All that Juju has a name for and that LXD runs on.
    pub const ALL: [Self; 5] = [
        Self::Amd64,
        Self::Arm64,
        Self::Ppc64el,
        Self::Riscv64,
        Self::S390x,
    ];

    /// The name that Juju uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
            Self::Ppc64el => "ppc64el",
            Self::Riscv64 => "riscv64",
            Self::S390x => "s390x",
        }
    }

    /// The name that Rust uses, with the system that the charm is for.
    pub fn target(self) -> &'static str {
        match self {
            Self::Amd64 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::Ppc64el => "powerpc64le-unknown-linux-gnu",
            Self::Riscv64 => "riscv64gc-unknown-linux-gnu",
            Self::S390x => "s390x-unknown-linux-gnu",
        }
    }
}

impl FromStr for Arch {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|arch| arch.name() == name);
        known.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("unknown architecture {name:?}: one of {names}")
        })
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
            "armhf".parse::<Arch>().unwrap_err(),
            "unknown architecture \"armhf\": one of amd64, arm64, ppc64el, riscv64, s390x"
        );
    }
}
