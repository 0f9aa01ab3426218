//! Packs the charm.
fn main() {}
