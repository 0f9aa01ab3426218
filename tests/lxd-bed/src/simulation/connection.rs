//! One connection: TLS, then requests and answers one after another.

use std::io::{self, BufReader, Write};
use std::net::{Shutdown, TcpStream};

use rustls::server::Acceptor;
use rustls::{ServerConnection, StreamOwned};

use super::State;
use super::answer::Answer;
use super::api;
use super::fault::{Fault, Stage, Strike};
use super::rights::Caller;
use super::tls::Identity;
use crate::daemon::{Moment, Observed, Request, Verdict};
use crate::http::{self, RequestHead};

type Stream = BufReader<StreamOwned<ServerConnection, TcpStream>>;

/// The first byte of a TLS handshake record.
const HANDSHAKE: u8 = 22;
const PLAIN_HTTP: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Serves one connection to its end, and closes it.
pub(super) fn serve(mut socket: TcpStream, state: &State) {
    // Whatever goes wrong with one connection ends that connection; the client sees it.
    let _seen_by_the_client = converse(&mut socket, state);
    let _closed_already = socket.shutdown(Shutdown::Both);
}

fn converse(socket: &mut TcpStream, state: &State) -> io::Result<()> {
    socket.set_nodelay(true)?;
    if !state.cluster.until_thawed(state.index) {
        return Ok(());
    }
    let strike = state.node().faults.take(Stage::Connection, None);
    let identity = match &strike {
        Some(strike) => match &strike.fault {
            Fault::PresentCertificate(credential) => {
                Identity::of(state.cluster.profile, credential.clone())
            }
            _ => return fail(state, strike),
        },
        None => state.cluster.identity(),
    };
    let mut first = [0];
    if socket.peek(&mut first)? == 1 && first[0] != HANDSHAKE {
        return socket.write_all(PLAIN_HTTP);
    }
    let Some(tls) = handshake(socket, &identity)? else {
        return Ok(());
    };
    let caller = Caller::new(tls.peer_certificates(), socket.peer_addr()?.ip());
    let mut stream = BufReader::new(StreamOwned::new(tls, socket.try_clone()?));
    while exchange(&mut stream, state, &caller)? {}
    Ok(())
}

/// `None` if the client was sent away with an alert.
fn handshake(socket: &mut TcpStream, identity: &Identity) -> io::Result<Option<ServerConnection>> {
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        if acceptor.read_tls(socket)? == 0 {
            return Ok(None);
        }
        match acceptor.accept() {
            Ok(Some(accepted)) => break accepted,
            Ok(None) => {}
            Err((_, mut alert)) => return alert.write_all(socket).map(|()| None),
        }
    };
    let configuration = identity.configuration_for(&accepted.client_hello());
    let mut tls = match accepted.into_connection(configuration) {
        Ok(tls) => tls,
        Err((_, mut alert)) => return alert.write_all(socket).map(|()| None),
    };
    while tls.is_handshaking() {
        tls.complete_io(socket)?;
    }
    Ok(Some(tls))
}

/// One request and its answer. False when the connection is to be closed.
fn exchange(stream: &mut Stream, state: &State, caller: &Caller) -> io::Result<bool> {
    let Some(raw) = http::read_head(stream)? else {
        return Ok(false);
    };
    let Ok(head) = http::parse_request(&raw) else {
        return send(stream, &Answer::bad_request());
    };
    let body = http::read_request_body(stream, &head.headers)?;
    if !state.cluster.until_thawed(state.index) {
        return Ok(false);
    }
    let request = Taken {
        state,
        caller,
        head: &head,
        body: &body,
    };
    if request.tell(Moment::BeforeActing, None) == Verdict::HangUp {
        request.note(None);
        return Ok(false);
    }
    let strike = state.node().faults.take(Stage::Request, Some(&head));
    let acts = strike.as_ref().is_none_or(|strike| strike.fault.acts());
    let acted = acts.then(|| api::act(state, caller, &head, &body));
    let answer = match &strike {
        None => acted.and_then(|acted| acted.map_or_else(|refusal| refusal, Some)),
        Some(strike) => strike.fault.answer(),
    };
    let status = answer.as_ref().map(|answer| answer.status);
    if acts && request.tell(Moment::AfterActing, status) == Verdict::HangUp {
        request.note(None);
        return Ok(false);
    }
    request.note(status);
    match (answer, strike) {
        (Some(answer), _) => send(stream, &answer.for_request(&head)),
        (None, None) => Ok(false),
        (None, Some(strike)) => match strike.fault {
            Fault::EndlessBody => endless(stream),
            _ => fail(state, &strike).map(|()| false),
        },
    }
}

/// A request that was taken.
struct Taken<'a> {
    state: &'a State,
    caller: &'a Caller,
    head: &'a RequestHead,
    body: &'a [u8],
}

impl Taken<'_> {
    /// Tells the observer, who decides.
    fn tell(&self, moment: Moment, status: Option<u16>) -> Verdict {
        let cluster = &self.state.cluster;
        let caller = self.caller.fingerprint();
        cluster.witness.ask(|| Observed {
            moment,
            member: self.state.node().number,
            caller: caller.as_deref(),
            method: &self.head.method,
            path: &self.head.path,
            body: self.body,
            status,
            trust_store: cluster.store().trust_store(),
        })
    }

    /// Before the answer is sent, so that whoever has the answer finds the request in the list.
    fn note(&self, status: Option<u16>) {
        let request = Request {
            method: self.head.method.clone(),
            path: self.head.path.clone(),
            status,
        };
        let mut requests = self.state.cluster.witness.requests();
        requests.push((self.state.node().number, request));
    }
}

/// Closes the connection, after hanging if that is the fault.
fn fail(state: &State, strike: &Strike) -> io::Result<()> {
    if strike.fault.hangs() {
        state.node().faults.hang(strike);
    }
    Ok(())
}

fn send(stream: &mut Stream, answer: &Answer) -> io::Result<bool> {
    stream.get_mut().write_all(&answer.to_bytes())?;
    stream.get_mut().flush()?;
    Ok(!answer.closes)
}

/// A body that grows until the client has had enough.
fn endless(stream: &mut Stream) -> io::Result<bool> {
    let stream = stream.get_mut();
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    let chunk = [b"2000\r\n".as_slice(), &[b' '; 0x2000], b"\r\n"].concat();
    loop {
        stream.write_all(&chunk)?;
    }
}
