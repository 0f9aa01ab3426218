//! LXD servers for tests: real daemons on loopback where LXD is installed, and a simulation of
//! LXD over real TLS everywhere.
//!
//! A test asks for a [`Daemon`] and talks to it with the code under test. What the server holds
//! is looked at and changed past that code, through [`Daemon::trust_list`], [`Daemon::trust`] and
//! their like, or with the independent [`client::Client`].
//!
//! ```ignore
//! let daemon = Daemon::simulated(Options::named("node-1"));
//! daemon.fault(Fault::HangAfterActing, Matching::method("POST"), Times::Next(1));
//! run_the_charm(daemon.endpoint(), daemon.admin());
//! assert_eq!(daemon.trust_list().len(), 2);
//! assert_eq!(daemon.client(Some(&consumer)).get("/1.0")?.metadata["auth"], "trusted");
//! ```
//!
//! [`Options`] say which [`Profile`] of LXD or Incus it is, and how many members its cluster has.
//!
//! One suite, `tests/contract`, runs against both kinds of server with the same assertions, so
//! what is learnt on the simulation holds for LXD.
//!
//! The bed panics where its own part fails (no free port, an answer that no LXD gives): that is a
//! broken test machine, not a result.

pub mod certificates;
pub mod client;
mod daemon;
mod fingerprint;
mod http;
mod port;
mod profile;
mod real;
mod record;
mod simulation;

pub use daemon::{
    Daemon, Identity, Kind, Member, Moment, Observed, Options, Request, Snapshot, TrustEntry,
    TrustStore, Verdict, WaitingToken,
};
pub use profile::Profile;
pub use real::NotThere;
pub use record::{not_there, took_part};
pub use simulation::{Fault, Matching, Times};
