//! Ports on loopback addresses.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Below the range from which the kernel takes ports for outgoing connections, so a stopped
/// server finds its port free when it is started again.
const FIRST: u16 = 10_240;
const COUNT: u16 = 22_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// An address that no other process of the bed takes, listened on or not, until this is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) address: SocketAddr,
    /// Nothing is sent over it. TCP and UDP number their ports apart, so it does not keep a server
    /// from listening, and it can be bound once only.
    _claim: UdpSocket,
}

impl Port {
    /// An error if somebody claims it or listens there.
    fn claim(address: SocketAddr) -> io::Result<Self> {
        let claim = UdpSocket::bind(address)?;
        TcpListener::bind(address)?;
        Ok(Self {
            address,
            _claim: claim,
        })
    }
}

/// The same free port on each of these of 127.0.0.1, 127.0.0.2, and so on.
pub(crate) fn claim(hosts: RangeInclusive<u8>) -> Vec<Port> {
    (0..COUNT)
        .map(|_| candidate())
        .find_map(|port| {
            let addresses = hosts
                .clone()
                .map(|host| (Ipv4Addr::new(127, 0, 0, host), port));
            let ports = addresses.map(|address| Port::claim(address.into()));
            ports.collect::<io::Result<_>>().ok()
        })
        .expect("one port in 22000 is free")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claimed_port_is_free_for_its_owner_alone() {
        let port = &claim(1..=1)[0];
        assert!(Port::claim(port.address).is_err());
        assert!(TcpListener::bind(port.address).is_ok());
    }
}
