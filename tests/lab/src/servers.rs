//! The servers that a test can name: simulated ones of each version, and the real ones that are there.

use lxd_bed::{Daemon, Options, Profile};

/// Starts one; `None` where it is not there, which is told at the end of the tests.
pub type Start = fn(Options) -> Option<Daemon>;

macro_rules! simulations {
    ($($name:ident: $profile:ident;)*) => {
        $(
            #[doc = concat!("The simulated ", stringify!($profile), ".")]
            pub fn $name(options: Options) -> Option<Daemon> {
                Some(Daemon::simulated(options.profile(Profile::$profile)))
            }
        )*
    };
}

simulations! {
    lxd_3_0: Lxd3_0;
    lxd_4_0: Lxd4_0;
    lxd_5_0: Lxd5_0;
    lxd_5_0_9: Lxd5_0_9;
    lxd_5_21: Lxd5_21;
    lxd_6: Lxd6;
    incus: Incus;
    incus_7: Incus7;
}

/// The installed LXD.
pub fn real_lxd(options: Options) -> Option<Daemon> {
    Daemon::real(options).ok()
}

/// The installed Incus.
pub fn real_incus(options: Options) -> Option<Daemon> {
    Daemon::real(options.profile(Profile::Incus)).ok()
}

/// A simulated LXD, where the version does not matter.
pub fn simulated() -> Daemon {
    Daemon::simulated(Options::named("node-1"))
}

/// The installed LXD, by the same name.
pub fn real() -> Option<Daemon> {
    real_lxd(Options::named("node-1"))
}
