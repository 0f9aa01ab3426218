//! The inside of the charm. Every hook takes the same way:
//!
//! ```text
//! environment ─► event ─► scope           which hook, and how far it has to look           event
//!       scope ─► sight                    options, credential, databags, memory            observe, juju
//!       sight + ledger ─► demand          who asks for what, and what was let go           demand, request, ledger
//!      demand ─► store                    what LXD trusts, as far as it matters            session, lxd
//!      demand + store ─► plan             the changes to be made                           plan, admission, entry
//!        plan ─► outcome                  the changes made                                 apply
//!     outcome ─► answers, next ledger     what each relation is told                       publish, interface
//!     answers ─► databags, memory, status what changed is written, the status last         report, memory, status
//! ```
//!
//! [`run`] is this picture as code. What decides is a pure function over plain values; what touches Juju or LXD is in
//! [`juju`] or [`lxd`], where reading and writing are different types.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)
)]

pub mod action;
pub mod admission;
pub mod apply;
pub mod certificate;
pub mod confinement;
pub mod credential;
pub mod deadline;
pub mod demand;
pub mod der;
pub mod endpoint;
pub mod enrol;
pub mod entry;
pub mod error;
pub mod event;
pub mod farewell;
pub mod interface;
pub mod json_list;
pub mod juju;
pub mod ledger;
pub mod lxd;
pub mod memory;
pub mod names;
pub mod nss;
pub mod observe;
pub mod pem;
pub mod pins;
pub mod plan;
pub mod predecessor;
pub mod presence;
pub mod public_key;
pub mod publish;
pub mod reach;
pub mod rejection;
pub mod report;
pub mod request;
pub mod rights;
pub mod run;
pub mod secret;
pub mod session;
pub mod status;
pub mod step;
pub mod store;
pub mod visible;
