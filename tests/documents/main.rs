//! The documents say what is there.

mod consumer;
mod guide;
#[path = "../support/mod.rs"]
mod support;
mod texts;
mod tutorial;
