//! A small client of its own for LXD, to look at a server past the code under test.
//!
//! It believes the one server certificate it is given and nothing else, speaks HTTP/1.1, keeps its
//! connection, follows nothing and repeats nothing.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use serde_json::Value;

use crate::certificates::Credential;
use crate::http;

mod tls;

pub use tls::{configuration, configuration_of};

const DEADLINE: Duration = Duration::from_secs(20);

/// What a server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header fields by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// The body as JSON; null if it is none.
    pub json: Value,
    /// The envelope's `metadata`; null if there is none.
    pub metadata: Value,
    /// The envelope's `error`; empty if there is none.
    pub error: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody listens.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// TLS was not agreed on; alerts show as [`rustls::Error::AlertReceived`].
    #[error("TLS: {0}")]
    Tls(#[source] rustls::Error),
    /// The server closed the connection and did not answer.
    #[error("the connection was closed without an answer")]
    Closed,
    /// No answer within the deadline.
    #[error("no answer in time")]
    TimedOut,
    /// What came is not HTTP, or ends early.
    #[error("not an answer: {0}")]
    Malformed(#[source] io::Error),
}

type Stream = BufReader<StreamOwned<ClientConnection, TcpStream>>;

/// A client of one server.
#[derive(Debug)]
pub struct Client {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    deadline: Duration,
    stream: Option<Stream>,
}

impl Client {
    /// A client that believes the server with this certificate and, with a credential, shows it.
    ///
    /// # Panics
    ///
    /// If the PEM texts cannot be read.
    pub fn new(
        address: SocketAddr,
        server_certificate_pem: &str,
        credential: Option<&Credential>,
    ) -> Self {
        Self::with_configuration(address, configuration(server_certificate_pem, credential))
    }

    /// A client with a TLS configuration of one's own.
    pub fn with_configuration(address: SocketAddr, tls: ClientConfig) -> Self {
        Self {
            address,
            tls: Arc::new(tls),
            deadline: DEADLINE,
            stream: None,
        }
    }

    /// The same with another limit for each read and write; 20 seconds unless told.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sends a GET.
    pub fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, &[], b"")
    }

    /// Sends a DELETE.
    pub fn delete(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send("DELETE", path, &[], b"")
    }

    /// Sends a POST with a JSON body.
    pub fn post(&mut self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send("POST", path, &[], body.to_string().as_bytes())
    }

    /// Sends a PUT with a JSON body.
    pub fn put(&mut self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send("PUT", path, &[], body.to_string().as_bytes())
    }

    /// Sends a PATCH with a JSON body.
    pub fn patch(&mut self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send("PATCH", path, &[], body.to_string().as_bytes())
    }

    /// Adds a certificate to the trust store under that name.
    pub fn add(&mut self, credential: &Credential, name: &str) -> Result<Answer, Failure> {
        self.post("/1.0/certificates", &credential.body(name))
    }

    /// Whether the server takes this client for `trusted` or `untrusted`.
    pub fn auth(&mut self) -> Result<Value, Failure> {
        Ok(self.get("/1.0")?.metadata["auth"].take())
    }

    /// Sends any request, on the kept connection if there is one.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Result<Answer, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        write_request(&mut stream, self.address, method, path, headers, body)
            .or_else(unless_closed)?;
        let head = http::read_head(&mut stream)
            .map_err(failure)?
            .ok_or(Failure::Closed)?;
        let head = http::parse_answer(&head).map_err(Failure::Malformed)?;
        let body = match method {
            "HEAD" => Vec::new(),
            _ => http::read_answer_body(&mut stream, &head.headers).map_err(failure)?,
        };
        if head
            .headers
            .get("connection")
            .is_none_or(|field| field != "close")
        {
            self.stream = Some(stream);
        }
        Ok(Answer::new(head, body))
    }

    /// The application protocol the server agreed to on the kept connection.
    pub fn agreed_protocol(&self) -> Option<Vec<u8>> {
        let stream = self.stream.as_ref()?;
        stream.get_ref().conn.alpn_protocol().map(<[u8]>::to_vec)
    }

    /// The TLS version of the kept connection.
    pub fn tls_version(&self) -> Option<rustls::ProtocolVersion> {
        self.stream.as_ref()?.get_ref().conn.protocol_version()
    }

    fn connect(&self) -> Result<Stream, Failure> {
        let mut socket =
            TcpStream::connect_timeout(&self.address, self.deadline).map_err(Failure::Connect)?;
        let prepare = socket
            .set_nodelay(true)
            .and_then(|()| socket.set_read_timeout(Some(self.deadline)))
            .and_then(|()| socket.set_write_timeout(Some(self.deadline)));
        prepare.map_err(Failure::Connect)?;
        let name = ServerName::from(self.address.ip());
        let mut tls = ClientConnection::new(Arc::clone(&self.tls), name).map_err(Failure::Tls)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).map_err(failure)?;
        }
        Ok(BufReader::new(StreamOwned::new(tls, socket)))
    }
}

impl Answer {
    fn new(head: http::AnswerHead, body: Vec<u8>) -> Self {
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        Self {
            status: head.status,
            headers: head.headers,
            metadata: json["metadata"].clone(),
            error: json["error"].as_str().unwrap_or_default().to_owned(),
            body,
            json,
        }
    }
}

fn write_request(
    stream: &mut Stream,
    host: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        request.push_str("Content-Type: application/json\r\n");
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    let mut bytes = request.into_bytes();
    bytes.extend_from_slice(body);
    stream.get_mut().write_all(&bytes)?;
    stream.get_mut().flush()
}

/// A server may answer and close while the request is still being sent: read on in that case.
fn unless_closed(error: io::Error) -> Result<(), Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => Ok(()),
        _ => Err(failure(error)),
    }
}

fn failure(error: io::Error) -> Failure {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof, WouldBlock};
    match error.kind() {
        ConnectionReset | ConnectionAborted | UnexpectedEof => Failure::Closed,
        TimedOut | WouldBlock => Failure::TimedOut,
        _ => match error.downcast::<rustls::Error>() {
            Ok(tls) => Failure::Tls(tls),
            Err(other) => Failure::Malformed(other),
        },
    }
}
