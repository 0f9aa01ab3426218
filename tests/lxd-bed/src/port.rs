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
        close(&TcpListener::bind(address)?);
        Ok(Self {
            address,
            _claim: claim,
        })
    }
}

/// Ends the listening at once. Dropping the socket would not: a process that was just started holds
/// a copy of it until its program runs, the kernel goes on taking connections, and the port is not
/// free.
pub(crate) fn close(socket: &TcpListener) {
    // It fails if nothing listens any more.
    let _closed_already = rustix::net::shutdown(socket, rustix::net::Shutdown::Both);
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
    use std::net::TcpStream;
    use std::process::Command;
    use std::thread;

    use super::*;

    #[test]
    fn claimed_port_is_free_for_its_owner_alone() {
        let port = &claim(1..=1)[0];
        assert!(Port::claim(port.address).is_err());
        assert!(TcpListener::bind(port.address).is_ok());
    }

    #[test]
    fn what_was_closed_is_free_although_processes_are_started() {
        let port = &claim(1..=1)[0];
        thread::scope(|scope| {
            let starting = scope.spawn(|| {
                for _ in 0..200 {
                    Command::new("true").status().unwrap();
                }
            });
            while !starting.is_finished() {
                let socket = TcpListener::bind(port.address).unwrap();
                close(&socket);
                drop(socket);
                assert!(TcpStream::connect(port.address).is_err());
            }
        });
    }
}
