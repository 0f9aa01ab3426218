//! The little of HTTP/1.1 that the client and the simulation share: reading heads and bodies.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};

/// No head and no line of one is longer than this.
const HEAD_LIMIT: u64 = 64 * 1024;
/// Nothing the tests exchange is larger; an endless body ends here.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;
const MOST_HEADERS: usize = 64;

/// Header fields by lower-case name.
pub(crate) type Headers = BTreeMap<String, String>;

/// The first line and the header fields of a request.
#[derive(Debug)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    /// As sent, with the query.
    pub(crate) path: String,
    pub(crate) headers: Headers,
}

/// The first line and the header fields of an answer.
#[derive(Debug)]
pub(crate) struct AnswerHead {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
}

/// Reads up to the empty line. `None` if the other side closed before the first byte.
pub(crate) fn read_head(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut limited = from.take(HEAD_LIMIT);
    while !head.ends_with(b"\r\n\r\n") {
        if limited.read_until(b'\n', &mut head)? == 0 {
            return match head.is_empty() {
                true => Ok(None),
                false => Err(broken("the head ends early")),
            };
        }
    }
    Ok(Some(head))
}

/// Takes a request head apart.
pub(crate) fn parse_request(raw: &[u8]) -> io::Result<RequestHead> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut fields);
    request.parse(raw).map_err(broken)?;
    let (Some(method), Some(path)) = (request.method, request.path) else {
        return Err(broken("no request line"));
    };
    Ok(RequestHead {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: collect(request.headers),
    })
}

/// Takes an answer's head apart.
pub(crate) fn parse_answer(raw: &[u8]) -> io::Result<AnswerHead> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut answer = httparse::Response::new(&mut fields);
    answer.parse(raw).map_err(broken)?;
    let status = answer.code.ok_or_else(|| broken("no status line"))?;
    Ok(AnswerHead {
        status,
        headers: collect(answer.headers),
    })
}

/// The body of a request: what its length or its chunks say, else none.
pub(crate) fn read_request_body(from: &mut impl BufRead, headers: &Headers) -> io::Result<Vec<u8>> {
    match framing(headers)? {
        Framing::Length(length) => read_exactly(from, length),
        Framing::Chunks => read_chunks(from),
        Framing::Unsaid => Ok(Vec::new()),
    }
}

/// The body of an answer: what its length or its chunks say, else all up to the end.
pub(crate) fn read_answer_body(from: &mut impl BufRead, headers: &Headers) -> io::Result<Vec<u8>> {
    match framing(headers)? {
        Framing::Length(length) => read_exactly(from, length),
        Framing::Chunks => read_chunks(from),
        Framing::Unsaid => {
            let mut body = Vec::new();
            from.take(BODY_LIMIT).read_to_end(&mut body)?;
            Ok(body)
        }
    }
}

enum Framing {
    Length(u64),
    Chunks,
    Unsaid,
}

fn framing(headers: &Headers) -> io::Result<Framing> {
    if headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding == "chunked")
    {
        return Ok(Framing::Chunks);
    }
    match headers.get("content-length") {
        Some(length) => Ok(Framing::Length(length.parse().map_err(broken)?)),
        None => Ok(Framing::Unsaid),
    }
}

fn read_exactly(from: &mut impl BufRead, length: u64) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    let wanted = length.min(BODY_LIMIT);
    let got = from.take(wanted).read_to_end(&mut body)?;
    match u64::try_from(got).is_ok_and(|got| got == length) {
        true => Ok(body),
        false => Err(broken("the body is not as long as it says")),
    }
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        from.by_ref().take(HEAD_LIMIT).read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(broken)?;
        body.extend(read_exactly(from, size)?);
        let mut end = String::new();
        from.by_ref().take(HEAD_LIMIT).read_line(&mut end)?;
        if size == 0 {
            return Ok(body);
        }
        if u64::try_from(body.len()).is_ok_and(|length| length > BODY_LIMIT) {
            return Err(broken("the body has no end"));
        }
    }
}

fn collect(fields: &[httparse::Header<'_>]) -> Headers {
    fields
        .iter()
        .map(|field| {
            let value = String::from_utf8_lossy(field.value).into_owned();
            (field.name.to_ascii_lowercase(), value)
        })
        .collect()
}

fn broken(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
