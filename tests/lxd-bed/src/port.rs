//! Free ports on the loopback address.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Below the range from which the kernel takes ports for outgoing connections, so a stopped
/// server finds its port free when it is started again.
const FIRST: u16 = 10_240;
const COUNT: u16 = 22_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// An address nobody listens on right now. Another process may take it before it is used, so
/// whoever asks has to try again with another one when that happens.
pub(crate) fn free() -> SocketAddr {
    (0..COUNT)
        .map(|_| candidate())
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("one port in 22000 is free")
}

/// Processes start at different places, and one process does not repeat itself for long.
fn candidate() -> SocketAddr {
    let offset = (NEXT.fetch_add(1, Ordering::Relaxed)).wrapping_add(start()) % COUNT;
    SocketAddr::from((Ipv4Addr::LOCALHOST, FIRST + offset))
}

fn start() -> u16 {
    static START: std::sync::OnceLock<u16> = std::sync::OnceLock::new();
    *START.get_or_init(|| {
        let clock = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.subsec_micros());
        let mixed = clock.wrapping_add(std::process::id().wrapping_mul(2_654_435_761));
        u16::try_from(mixed % u32::from(COUNT)).unwrap_or(0)
    })
}
