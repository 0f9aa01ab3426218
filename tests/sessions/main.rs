//! Random sessions of operators, consumers, administrators and mishaps with the built charm: no request touches what is
//! not ours, and at rest the trust store is what was there without us and what is asked for. A real LXD does not show its
//! requests: there the trust store is looked at after every step.

use std::thread;

mod world;

use lab::{sessions::Sessions, steps::session};
use lxd_bed::{Daemon, Options, Profile};
use world::play;

/// So many on each simulated LXD.
const SIMULATED: u64 = 40;

/// So many on a real LXD.
const REAL: u64 = 10;

/// They share an LXD, so they are played one after the other.
const ALL: (u64, u64) = (0, 1);

/// An administrator named something like ours when the last unit was leaving without LXD; and a relation was removed by force
/// beside an older one of the same endpoints.
const KEPT: &[u64] = &[2_026_113_752, 2_026_113_917];

#[test]
fn sessions_end_right_on_the_simulated_lxd() {
    thread::scope(|threads| {
        // The newest one takes each name once.
        for (profile, first) in [(Profile::Lxd5_0, 841_409_542), (Profile::Lxd6, 837_554_183)] {
            threads.spawn(move || {
                let lxd = Daemon::simulated(Options::named("node-1").profile(profile));
                let empty = lxd.snapshot();
                let sessions = Sessions {
                    what: &format!("the charm on the simulated LXD {}", lxd.version()),
                    count: SIMULATED,
                    first,
                    kept: KEPT,
                    part: ALL,
                    steps: session(0),
                };
                sessions.prove(|seed, steps, story| {
                    lxd.restore(&empty);
                    play(&lxd, seed, steps, story)
                });
            });
        }
    });
}

#[test]
fn sessions_end_right_on_a_real_lxd() {
    let Some(lxd) = lab::real() else { return };
    let empty = lxd.snapshot();
    let sessions = Sessions {
        what: "the charm on a real LXD",
        count: REAL,
        first: 362_082_309,
        kept: KEPT,
        part: ALL,
        steps: session(0),
    };
    sessions.prove(|seed, steps, story| {
        lxd.restore(&empty);
        play(&lxd, seed, steps, story)
    });
}
