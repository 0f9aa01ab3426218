//! How a caller that is not trusted becomes so: by a token that was issued for it, or by the trust
//! password.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::api::Call;
use super::base64_text;
use super::certificate::Certificate;
use super::trust_adding::Wanted;
use crate::daemon::Kind;
use crate::fingerprint;

/// What whoever shows the token is going to be.
#[derive(Clone, Debug)]
pub(super) struct Token {
    name: String,
    restricted: bool,
    projects: Vec<String>,
}

/// Issues a token. The operation has all of it.
pub(super) fn issue(state: &State, wanted: &Wanted) -> Value {
    let cluster = &state.cluster;
    let secret = secret();
    let members = cluster.members();
    let addresses = members
        .iter()
        .map(|&index| cluster.nodes[index].address.to_string());
    let token = Token {
        name: wanted.name.clone(),
        restricted: wanted.restricted,
        projects: wanted.projects.clone(),
    };
    let metadata = json!({
        "addresses": addresses.collect::<Vec<_>>(),
        "fingerprint": cluster.identity().fingerprint(),
        "request": request(state, &token),
        "secret": secret,
    });
    let id = format!(
        "{}-{}-{}-{}-{}",
        &secret[..8],
        &secret[8..12],
        &secret[12..16],
        &secret[16..20],
        &secret[20..32]
    );
    cluster.store().add_token(secret, token);
    operation(state, &id, &metadata)
}

fn operation(state: &State, id: &str, metadata: &Value) -> Value {
    let location = match state.cluster.clustered {
        true => state.node().name.as_str(),
        false => "none",
    };
    json!({
        "id": id, "class": "token", "description": "Executing operation",
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        "status": "Running", "status_code": 103,
        "resources": match state.cluster.profile.is_incus() {
            true => json!({}),
            false => Value::Null,
        },
        "metadata": metadata,
        "may_cancel": true, "err": "", "location": location,
    })
}

fn request(state: &State, token: &Token) -> Value {
    let profile = state.cluster.profile;
    let mut request = json!({
        "name": token.name, "type": Kind::Client.as_str(), "restricted": token.restricted,
        "projects": token.projects, "certificate": "", "token": true,
    });
    for (field, known) in [
        ("password", profile.knows_passwords()),
        ("trust_token", profile.has_a_field_for_tokens()),
        ("description", profile.describes()),
    ] {
        if known {
            request[field] = "".into();
        }
    }
    request
}

/// No two are the same.
fn secret() -> String {
    static ISSUED: AtomicU64 = AtomicU64::new(0);
    let count = ISSUED.fetch_add(1, Ordering::Relaxed);
    fingerprint::of(format!("{count} {:?}", SystemTime::now()).as_bytes())
}

/// What an untrusted caller is to be stored as. A token says all of that itself, and is used up
/// whatever comes of it; who knows the password says it in the request.
pub(super) fn admit(call: &Call<'_>, wanted: Wanted) -> Result<Wanted, Answer> {
    let profile = call.profile();
    let token = match profile.has_a_field_for_tokens() && !wanted.trust_token.is_empty() {
        true => Shown::parse(&wanted.trust_token),
        false if profile.issues_tokens() => Shown::parse(&wanted.password),
        false => None,
    };
    let Some(shown) = token else {
        let store = call.database()?;
        let known = store.password().filter(|_| profile.takes_passwords());
        return match known.is_some_and(|password| password == wanted.password) {
            true => Ok(wanted),
            false => Err(call.forbidden()),
        };
    };
    let token = call.database()?.take_token(&shown.secret);
    let Some(token) = token.filter(|token| token.name == shown.name) else {
        let text = "No matching certificate add operation found";
        return Err(Answer::error(403, text));
    };
    Ok(Wanted {
        kind: Kind::Client.as_str().to_owned(),
        name: token.name,
        restricted: token.restricted,
        projects: token.projects,
        ..Wanted::default()
    })
}

/// The certificate of a caller that sends none.
pub(super) fn own_certificate(call: &Call<'_>) -> Result<Certificate, Answer> {
    let own = call.caller.certificate().cloned();
    own.ok_or_else(|| Answer::error(400, "No client certificate provided"))
}

/// What a token holds that matters here.
struct Shown {
    name: String,
    secret: String,
}

impl Shown {
    /// `None` if it is no token. Nothing of one may be missing.
    fn parse(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_slice(&base64_text::decode(text).ok()?).ok()?;
        let field = |name: &str| {
            let text = json[name].as_str().filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let addresses = json["addresses"].as_array()?;
        if addresses.is_empty() || field("fingerprint").is_none() {
            return None;
        }
        Some(Self {
            name: field("client_name")?,
            secret: field("secret")?,
        })
    }
}
