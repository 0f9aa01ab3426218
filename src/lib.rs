//! The charm.
