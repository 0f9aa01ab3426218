//! The documents say what is there.

mod consumer;
#[path = "../support/mod.rs"]
mod support;
mod texts;
