//! Answers in LXD's envelope, and their bytes.

use serde_json::{Value, json};

use crate::http::RequestHead;

/// From this length on Go's server, and so LXD, sends a body in chunks.
const CHUNKED_FROM: usize = 2049;

/// An answer that is ready to be sent.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether the connection ends with it.
    pub(super) closes: bool,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    has_body: bool,
}

impl Answer {
    /// 200 with that metadata.
    pub(super) fn sync(metadata: &Value) -> Self {
        Self::success(200, metadata)
    }

    /// 200 with that metadata, which can be named in `If-Match` by its ETag.
    pub(super) fn sync_tagged(metadata: &Value, etag: &str) -> Self {
        let mut answer = Self::sync(metadata);
        answer.headers.push(("Etag", format!("\"{etag}\"")));
        answer
    }

    /// 200 with nothing to say.
    pub(super) fn empty() -> Self {
        Self::sync(&json!({}))
    }

    /// 200 outside of the envelope.
    pub(super) fn nothing() -> Self {
        Self {
            headers: Vec::new(),
            ..Self::with_type(200, "", Vec::new())
        }
    }

    /// 307 to the same thing under a shorter path.
    pub(super) fn redirect(location: String, method: &str) -> Self {
        let mut answer = match method {
            "GET" | "HEAD" => {
                let page = format!("<a href=\"{location}\">Temporary Redirect</a>.\n\n");
                Self::with_type(307, "text/html; charset=utf-8", page.into_bytes())
            }
            _ => Self {
                status: 307,
                ..Self::nothing()
            },
        };
        answer.headers.push(("Location", location));
        answer
    }

    /// 201 with the new thing's path.
    pub(super) fn created(location: String) -> Self {
        Self::created_with(location, &Value::Null)
    }

    /// The same with that metadata.
    pub(super) fn created_with(location: String, metadata: &Value) -> Self {
        let mut answer = Self::success(201, metadata);
        answer.headers.push(("Location", location));
        answer
    }

    /// 202 with that operation.
    pub(super) fn accepted(path: &str, operation: &Value) -> Self {
        let envelope = json!({
            "type": "async", "status": "Operation created", "status_code": 100,
            "operation": path, "error_code": 0, "error": "", "metadata": operation,
        });
        let mut answer = Self::json(202, &envelope);
        answer.headers.push(("Location", path.to_owned()));
        answer
    }

    /// An error with LXD's text.
    pub(super) fn error(status: u16, text: &str) -> Self {
        let mut answer = Self::json(status, &error(status, text));
        answer
            .headers
            .push(("X-Content-Type-Options", "nosniff".to_owned()));
        answer
    }

    /// What Go's server says to what is no request.
    pub(super) fn bad_request() -> Self {
        Self {
            closes: true,
            ..Self::with_type(400, "text/plain; charset=utf-8", b"400 Bad Request".into())
        }
    }

    /// Any status with any body.
    pub(super) fn raw(status: u16, body: String) -> Self {
        let kind = match serde_json::from_str::<Value>(&body) {
            Ok(_) => "application/json",
            Err(_) => "text/html",
        };
        Self::with_type(status, kind, body.into_bytes())
    }

    /// The same as that request wants it: HEAD has no body, and a client may ask for the end.
    pub(super) fn for_request(self, head: &RequestHead) -> Self {
        let connection = head.headers.get("connection");
        Self {
            has_body: head.method != "HEAD",
            closes: self.closes || connection.is_some_and(|field| field == "close"),
            ..self
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if self.closes {
            head.push_str("Connection: close\r\n");
        }
        let chunked = self.body.len() >= CHUNKED_FROM && self.has_body;
        let length = self.body.len();
        match chunked {
            true => head.push_str("Transfer-Encoding: chunked\r\n\r\n"),
            false => head.push_str(&format!("Content-Length: {length}\r\n\r\n")),
        }
        let mut bytes = head.into_bytes();
        match (self.has_body, chunked) {
            (false, _) => {}
            (true, false) => bytes.extend_from_slice(&self.body),
            (true, true) => {
                bytes.extend_from_slice(format!("{length:x}\r\n").as_bytes());
                bytes.extend_from_slice(&self.body);
                bytes.extend_from_slice(b"\r\n0\r\n\r\n");
            }
        }
        bytes
    }

    fn success(status: u16, metadata: &Value) -> Self {
        // The envelope says 200 whatever the HTTP status.
        let envelope = json!({
            "type": "sync", "status": "Success", "status_code": 200, "operation": "",
            "error_code": 0, "error": "", "metadata": metadata,
        });
        Self::json(status, &envelope)
    }

    fn json(status: u16, envelope: &Value) -> Self {
        let body = format!("{envelope}\n").into_bytes();
        Self::with_type(status, "application/json", body)
    }

    fn with_type(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self {
            status,
            closes: false,
            headers: vec![("Content-Type", content_type.to_owned())],
            body,
            has_body: true,
        }
    }
}

/// The envelope of an error.
pub(super) fn error(status: u16, text: &str) -> Value {
    json!({
        "type": "error", "status": "", "status_code": 0, "operation": "",
        "error_code": status, "error": text, "metadata": null,
    })
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        412 => "Precondition Failed",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}
