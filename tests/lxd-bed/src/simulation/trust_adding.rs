//! POST of a certificate.

use super::answer::Answer;
use super::api::{Call, Rights, not_implemented};
use super::base64_text;
use super::certificate::Certificate;
use super::enrolment;
use super::request_body::{Complaint, Fields};
use super::store::Store;
use crate::daemon::{Kind, TrustEntry};
use crate::profile::Profile;

/// The fields of the body.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) kind: String,
    pub(super) name: String,
    /// Empty if the caller's own certificate is meant.
    pub(super) encoded: String,
    pub(super) restricted: bool,
    pub(super) projects: Vec<String>,
    /// Whether it is a token that is asked for.
    pub(super) token: bool,
    pub(super) password: String,
    pub(super) trust_token: String,
    pub(super) description: String,
}

impl Wanted {
    fn parse(profile: Profile, body: &[u8]) -> Result<Self, Complaint> {
        let fields = Fields::parse(body)?;
        let text = |name, known: bool| match known {
            true => Ok::<_, Complaint>(fields.text(name)?.unwrap_or_default()),
            false => Ok(String::new()),
        };
        let flag = |name, known: bool| match known {
            true => Ok::<_, Complaint>(fields.flag(name)?.unwrap_or_default()),
            false => Ok(false),
        };
        Ok(Self {
            kind: text("type", true)?,
            name: text("name", true)?,
            encoded: text("certificate", true)?,
            password: text("password", profile.knows_passwords())?,
            trust_token: text("trust_token", profile.has_a_field_for_tokens())?,
            token: flag("token", profile.issues_tokens())?,
            restricted: flag("restricted", profile.restricts())?,
            projects: match profile.restricts() {
                true => fields.texts("projects")?.unwrap_or_default(),
                false => Vec::new(),
            },
            description: text("description", profile.describes())?,
        })
    }
}

pub(super) fn answer(call: &Call<'_>) -> Answer {
    let wanted = Wanted::parse(call.profile(), call.body).map_err(|text| Answer::error(400, &text));
    let added = wanted.and_then(|wanted| add(call, wanted));
    added.unwrap_or_else(|refusal| refusal)
}

fn add(call: &Call<'_>, wanted: Wanted) -> Result<Answer, Answer> {
    let profile = call.profile();
    if wanted.token {
        return issue(call, &wanted);
    }
    let wanted = admit(call, wanted)?;
    let kind = Kind::parse(&wanted.kind).filter(|kind| profile.knows_kind(*kind));
    let kind = kind.ok_or_else(|| Answer::error(400, &profile.unknown_kind(&wanted.kind)))?;
    mind_names(profile, &wanted)?;
    let certificate = match wanted.encoded.as_str() {
        "" => enrolment::own_certificate(call)?,
        encoded => read(profile, encoded).map_err(|complaint| Answer::error(400, &complaint))?,
    };
    if let Some(objection) = certificate.objection(profile) {
        return Err(Answer::error(400, objection));
    }
    mind_authority(call, &certificate)?;
    let entry = TrustEntry {
        fingerprint: certificate.fingerprint(),
        name: stored_name(call, wanted.name, &certificate),
        kind,
        restricted: wanted.restricted,
        projects: wanted.projects,
        certificate_pem: certificate.pem(),
    };
    store_new(call, entry, wanted.description)
}

fn issue(call: &Call<'_>, wanted: &Wanted) -> Result<Answer, Answer> {
    if !wanted.encoded.is_empty() {
        let text = "Can't use certificate if token is requested";
        return Err(Answer::error(400, text));
    }
    only_administrators(call)?;
    if wanted.kind != Kind::Client.as_str() {
        let text = "Tokens can only be issued for client certificates";
        return Err(Answer::error(400, text));
    }
    mind_names(call.profile(), wanted)?;
    let operation = enrolment::issue(call.state, wanted);
    let path = format!(
        "/1.0/operations/{}",
        operation["id"].as_str().unwrap_or("?")
    );
    Ok(Answer::accepted(&path, &operation))
}

/// Who may add at all, and what comes of a token.
fn admit(call: &Call<'_>, wanted: Wanted) -> Result<Wanted, Answer> {
    if !wanted.password.is_empty() && !call.profile().takes_passwords() {
        return Err(not_implemented());
    }
    if call.rights == Rights::Untrusted {
        return enrolment::admit(call, wanted);
    }
    if wanted.encoded.is_empty() {
        return Err(Answer::error(400, "Client is already trusted"));
    }
    only_administrators(call).map(|()| wanted)
}

fn only_administrators(call: &Call<'_>) -> Result<(), Answer> {
    match call.rights {
        Rights::Administrator => Ok(()),
        _ if call.profile().is_incus() => Err(Answer::error(403, call.profile().forbidden())),
        _ => Err(call.forbidden()),
    }
}

fn mind_names(profile: Profile, wanted: &Wanted) -> Result<(), Answer> {
    let name = &wanted.name;
    if profile.minds_names() && (name.starts_with('-') || name.contains('/')) {
        let text = format!(
            "Invalid certificate name {name:?}, \
             name must not start with a hyphen or contain forward slashes"
        );
        return Err(Answer::error(400, &text));
    }
    if profile.wants_projects_restricted() && !wanted.restricted && !wanted.projects.is_empty() {
        // The status is LXD's, the text is not known.
        return Err(Answer::error(
            400,
            "Projects are for restricted certificates",
        ));
    }
    Ok(())
}

fn read(profile: Profile, encoded: &str) -> Result<Certificate, Complaint> {
    let pem = profile
        .takes_pem()
        .then(|| x509_parser::pem::parse_x509_pem(encoded.as_bytes()));
    let der = match pem {
        Some(Ok((_, pem))) => pem.contents,
        _ => base64_text::decode(encoded)?,
    };
    Certificate::from_der(&der).map_err(|error| format!("Invalid certificate material: {error}"))
}

/// In PKI mode LXD says it at once from 5.21 on; others take the certificate all the same.
fn mind_authority(call: &Call<'_>, certificate: &Certificate) -> Result<(), Answer> {
    let authority = call.state.cluster.authority.as_ref();
    let authority = authority.filter(|_| call.profile().has_identities());
    match authority.is_some_and(|authority| !certificate.is_issued_by(authority)) {
        true => Err(Answer::error(
            403,
            "The certificate is not trusted by the CA or has been revoked",
        )),
        false => Ok(()),
    }
}

fn store_new(call: &Call<'_>, entry: TrustEntry, description: String) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    let location = format!("/1.0/certificates/{}", entry.fingerprint);
    refuse_duplicate(call, &store, &entry.fingerprint)?;
    if let Some((status, text)) = store.objection_to_projects(&entry.projects) {
        return Err(Answer::error(status, text));
    }
    store.describe(&entry.fingerprint, description);
    store.add(entry);
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::created(location))
}

fn refuse_duplicate(call: &Call<'_>, store: &Store, fingerprint: &str) -> Result<(), Answer> {
    let profile = call.profile();
    let known = match profile.compares_with_its_memory() {
        true => call
            .state
            .cluster
            .trusted(call.state.index)
            .entries
            .contains_key(fingerprint),
        false => store.get(fingerprint).is_some(),
    };
    if known {
        let text = "Certificate already in trust store";
        return Err(Answer::error(profile.duplicate_status(), text));
    }
    match store.identity(fingerprint) {
        Some(_) => Err(Answer::error(409, profile.duplicate_identity())),
        None => Ok(()),
    }
}

/// Empty names become the common name, else the caller's address.
fn stored_name(call: &Call<'_>, name: String, certificate: &Certificate) -> String {
    match (name.as_str(), certificate.common_name.as_str()) {
        ("", _) if !call.profile().fills_names() => name,
        ("", "") => call.caller.ip.to_string(),
        ("", common_name) => common_name.to_owned(),
        _ => name,
    }
}
