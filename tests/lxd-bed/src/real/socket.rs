//! Calls to a daemon's unix socket, where root is an administrator without any certificate.

use std::io::{self, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::http;

const DEADLINE: Duration = Duration::from_secs(30);

/// Sends one request and gives the `metadata` of the answer; an error answer is an error.
pub(super) fn call(
    folder: &Path,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> io::Result<Value> {
    let stream = UnixStream::connect(folder.join("unix.socket"))?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut stream = BufReader::new(stream);
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: lxd\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.get_mut().write_all(request.as_bytes())?;
    let head = http::read_head(&mut stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let head = http::parse_answer(&head)?;
    let body = http::read_answer_body(&mut stream, &head.headers)?;
    let mut answer: Value = serde_json::from_slice(&body)?;
    match head.status {
        200..300 => Ok(answer["metadata"].take()),
        status => Err(io::Error::other(format!("{status} {}", answer["error"]))),
    }
}
