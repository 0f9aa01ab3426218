//! Which part of the API answers a request.

use std::sync::MutexGuard;

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::cluster::NoQuorum;
use super::path::{self, decoded};
use super::request_body::{Field, Fields, Shape};
use super::rights::{Caller, Granted, Rights};
use super::store::{Store, etag};
use super::{groups, identities, members, operations, projects, server_info, trust};
use crate::http::RequestHead;
use crate::profile::Profile;

/// One request with all that is needed to answer it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) state: &'a State,
    pub(super) caller: &'a Caller,
    pub(super) rights: Rights,
    /// By what the caller is trusted: `auth_user_method`.
    pub(super) trusted_by: &'static str,
    granted: Granted,
    pub(super) method: &'a str,
    pub(super) query: &'a str,
    if_match: Option<&'a str>,
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    pub(super) fn profile(&self) -> Profile {
        self.state.cluster.profile
    }

    /// The database; without a quorum the answer that says so.
    pub(super) fn database(&self) -> Result<MutexGuard<'_, Store>, Answer> {
        let profile = self.profile();
        self.database_or(profile.failing(
            "Failed to begin transaction: ",
            "Failed beginning transaction: ",
        ))
    }

    /// The same with other words in front.
    pub(super) fn database_or(&self, words: &str) -> Result<MutexGuard<'_, Store>, Answer> {
        self.state.cluster.database().map_err(|NoQuorum| {
            let name = self.profile().database();
            let text = format!(
                "{words}failed to create {name} connection: no available {name} leader server found"
            );
            Answer::error(503, &text)
        })
    }

    /// What the groups of a fine-grained caller may.
    pub(super) fn granted(&self) -> &Granted {
        &self.granted
    }

    /// Whether the caller may do that on the whole server.
    pub(super) fn may(&self, entitlement: &str) -> bool {
        self.rights == Rights::Administrator
            || self.rights == Rights::FineGrained && self.granted.may(entitlement)
    }

    /// Whether the caller may do one of these on one certificate of the trust store: `view`,
    /// `edit`, `delete`.
    fn may_with_entry(&self, fingerprint: &str, what: &[&str]) -> bool {
        let url = format!("/1.0/certificates/{fingerprint}");
        what.iter().any(|what| {
            let own = format!("can_{what}");
            self.may(&format!("{own}_identities"))
                || self.granted.may_on("certificate", &url, &[&own])
        })
    }

    /// Whether the caller may see that entry. Who may change it or remove it, may.
    pub(super) fn may_see(&self, fingerprint: &str) -> bool {
        !self.profile().has_identities()
            || self.may_with_entry(fingerprint, &["view", "edit", "delete"])
            || self.rights == Rights::Restricted && self.is_own(fingerprint)
    }

    pub(super) fn may_edit(&self, fingerprint: &str) -> bool {
        self.may_with_entry(fingerprint, &["edit"])
    }

    pub(super) fn may_delete(&self, fingerprint: &str) -> bool {
        self.may_with_entry(fingerprint, &["delete"])
    }

    /// Whether the caller may see that fine-grained identity.
    pub(super) fn may_see_identity(&self, id: &str) -> bool {
        let url = format!("/1.0/auth/identities/tls/{id}");
        self.may("can_view_identities")
            || self.granted.may_on("identity", &url, &["can_view"])
            || self.is_own(id)
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

    /// What is said of a thing that the caller may not see.
    pub(super) fn unseen(&self) -> Answer {
        match self.rights {
            Rights::FineGrained => not_found(self),
            _ => self.forbidden(),
        }
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

    /// The fields of the body as that structure has them.
    pub(super) fn fields(
        &self,
        structure: &'static str,
        fields: &'static [Field],
    ) -> Result<Fields, Answer> {
        let read = Fields::parse(self.body, Shape::of(structure, fields));
        read.map_err(|text| Answer::error(400, &text))
    }

    /// Refuses where `If-Match` names another state of the thing than this one.
    pub(super) fn precondition(&self, thing: &Value) -> Result<(), Answer> {
        let Some(wanted) = self.if_match.map(|field| field.trim_matches('"')) else {
            return Ok(());
        };
        let have = etag(thing);
        match wanted == have || wanted.is_empty() {
            true => Ok(()),
            false => {
                let (does_not, more) = self.profile().etag_words();
                let text = format!("ETag {does_not} match: {have} vs {wanted}{more}");
                Err(Answer::error(412, &text))
            }
        }
    }
}

/// Why a request is not done; `None` where LXD closes the connection instead of answering.
pub(super) type Refusal = Option<Answer>;

/// Does what a request asks.
pub(super) fn act(
    state: &State,
    caller: &Caller,
    head: &RequestHead,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let (path, query) = head.path.split_once('?').unwrap_or((&head.path, ""));
    let parts = path::parts(path).ok_or_else(Answer::bad_request)?;
    if head.method == "OPTIONS" {
        return Ok(Answer::nothing());
    }
    let profile = state.cluster.profile;
    if profile.cleans_paths()
        && let Some(clean) = path::cleaned(&head.path)
    {
        return Ok(Answer::redirect(clean, &head.method));
    }
    let standing = caller.standing(state);
    let granted = match (standing.rights, caller.fingerprint()) {
        (Rights::FineGrained, Some(own)) => Granted::to(&state.cluster.store(), &own),
        _ => Granted::default(),
    };
    let call = Call {
        state,
        caller,
        rights: standing.rights,
        trusted_by: standing.method,
        granted,
        method: &head.method,
        query,
        if_match: head.headers.get("if-match").map(String::as_str),
        body,
    };
    let limit = profile.body_limit();
    if limit.is_some_and(|limit| body.len() > limit) {
        return Err(Answer::error(400, "http: request body too large").into());
    }
    route(&call, &parts)
}

fn route(call: &Call<'_>, parts: &[&str]) -> Result<Answer, Refusal> {
    if parts == [""] && !call.profile().routes_its_root() {
        return Ok(Answer::sync(&json!(["/1.0"])));
    }
    let known = methods(call.profile(), parts).ok_or_else(|| not_found(call))?;
    if let Some(refusal) = refusal(call, known) {
        return Err(refusal.into());
    }
    if call.rights != Rights::Untrusted && call.profile().reads_the_database_for_each_caller() {
        let words = "Failed getting identity details: Failed beginning transaction: ";
        drop(call.database_or(words)?);
    }
    if let ["1.0", "certificates", fingerprint] = parts {
        return trust::answer_one(call, &decoded(fingerprint));
    }
    let answered = match parts {
        [""] => Ok(Answer::sync(&json!(["/1.0"]))),
        ["1.0"] => server_info::answer(call),
        ["1.0", "certificates"] => trust::answer_list(call),
        ["1.0", "projects"] => projects::answer_list(call),
        ["1.0", "projects", name] => projects::answer_one(call, &decoded(name)),
        ["1.0", "operations"] => operations::answer_list(call),
        ["1.0", "operations", id] => operations::answer_one(call, id),
        ["1.0", "auth", "identities", rest @ ..] => identities::answer(call, rest),
        ["1.0", "auth", "groups"] => groups::answer_list(call),
        ["1.0", "auth", "groups", name] => groups::answer_one(call, &decoded(name)),
        ["1.0", "cluster"] => members::answer_cluster(call),
        ["1.0", "cluster", "members"] => members::answer_list(call),
        ["1.0", "cluster", "members", name] => members::answer_one(call, &decoded(name)),
        _ => Err(not_found(call)),
    };
    answered.map_err(Some)
}

/// The methods that a path knows, an exclamation mark behind those that strangers may use; `None`
/// if there is no such path.
fn methods(profile: Profile, parts: &[&str]) -> Option<&'static str> {
    if parts.last().is_some_and(|last| last.is_empty()) && parts.len() > 1 {
        return None;
    }
    let identities = profile.has_identities();
    Some(match parts {
        [""] => "GET!",
        ["1.0"] => "GET! PUT PATCH",
        ["1.0", "certificates"] => "GET POST!",
        ["1.0", "certificates", _] => "GET PUT PATCH DELETE",
        ["1.0", "projects"] => "GET POST",
        ["1.0", "projects", _] => "GET PUT PATCH POST DELETE",
        ["1.0", "operations"] => "GET",
        ["1.0", "operations", _] => "GET DELETE",
        ["1.0", "cluster"] => "GET PUT",
        ["1.0", "cluster", "members"] => "GET POST",
        ["1.0", "cluster", "members", _] => "GET PUT PATCH POST DELETE",
        ["1.0", "auth", "groups"] if identities => "GET POST",
        ["1.0", "auth", "groups", _] if identities => "GET PUT PATCH POST DELETE",
        ["1.0", "auth", "identities"] if identities => "GET",
        ["1.0", "auth", "identities", "current" | "oidc"] if identities => "GET",
        ["1.0", "auth", "identities", "bearer"] if profile == Profile::Lxd6 => "GET POST",
        ["1.0", "auth", "identities", "tls"] if identities => "GET POST!",
        ["1.0", "auth", "identities", "tls", _] if identities => "GET PUT PATCH DELETE",
        _ => return None,
    })
}

/// Who may not come in, and methods that there are not; which is looked at first differs.
fn refusal(call: &Call<'_>, known: &str) -> Option<Answer> {
    let mut methods = known
        .split(' ')
        .map(|method| (method.trim_end_matches('!'), method.ends_with('!')));
    let open = methods
        .find(|(method, _)| *method == call.method)
        .map(|(_, open)| open);
    let stranger = call.rights == Rights::Untrusted && open != Some(true);
    let unknown = || match (call.method, open) {
        (_, Some(_)) => None,
        ("GET" | "HEAD" | "PUT" | "PATCH" | "POST" | "DELETE", None) => Some(not_implemented(call)),
        (other, None) => Some(Answer::error(404, &format!("Method {other:?} not found"))),
    };
    match call.profile().minds_methods_first() {
        true => unknown().or_else(|| stranger.then(|| call.forbidden())),
        false => stranger.then(|| call.forbidden()).or_else(unknown),
    }
}

pub(super) fn not_found(call: &Call<'_>) -> Answer {
    Answer::error(404, call.profile().not_found())
}

pub(super) fn not_implemented(call: &Call<'_>) -> Answer {
    Answer::error(501, call.profile().not_implemented())
}
