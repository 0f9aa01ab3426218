//! A hook begins with no signal ignored, as it does below Juju's agent.
//!
//! Whoever runs the bed may have it ignore some, as `nohup` does with SIGHUP, and a child would go on ignoring them.
//! What is caught goes back to its default when a program starts: so what is ignored here is caught, and nothing is
//! made of it.

use std::{
    fs,
    sync::{Arc, Once, atomic::AtomicBool},
};

use signal_hook::{
    consts::{FORBIDDEN, SIGPIPE},
    flag,
};

/// From now on the processes that are started ignore nothing.
pub(super) fn hand_down_none_ignored() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        // The standard library ignores SIGPIPE in this process, and sees to it in those that it starts.
        for signal in ignored(&status).filter(|signal| *signal != SIGPIPE) {
            // Faults are not to be caught, nor the two that cannot be.
            if !FORBIDDEN.contains(&signal) {
                // The kernel keeps some real-time signals to itself; nobody sends those.
                let _ = flag::register(signal, Arc::new(AtomicBool::new(false)));
            }
        }
    });
}

/// The signals that the kernel lists as ignored, as a mask in hexadecimal digits.
fn ignored(status: &str) -> impl Iterator<Item = i32> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    (1..=64).filter(move |signal| mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1))
}
