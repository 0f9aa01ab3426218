//! The charm.
fn main() {}
