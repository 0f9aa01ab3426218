//! How many cases each server has to pass: as counted, no more and no less.

use lxd_bed::Profile;

/// The servers that the suite is run against, with their cases when they stand alone and when they are clusters. Two more
/// versions differ from LXD 5.0 in one status only.
pub(crate) const SERVERS: [(Profile, [usize; 2]); 7] = [
    (Profile::Lxd3_0, [91, 12]),
    (Profile::Lxd4_0, [95, 13]),
    (Profile::Lxd5_0, [147, 18]),
    (Profile::Lxd5_21, [116, 13]),
    (Profile::Lxd6, [109, 13]),
    (Profile::Incus, [141, 19]),
    (Profile::Incus7, [117, 15]),
];

/// Those of them that can be real; the real ones have the same cases as the simulated ones.
pub(crate) const REAL: [Profile; 2] = [Profile::Lxd5_0, Profile::Incus];

/// How many a server of so many members has to pass.
pub(crate) fn of(profile: Profile, members: usize) -> usize {
    let server = SERVERS.iter().find(|(listed, _)| *listed == profile);
    let (_, [alone, clustered]) = server.expect("the suite is run against listed servers");
    match members {
        1 => *alone,
        _ => *clustered,
    }
}
