//! A simulated Juju: a model that deploys charms, runs their hooks as processes and serves the hook tools.
//!
//! ```text
//! operator's command ─► what the controller knows     model: operate, relate, remove, secrets, refresh, …
//!         controller ─► what each agent has heard     model: views
//!              agent ─► the unit's next hook          model: plan, relation_hooks, chance, clock
//!               hook ─► all that it may see now       model: begin, snapshot, lab; context
//!            context ─► process, environment, socket  agent: env, files, signals, process
//!            process ─► calls of tools, answered      hook_tool, agent: wire, serve; tools
//!                end ─► committed, or run again       agent: end
//!            effects ─► what the controller knows     model: perform, commit, journal
//! ```
//!
//! [`model::Model`] is all of this: an operator's call changes what the controller knows, [`model::Model::settle`] runs
//! hooks until nothing is left to run, and [`model::Model::journal`] is what ran. [`agent`] runs one hook for a
//! [`context`] that is given to it, and knows no model. [`charm`] takes archives in and refuses them in Juju's words.
//!
//! What Juju leaves to chance comes from a seed ([`model::Model::with_seed`]), and time passes when it is told to
//! ([`model::Model::advance`]); only what hooks do at the same time ([`model::Model::step_together`]) is as it happens.

pub mod agent;
pub mod charm;
pub mod context;
pub mod model;
mod tools;
