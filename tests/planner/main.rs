//! The laws of the pure core over random sessions: what is not ours is never touched, every step is one that its unit
//! may take, and at rest the trust store is what was there without us and what is asked for.

mod hook;
mod juju;
mod law;
mod limits;
mod lxd;
mod pool;
mod world;

use lab::{sessions::Sessions, steps::session};

#[test]
fn the_trust_store_is_right_whatever_happens() {
    let sessions = Sessions {
        what: "the pure core",
        count: 10_000,
        first: 768_596_943,
        kept: &[],
        steps: session(4),
    };
    sessions.prove(world::play);
}
