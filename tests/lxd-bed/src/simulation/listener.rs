//! The listening socket and the threads behind it.

use std::mem;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use super::{State, connection};

/// A server that listens.
#[derive(Debug)]
pub(super) struct Listener {
    state: State,
    stopping: Arc<AtomicBool>,
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
        let stopping = Arc::new(AtomicBool::new(false));
        let acceptor = {
            let (state, stopping) = (state.clone(), Arc::clone(&stopping));
            thread::spawn(move || accept(&socket, &state, &stopping))
        };
        Self {
            state,
            stopping,
            acceptor,
        }
    }

    /// Stops listening, cuts all connections and waits until nothing is done any more.
    pub(super) fn stop(self) {
        self.stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor; it does not matter who does it.
        let _woken = TcpStream::connect(self.state.node().address);
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

/// One thread a connection, until told to stop. Gives back the connections that are left.
fn accept(socket: &TcpListener, state: &State, stopping: &AtomicBool) -> Vec<Connection> {
    let mut connections = Vec::<Connection>::new();
    for stream in socket.incoming() {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        let both = stream.and_then(|stream| Ok((stream.try_clone()?, stream)));
        let Ok((stream, socket)) = both else { continue };
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
