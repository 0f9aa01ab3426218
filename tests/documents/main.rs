//! The documents say what is there.

mod consumer;
mod guide;
mod texts;
mod tutorial;
