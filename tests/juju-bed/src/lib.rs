//! A simulated Juju: a model that deploys charms, runs their hooks as processes and serves the hook tools.

pub mod agent;
pub mod charm;
pub mod context;
pub mod model;
mod tools;
