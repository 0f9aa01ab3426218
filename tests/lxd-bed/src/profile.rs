//! The servers that there are to test with.

use std::fmt;

/// A version of LXD or Incus, from the oldest to the newest, Incus after LXD.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Profile {
    /// LXD 3.0, of Ubuntu 18.04.
    Lxd3_0,
    /// LXD 4.0, of Ubuntu 20.04.
    Lxd4_0,
    /// LXD 5.0.0, which refuses a duplicate with 400.
    Lxd5_0_0,
    /// LXD 5.0.1, which refuses a duplicate with 500.
    Lxd5_0_1,
    /// LXD 5.0.2.
    #[default]
    Lxd5_0,
    /// LXD 5.0.9, the last of its line.
    Lxd5_0_9,
    /// LXD 5.21.7.
    Lxd5_21,
    /// LXD 6.9.
    Lxd6,
    /// Incus 6.0.4.
    Incus,
    /// Incus 7.0.2.
    Incus7,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Lxd3_0,
        Self::Lxd4_0,
        Self::Lxd5_0_0,
        Self::Lxd5_0_1,
        Self::Lxd5_0,
        Self::Lxd5_0_9,
        Self::Lxd5_21,
        Self::Lxd6,
        Self::Incus,
        Self::Incus7,
    ];

    /// Whether it is Incus and not LXD.
    pub fn is_incus(self) -> bool {
        matches!(self, Self::Incus | Self::Incus7)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lxd3_0 => "LXD 3.0",
            Self::Lxd4_0 => "LXD 4.0",
            Self::Lxd5_0_0 => "LXD 5.0.0",
            Self::Lxd5_0_1 => "LXD 5.0.1",
            Self::Lxd5_0 => "LXD 5.0",
            Self::Lxd5_0_9 => "LXD 5.0.9",
            Self::Lxd5_21 => "LXD 5.21",
            Self::Lxd6 => "LXD 6",
            Self::Incus => "Incus 6.0",
            Self::Incus7 => "Incus 7",
        })
    }
}
