//! Who is calling, and which part of the API answers.

use std::net::IpAddr;
use std::sync::MutexGuard;

use rustls::pki_types::CertificateDer;
use serde_json::json;

use super::State;
use super::answer::Answer;
use super::certificate::Certificate;
use super::cluster::NoQuorum;
use super::store::Store;
use super::{identities, members, projects, server_info, trust};
use crate::daemon::Kind;
use crate::http::RequestHead;
use crate::profile::Profile;

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

    /// The certificate that came along.
    pub(super) fn certificate(&self) -> Option<&Certificate> {
        self.certificate.as_ref()
    }

    pub(super) fn fingerprint(&self) -> Option<String> {
        self.certificate.as_ref().map(Certificate::fingerprint)
    }

    /// Whether a client certificate came along.
    pub(super) fn shows_a_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    fn rights(&self, state: &State) -> Rights {
        let cluster = &state.cluster;
        let valid = self.certificate.as_ref().filter(|own| own.is_valid_now());
        let Some(own) = valid else {
            return Rights::Untrusted;
        };
        let authority = cluster.authority.as_ref();
        let issued = authority.is_some_and(|authority| own.is_issued_by(authority));
        if authority.is_some() && !issued && cluster.profile.insists_on_its_authority() {
            return Rights::Untrusted;
        }
        let anybody_issued = issued && cluster.store().trusts_authority();
        let trusted = cluster.trusted(state.index);
        let fingerprint = own.fingerprint();
        match trusted.entries.get(&fingerprint) {
            None if trusted.identities.contains(&fingerprint) => Rights::Restricted,
            None if anybody_issued => Rights::Administrator,
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
    pub(super) fn profile(&self) -> Profile {
        self.state.cluster.profile
    }

    /// The database; without a quorum the answer that says so.
    pub(super) fn database(&self) -> Result<MutexGuard<'_, Store>, Answer> {
        self.state.cluster.database().map_err(|NoQuorum| {
            let name = self.profile().database();
            let text = format!(
                "Failed to begin transaction: failed to create {name} connection: \
                 no available {name} leader server found"
            );
            Answer::error(503, &text)
        })
    }

    /// Whether the caller may see that entry.
    pub(super) fn may_see(&self, fingerprint: &str) -> bool {
        self.rights == Rights::Administrator
            || !self.profile().has_identities()
            || self.is_own(fingerprint)
    }

    /// Whether it is the caller's own certificate.
    pub(super) fn is_own(&self, fingerprint: &str) -> bool {
        self.caller.fingerprint().as_deref() == Some(fingerprint)
    }

    pub(super) fn forbidden(&self) -> Answer {
        let text = match self.rights {
            Rights::Restricted => self.profile().forbidden_to_restricted(),
            _ => self.profile().forbidden(),
        };
        Answer::error(403, text)
    }

    /// Whether things are to be shown whole, and not as paths.
    pub(super) fn is_recursive(&self) -> bool {
        let depth = self.parameter("recursion").unwrap_or_default();
        depth.parse::<u32>().is_ok_and(|depth| depth > 0)
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
    let limit = call.profile().body_limit();
    if limit.is_some_and(|limit| body.len() > limit) {
        return Some(Answer::error(400, "http: request body too large"));
    }
    route(&call, &path)
}

fn route(call: &Call<'_>, path: &str) -> Option<Answer> {
    let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let open = matches!(
        (call.method, parts.as_slice()),
        ("GET", [""] | ["1.0"]) | ("POST", ["1.0", "certificates"])
    );
    let answer = match parts.as_slice() {
        parts if !is_known(call.profile(), parts) => not_found(),
        _ if call.rights == Rights::Untrusted && !open => call.forbidden(),
        [""] => Answer::sync(&json!(["/1.0"])),
        ["1.0"] => server_info::answer(call),
        ["1.0", "certificates"] => trust::answer_list(call),
        ["1.0", "certificates", fingerprint] => return trust::answer_one(call, fingerprint),
        ["1.0", "projects"] => projects::answer_list(call),
        ["1.0", "projects", name] => projects::answer_one(call, name),
        ["1.0", "auth", "identities", rest @ ..] => identities::answer(call, rest),
        ["1.0", "cluster"] => members::answer_cluster(call),
        ["1.0", "cluster", "members"] => members::answer_list(call),
        ["1.0", "cluster", "members", name] => members::answer_one(call, name),
        _ => not_found(),
    };
    Some(answer)
}

fn is_known(profile: Profile, parts: &[&str]) -> bool {
    match parts {
        [""] | ["1.0"] => true,
        ["1.0", "certificates" | "projects", name] | ["1.0", "cluster", "members", name] => {
            !name.is_empty()
        }
        ["1.0", "certificates" | "projects" | "cluster"] | ["1.0", "cluster", "members"] => true,
        ["1.0", "auth", "identities", "current"] | ["1.0", "auth", "identities", "tls", _] => {
            profile.has_identities()
        }
        _ => false,
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
