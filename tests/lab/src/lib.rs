//! What the tests of the charm stand on: the built charm in a simulated model, with an LXD beside it.
//!
//! ```text
//! charm ─────┐
//!            ├─► Lab          the charm deployed in a model: what people do there, and what they see
//! servers ───┘
//!
//! steps ─────► sessions       random steps, played one after another; what fails is shrunk and told as a story
//!
//! equation                    what a trust store has to be when everything is at rest
//! ```
//!
//! It shares no type with the charm, so that a misreading cannot hide on both sides.

pub mod charm;
pub mod equation;
mod lab;
mod seen;
pub mod servers;
pub mod sessions;
pub mod steps;

pub use lab::{APP, Consumer, Lab, UNIT, cloud, crowd, model, record};
pub use servers::{real, simulated};
