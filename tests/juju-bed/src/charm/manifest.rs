//! `manifest.yaml`, and the base that a version of Juju picks from it.

use serde_yaml::Value;

use super::{Refused, seen, yaml};
use crate::context::Version;

/// The Ubuntu releases with a series name that old metadata may use.
const SERIES: [(&str, &str); 5] = [
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
];
/// What the client of 2.9 can tell the series of, deployable or not.
const KNOWN_TO_2_9: [&str; 8] = [
    "14.04", "16.04", "18.04", "20.04", "22.04", "22.10", "23.04", "23.10",
];

/// One base of a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// `ubuntu`
    pub name: String,
    /// `22.04`, without a risk.
    pub track: String,
}

/// The bases that a charm runs on; none if there is no manifest.
#[derive(Clone, Debug, Default)]
pub struct Manifest {
    /// In the order of the file.
    pub bases: Vec<Base>,
}

impl Manifest {
    pub(super) fn read(text: Option<&str>, version: Version) -> Result<Self, Refused> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let value = yaml(text, "manifest")?;
        let Some(Value::Sequence(list)) = value.get("bases") else {
            return Err(Refused::because(format!(
                "manifest: bases: expected list, got {}",
                seen(value.get("bases"))
            )));
        };
        let bases = list
            .iter()
            .enumerate()
            .map(|(index, base)| read_base(base, index, version))
            .collect::<Result<_, _>>()?;
        Ok(Self { bases })
    }

    /// The base that a deployment without `--base` gets.
    pub(super) fn choose(&self, series: &[String], version: Version) -> Result<String, Refused> {
        let from_series = || {
            series
                .iter()
                .filter_map(|name| SERIES.iter().find(|(known, _)| known == name))
                .map(|(_, track)| (*track).to_owned())
        };
        let tracks: Vec<String> = if self.bases.is_empty() {
            from_series().collect()
        } else {
            self.bases.iter().map(|base| base.track.clone()).collect()
        };
        if version == Version::V2_9 {
            choose_2_9(&tracks)
        } else {
            choose_later(&tracks, version)
        }
    }
}

/// 2.9 takes the first base it can deploy, and must know every one.
fn choose_2_9(tracks: &[String]) -> Result<String, Refused> {
    if let Some(unknown) = tracks
        .iter()
        .find(|track| !KNOWN_TO_2_9.contains(&track.as_str()))
    {
        return Err(Refused::because(format!(
            "unknown series for version: {unknown:?}"
        )));
    }
    let deployable = |track: &&String| SERIES.iter().any(|(_, known)| known == track);
    let first = tracks.iter().find(deployable).cloned();
    first.ok_or_else(|| Refused::because("series not specified and charm does not define any"))
}

/// Later versions take their default if the charm has it, else the first they can deploy.
fn choose_later(tracks: &[String], version: Version) -> Result<String, Refused> {
    let deployable: &[&str] = if version >= Version::V4_0 {
        &["20.04", "22.04", "24.04", "26.04"]
    } else {
        &["20.04", "22.04", "24.04"]
    };
    if tracks.is_empty() {
        return Err(Refused::because(
            "charm does not define any bases, not valid",
        ));
    }
    if tracks.iter().any(|track| track == "24.04") {
        return Ok("24.04".into());
    }
    let first = tracks
        .iter()
        .find(|track| deployable.contains(&track.as_str()))
        .cloned();
    first.ok_or_else(|| {
        let all = tracks
            .iter()
            .map(|track| format!("ubuntu@{track}"))
            .collect::<Vec<_>>()
            .join(", ");
        Refused::because(format!("the charm defined bases {all:?} not supported"))
    })
}

fn read_base(base: &Value, index: usize, version: Version) -> Result<Base, Refused> {
    let text = |key: &str| match base.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        other => Err(Refused::because(format!(
            "manifest: bases[{index}].{key}: expected string, got {}",
            seen(other)
        ))),
    };
    let name = text("name")?;
    if ![
        "ubuntu",
        "centos",
        "genericlinux",
        "windows",
        "osx",
        "opensuse",
    ]
    .contains(&name.to_lowercase().as_str())
    {
        return Err(Refused::because(format!("manifest: os {name:?} not valid")));
    }
    let channel = text("channel")?;
    let track = channel.split('/').next().unwrap_or_default().to_owned();
    let architectures = base.get("architectures").and_then(Value::as_sequence);
    for name in architectures
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
    {
        check_architecture(name, version)?;
    }
    Ok(Base { name, track })
}

fn check_architecture(name: &str, version: Version) -> Result<(), Refused> {
    match name.to_lowercase().as_str() {
        "x86_64" | "amd64" | "aarch64" | "arm64" | "i386" | "i486" | "i586" | "i686" | "arm"
        | "armv7l" | "ppc64el" | "ppc64le" | "s390x" => Ok(()),
        "riscv64" if version > Version::V2_9 => Ok(()),
        _ => Err(Refused::because(format!(
            "manifest: architecture {name:?} not valid"
        ))),
    }
}
