//! A simulated Juju: a model that deploys charms, runs their hooks as processes and serves the hook tools.

pub mod agent;
pub mod context;
mod tools;
