//! What touches Juju: its hook tools. [`Reader`] and [`Writer`] are two types, so that what only looks cannot change
//! anything.

mod action;
mod log;
mod read;
mod run;
mod write;

pub use action::Parameters;
pub use log::{install as log_to_juju, line as log_line};
pub use read::Reader;
pub use run::Error;
pub use write::Writer;
