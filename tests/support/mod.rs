//! What the tests of the charm stand on: the built charm, a simulated model, and an LXD.
#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod charm;
pub(crate) mod equation;
pub(crate) mod lab;
pub(crate) mod servers;
pub(crate) mod sessions;
pub(crate) mod steps;
