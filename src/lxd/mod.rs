//! What touches LXD. [`session`] is one hook's dealings with it: reach it, be let in, look at the trust store; [`apply`]
//! changes it. Below them is the REST API over mutual TLS, with [`Reader`] and [`Writer`] as two types, so that what only
//! looks cannot change anything.

mod api;
pub mod apply;
mod enrol;
mod nodes;
pub mod nss;
pub mod reach;
pub mod session;

pub use api::{
    Connection, Error, ErrorKind, Expiry, IssuedToken, Member, Mismatch, Reader, Server,
    WaitingToken, Writer, is_conflict,
};
