//! Free ports on loopback addresses.

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
    free_on(1)[0]
}

/// The same port on 127.0.0.1, 127.0.0.2, and so on.
pub(crate) fn free_on(hosts: u8) -> Vec<SocketAddr> {
    (0..COUNT)
        .map(|_| addresses(candidate(), hosts))
        .find(|addresses| addresses.iter().all(|it| TcpListener::bind(it).is_ok()))
        .expect("one port in 22000 is free")
}

fn addresses(port: u16, hosts: u8) -> Vec<SocketAddr> {
    (1..=hosts)
        .map(|host| SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), port)))
        .collect()
}

/// Processes start at different places, and one process does not repeat itself for long.
fn candidate() -> u16 {
    FIRST + NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(start()) % COUNT
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
