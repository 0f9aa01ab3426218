//! The listening socket and the threads behind it.

use std::io::{self, ErrorKind};
use std::mem;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::{State, connection};
use crate::port;

/// A server that listens.
#[derive(Debug)]
pub(super) struct Listener {
    state: State,
    socket: Arc<TcpListener>,
    acceptor: JoinHandle<Vec<Connection>>,
}

#[derive(Debug)]
struct Connection {
    socket: TcpStream,
    thread: JoinHandle<()>,
}

impl Listener {
    pub(super) fn start(socket: TcpListener, state: State) -> Self {
        state.node().faults.set_stopped(false);
        let socket = Arc::new(socket);
        let acceptor = {
            let (state, socket) = (state.clone(), Arc::clone(&socket));
            thread::spawn(move || accept(&socket, &state))
        };
        Self {
            state,
            socket,
            acceptor,
        }
    }

    /// Stops listening, cuts all connections and waits until nothing is done any more.
    pub(super) fn stop(self) {
        port::close(&self.socket);
        let connections = self.acceptor.join().unwrap_or_default();
        for connection in &connections {
            let _closed_already = connection.socket.shutdown(Shutdown::Both);
        }
        self.state.node().faults.set_stopped(true);
        for connection in connections {
            // A thread that panicked has said so; the test sees a connection without an answer.
            let _ended = connection.thread.join();
        }
    }
}

/// One thread a connection, until the socket is closed. Gives back the connections that are left.
fn accept(socket: &TcpListener, state: &State) -> Vec<Connection> {
    let mut connections = Vec::<Connection>::new();
    for stream in socket.incoming() {
        let both = stream.and_then(|stream| Ok((stream.try_clone()?, stream)));
        let (stream, socket) = match both {
            Ok(both) => both,
            Err(error) if is_closed(&error) => break,
            Err(_) => continue,
        };
        let state = state.clone();
        let thread = thread::spawn(move || connection::serve(stream, &state));
        connections = mem::take(&mut connections)
            .into_iter()
            .filter(|connection| !connection.thread.is_finished())
            .chain([Connection { socket, thread }])
            .collect();
    }
    connections
}

/// `accept` on a socket that does not listen is `EINVAL`.
fn is_closed(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidInput
}
