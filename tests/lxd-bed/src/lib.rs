//! LXD servers for tests: a simulation of LXD and Incus over real TLS everywhere, and real daemons on loopback where they
//! are installed.
//!
//! A test asks for a [`Daemon`] and talks to it with the code under test. What the server holds
//! is looked at and changed past that code, through [`Server::trust_list`], [`Daemon::trust`] and
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
//! ```text
//!       test ─► a daemon                     real or simulated, as its options say        daemon, profile
//!       real ─► processes of lxd or incusd   a folder and a loopback address each         real; record: what took part
//! simulation ─► a cluster of listeners       of one member if it stands alone             simulation: cluster, listener
//!    request ─► connection                   one TLS, one HTTP request after another      simulation: tls, connection; http
//!            ─► fault, observer              what is to go wrong, and who looks           simulation: fault, control, witness
//!            ─► caller                       who it is, and what it may                   simulation: rights, permission
//!            ─► handler                      by method and path                           simulation: api
//!                                            what it reads and changes                    simulation: store; trust and its
//!                                                                                         like, identities, members, …
//!            ─► answer                       as that version words it                     simulation: answer, profile
//! ```
//!
//! [`certificates`] makes certificates of every kind, and wrong ones; [`client`] is a client that shares nothing with the
//! code under test. A test of both kinds of server asks with [`Daemon::can`] for what only a simulated one can do
//! ([`Daemon::fault`], [`Daemon::observe`], [`Daemon::requests`]), so that what it leaves out is on the record.
//!
//! One suite, `tests/contract`, runs against both kinds of server with the same assertions, and `tests/recordings` plays
//! what real ones of five versions answered. ARCHITECTURE.md says which version is held to which.
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
mod signatures;
mod simulation;

pub use daemon::{
    Daemon, Kind, Member, Moment, Observed, Options, Request, Server, Snapshot, TrustEntry,
    TrustStore, Verdict,
};
pub use profile::Profile;
pub use real::NotThere;
pub use record::{left_out, not_there, took_part};
pub use simulation::{Fault, Matching, Times, WaitingToken};
