//! What the user asks for.

use juju_bed::context::Version;

/// What `--help` says.
pub(crate) const USAGE: &str = "\
Shows what the charm lxd-integrator does, as a story: builds the charm with
build-charm.sh, deploys the archive into a simulated Juju model, and follows
the trust that two consumers ask for, from its coming to its going, through an
outage of LXD. Each step shows the hooks that ran and what they cost, the
unit's status, the databags and LXD's trust store, and checks how it ended.

Usage: cargo demo [--lxd simulated|real] [--cluster] [--juju 2.9|3.6|4.0]

Options:
  --lxd simulated  an LXD 5.0 that is simulated, over real TLS (the default)
  --lxd real       a real LXD, started for the demo alone on 127.0.0.1, in a
                   folder of its own that is removed afterwards; needs root
                   and the package lxd
  --cluster        three members instead of one server
  --juju VERSION   the Juju that is simulated: 2.9, 3.6 or 4.0 (the default)
  -h, --help       this text

The story goes to standard output, in colours on a terminal unless NO_COLOR is
set; the progress of the build goes to standard error.

Exit code: 0 if every step ended as it should, 1 if one did not or the charm
could not be built, 2 if the arguments are wrong or there is no real LXD.
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Explain.
    Help,
    /// Tell the story.
    Show(Arguments),
}

/// How to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) lxd: Lxd,
    pub(crate) cluster: bool,
    pub(crate) juju: Version,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            lxd: Lxd::Simulated,
            cluster: false,
            juju: Version::V4_0,
        }
    }
}

/// The LXD that the charm works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lxd {
    Simulated,
    Real,
}

/// Reads the words after the program's name; if they are wrong, says what is.
pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Wish, String> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let (option, attached) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        match option {
            "-h" | "--help" if attached.is_none() => return Ok(Wish::Help),
            "--lxd" => arguments.lxd = lxd(attached.or_else(|| words.next()).as_deref())?,
            "--cluster" if attached.is_none() => arguments.cluster = true,
            "--juju" => arguments.juju = juju(attached.or_else(|| words.next()).as_deref())?,
            _ => return Err(format!("unknown argument: {word}")),
        }
    }
    Ok(Wish::Show(arguments))
}

fn lxd(value: Option<&str>) -> Result<Lxd, String> {
    match value {
        Some("simulated") => Ok(Lxd::Simulated),
        Some("real") => Ok(Lxd::Real),
        Some(other) => Err(format!("--lxd takes simulated or real, not {other}")),
        None => Err("--lxd takes simulated or real".to_owned()),
    }
}

fn juju(value: Option<&str>) -> Result<Version, String> {
    match value {
        Some("2.9") => Ok(Version::V2_9),
        Some("3.6") => Ok(Version::V3_6),
        Some("4.0") => Ok(Version::V4_0),
        Some(other) => Err(format!("--juju takes 2.9, 3.6 or 4.0, not {other}")),
        None => Err("--juju takes 2.9, 3.6 or 4.0".to_owned()),
    }
}
