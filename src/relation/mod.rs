//! The relation `api`, interface `lxd`: what a consumer writes in its databags, and what we write in ours. Pure.
//!
//! Another interface gets its own pair of files beside [`request`] and [`provider`]: it reads its databags to a
//! [`request::Request`], and writes a [`provider::Answer`] in its own words. Nothing else knows the texts.

mod json_list;
pub mod presence;
pub mod provider;
pub mod python_charm;
pub mod rejection;
pub mod request;
