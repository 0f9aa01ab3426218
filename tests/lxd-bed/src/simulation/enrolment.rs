//! How a caller that is not trusted becomes so: by a token that was issued for it, or by the trust
//! password.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::State;
use super::answer::Answer;
use super::api::Call;
use super::base64_text;
use super::certificate::Certificate;
use super::clock::{lifetime, rfc3339};
use super::operations::{self, unique, uuid};
use super::rights::Rights;
use super::store::Store;
use super::trust_adding::Wanted;
use crate::daemon::Kind;
use crate::profile::Profile;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A token that waits: what whoever shows it is going to be.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) name: String,
    restricted: bool,
    projects: Vec<String>,
    description: String,
    /// The operation that stands for it.
    pub(super) operation: String,
    /// The address of the member that was asked, which is the only one in it.
    address: String,
    issued: SystemTime,
    pub(super) expires: Option<SystemTime>,
}

/// Issues a token. The operation has all of it.
pub(super) fn issue(state: &State, wanted: &Wanted) -> Value {
    let cluster = &state.cluster;
    let mut store = cluster.store();
    let token = Token {
        name: wanted.name.clone(),
        restricted: wanted.restricted,
        projects: wanted.projects.clone(),
        description: wanted.description.clone(),
        operation: uuid(),
        address: state.node().address.to_string(),
        issued: cluster.clock.now(),
        expires: expiry(state, &store),
    };
    let secret = unique();
    let shown = operation(state, &secret, &token);
    store.tokens.insert(secret, token);
    shown
}

/// When a token ends that is made now.
pub(super) fn expiry(state: &State, store: &Store) -> Option<SystemTime> {
    let set = store.setting("core.remote_token_expiry").and_then(lifetime);
    let usual = state.cluster.profile.token_days();
    let lifetime = set.or_else(|| Some(u32::try_from(usual?).ok()? * DAY));
    lifetime.map(|lifetime| state.cluster.clock.now() + lifetime)
}

/// The operation of a token.
pub(super) fn operation(state: &State, secret: &str, token: &Token) -> Value {
    let mut metadata = json!({
        "addresses": [token.address],
        "fingerprint": state.cluster.identity().fingerprint(),
        "request": request(state.cluster.profile, token),
        "secret": secret,
    });
    if let Some(expires) = token.expires {
        metadata["expiresAt"] = rfc3339(expires).into();
    }
    let description = match state.cluster.profile {
        Profile::Lxd6 => "Certificate add token",
        _ => "Executing operation",
    };
    operations::json_of(
        state,
        &token.operation,
        "token",
        description,
        token.issued,
        &metadata,
    )
}

fn request(profile: Profile, token: &Token) -> Value {
    let mut request = json!({
        "name": token.name, "type": Kind::Client.as_str(), "restricted": token.restricted,
        "projects": token.projects, "certificate": "", "token": true,
    });
    for (field, value, known) in [
        ("password", "", profile.knows_passwords()),
        ("trust_token", "", profile.has_a_field_for_tokens()),
        (
            "description",
            token.description.as_str(),
            profile.describes(),
        ),
    ] {
        if known {
            request[field] = value.into();
        }
    }
    request
}

/// What a caller is to be stored as. A token says all of that itself, and is used up whatever comes
/// of it; who knows the password says it in the request.
pub(super) fn admit(call: &Call<'_>, wanted: Wanted) -> Result<Wanted, Answer> {
    let profile = call.profile();
    // A password, even a wrong one, stands before a token.
    let password = match profile.takes_passwords() && profile.knows_passwords() {
        true => wanted.password.as_str(),
        false => "",
    };
    let (text, as_password) = match (password, profile.has_a_field_for_tokens()) {
        ("", true) => (wanted.trust_token.as_str(), false),
        (password, _) => (password, true),
    };
    let shown = match as_password && !profile.issues_tokens() {
        true => None,
        false => Shown::parse(text),
    };
    let Some(shown) = shown else {
        if !profile.takes_passwords() || !profile.knows_passwords() {
            return Err(Answer::error(403, profile.forbidden()));
        }
        let store = call.database()?;
        let known = store.password().filter(|_| as_password);
        return match known.is_some_and(|known| known == password) {
            true => Ok(wanted),
            false => Err(Answer::error(403, profile.forbidden())),
        };
    };
    let token = take(call, &shown)?;
    if call.rights != Rights::Untrusted {
        return Err(Answer::error(409, "Client is already trusted"));
    }
    Ok(Wanted {
        kind: Kind::Client.as_str().to_owned(),
        name: token.name,
        restricted: token.restricted,
        projects: token.projects,
        description: token.description,
        ..Wanted::default()
    })
}

/// The token that is shown, which is used up by that.
fn take(call: &Call<'_>, shown: &Shown) -> Result<Token, Answer> {
    let profile = call.profile();
    let searching = "Failed during search for certificate add token operation:";
    if shown.is_of_an_identity && profile.has_identities() {
        let text = format!("{searching} TLS Identity token detected (you must update your client)");
        return Err(Answer::error(400, &text));
    }
    let token = call.database()?.tokens.remove(&shown.secret);
    let token =
        token.ok_or_else(|| Answer::error(403, "No matching certificate add operation found"))?;
    let elsewhere = token.address != call.state.node().address.to_string();
    if elsewhere && profile.spoils_tokens_of_other_members() {
        return Err(Answer::error(500, "Bad certificate add operation data"));
    }
    let now = call.state.cluster.clock.now();
    match token.expires.is_some_and(|expires| expires < now) {
        true => {
            let text = format!("{searching} Token has expired");
            Err(Answer::error(profile.expired_token_status(), &text))
        }
        false => Ok(token),
    }
}

/// The certificate of a caller that sends none.
pub(super) fn own_certificate(call: &Call<'_>) -> Result<Certificate, Answer> {
    let own = call.caller.certificate().cloned();
    own.ok_or_else(|| Answer::error(400, "No client certificate provided"))
}

/// What a token holds that matters here.
pub(super) struct Shown {
    pub(super) secret: String,
    /// Whether it says of itself that it is one of an identity that waits.
    is_of_an_identity: bool,
}

impl Shown {
    /// `None` if it is no token. Nothing of one may be missing.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let json: Value = serde_json::from_slice(&base64_text::decode(text).ok()?).ok()?;
        let field = |name: &str| json[name].as_str().filter(|text| !text.is_empty());
        let addresses = json["addresses"].as_array()?;
        if addresses.is_empty() || field("fingerprint").is_none() || field("client_name").is_none()
        {
            return None;
        }
        Some(Self {
            secret: field("secret")?.to_owned(),
            is_of_an_identity: field("type").is_some(),
        })
    }
}
