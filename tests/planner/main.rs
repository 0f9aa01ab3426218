//! The laws of the pure core over random sessions: what is not ours is never touched, every step is one that its unit
//! may take, and at rest the trust store is what was there without us and what is asked for.

mod hook;
mod juju;
mod law;
mod limits;
mod lxd;
mod pool;
mod world;

use std::thread;

use lab::{sessions::Sessions, steps::session};

/// So many threads play, each the sessions of its part.
const PARTS: u64 = 2;

#[test]
fn the_trust_store_is_right_whatever_happens() {
    thread::scope(|threads| {
        for part in 0..PARTS {
            threads.spawn(move || {
                let sessions = Sessions {
                    what: &format!("the pure core, part {} of {PARTS}", part + 1),
                    count: 10_000,
                    first: 768_596_943,
                    kept: &[],
                    part: (part, PARTS),
                    steps: session(4),
                };
                sessions.prove(world::play);
            });
        }
    });
}
