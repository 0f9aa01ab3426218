//! Who is calling, and which part of the API answers.

use std::net::IpAddr;

use rustls::pki_types::CertificateDer;
use serde_json::json;

use super::State;
use super::answer::Answer;
use super::certificate::Certificate;
use super::{projects, server_info, store, trust};
use crate::daemon::Kind;
use crate::http::RequestHead;

/// Who is at the other end of a connection.
#[derive(Debug)]
pub(super) struct Caller {
    certificate: Option<Certificate>,
    pub(super) ip: IpAddr,
}

/// What a caller may do. It is looked up for each request: trust can change on a kept connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rights {
    Untrusted,
    Restricted,
    Administrator,
}

impl Caller {
    pub(super) fn new(chain: Option<&[CertificateDer<'_>]>, ip: IpAddr) -> Self {
        let leaf = chain.and_then(<[_]>::first);
        Self {
            certificate: leaf.and_then(|leaf| Certificate::from_der(leaf).ok()),
            ip,
        }
    }

    pub(super) fn fingerprint(&self) -> Option<String> {
        self.certificate.as_ref().map(Certificate::fingerprint)
    }

    fn rights(&self, state: &State) -> Rights {
        let valid = self.certificate.as_ref().filter(|own| own.is_valid_now());
        let Some(own) = valid else {
            return Rights::Untrusted;
        };
        match state.store().get(&own.fingerprint()) {
            None => Rights::Untrusted,
            Some(entry) if entry.kind == Kind::Metrics => Rights::Untrusted,
            Some(entry) if entry.restricted => Rights::Restricted,
            Some(_) => Rights::Administrator,
        }
    }
}

/// One request with all that is needed to answer it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) caller: &'a Caller,
    pub(super) rights: Rights,
    pub(super) method: &'a str,
    pub(super) query: &'a str,
    pub(super) if_match: Option<&'a str>,
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    pub(super) fn forbidden(&self) -> Answer {
        Answer::error(403, self.state.profile.forbidden)
    }

    /// The value of the first parameter of that name.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// Does what a request asks. `None` where LXD closes the connection instead of answering.
pub(super) fn act(
    state: &State,
    caller: &Caller,
    head: &RequestHead,
    body: &[u8],
) -> Option<Answer> {
    let (path, query) = head.path.split_once('?').unwrap_or((&head.path, ""));
    let Some(path) = percent_decode(path) else {
        return Some(Answer::bad_request());
    };
    let call = Call {
        state,
        caller,
        rights: caller.rights(state),
        method: &head.method,
        query,
        if_match: head.headers.get("if-match").map(String::as_str),
        body,
    };
    route(&call, &path)
}

fn route(call: &Call<'_>, path: &str) -> Option<Answer> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let open = matches!(
        (call.method, parts.as_slice()),
        ("GET", [""] | ["1.0"]) | ("POST", ["1.0", "certificates"])
    );
    let answer = match parts.as_slice() {
        parts if !is_known(parts) => not_found(),
        _ if call.rights == Rights::Untrusted && !open => call.forbidden(),
        [""] => Answer::sync(&json!(["/1.0"])),
        ["1.0"] => server_info::answer(call),
        ["1.0", "certificates"] => trust::answer_list(call),
        ["1.0", "certificates", fingerprint] => return trust::answer_one(call, fingerprint),
        ["1.0", "projects"] => projects::answer_list(call),
        ["1.0", "projects", name] => projects::answer_one(call, name),
        parts => cluster(call, parts),
    };
    Some(answer)
}

fn is_known(parts: &[&str]) -> bool {
    match parts {
        [""] | ["1.0"] => true,
        ["1.0", "certificates" | "projects", name] => !name.is_empty(),
        ["1.0", "certificates" | "projects" | "cluster"] | ["1.0", "cluster", "members"] => true,
        _ => false,
    }
}

fn cluster(call: &Call<'_>, parts: &[&str]) -> Answer {
    let enabled = json!({"server_name": "", "enabled": false, "member_config": []});
    match (call.method, parts.last()) {
        ("GET", Some(&"members")) => Answer::error(500, "Server is not clustered"),
        ("GET", _) => Answer::sync_tagged(&enabled, &store::etag(&enabled)),
        _ => not_implemented(),
    }
}

pub(super) fn not_found() -> Answer {
    Answer::error(404, "not found")
}

pub(super) fn not_implemented() -> Answer {
    Answer::error(501, "not implemented")
}

/// `None` if it cannot be decoded.
fn percent_decode(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}
