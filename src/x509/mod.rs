//! Certificates, keys and PEM, as people make and paste them. Pure: nothing is asked of anybody.

pub mod certificate;
pub mod der;
pub mod key_pair;
pub mod pem;
pub mod public_key;
mod sec1;
