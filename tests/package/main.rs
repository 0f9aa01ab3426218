//! The charm's files agree with each other and with the code, and `build-charm.sh` writes archives of them.

mod archives;
mod files;
mod rooms;
mod script;
