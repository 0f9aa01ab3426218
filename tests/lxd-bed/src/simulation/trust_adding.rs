//! POST of a certificate.

use super::answer::Answer;
use super::api::Call;
use super::base64_text;
use super::certificate::Certificate;
use super::enrolment;
use super::request_body::{Complaint, Field, Fields, Shape, Takes};
use super::rights::Rights;
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

/// The fields that can be changed as well.
pub(super) const CHANGEABLE: &[Field] = &[
    ("name", Takes::Text),
    ("type", Takes::Text),
    ("restricted", Takes::Flag),
    ("projects", Takes::Texts),
    ("certificate", Takes::Text),
];

const FIELDS: &[Field] = &[
    ("token", Takes::Flag),
    ("password", Takes::Text),
    ("trust_token", Takes::Text),
    ("description", Takes::Text),
];

impl Wanted {
    fn parse(profile: Profile, body: &[u8]) -> Result<Self, Complaint> {
        let shape = Shape {
            inner: CHANGEABLE,
            inner_name: profile.names_inner_structures().then_some("CertificatePut"),
            names_elements: profile.names_elements(),
            ..Shape::of("CertificatesPost", FIELDS)
        };
        let fields = Fields::parse_known(body, shape, |name| profile.knows_field(name))?;
        let text = |name| fields.text(name).unwrap_or_default();
        Ok(Self {
            kind: text("type"),
            name: text("name"),
            encoded: text("certificate"),
            password: text("password"),
            trust_token: text("trust_token"),
            token: fields.flag("token").unwrap_or_default(),
            restricted: fields.flag("restricted").unwrap_or_default(),
            projects: fields.texts("projects").unwrap_or_default(),
            description: text("description"),
        })
    }
}

pub(super) fn answer(call: &Call<'_>) -> Result<Answer, Answer> {
    let profile = call.profile();
    let wanted = Wanted::parse(profile, call.body).map_err(|text| Answer::error(400, &text))?;
    if !wanted.password.is_empty() && !profile.takes_passwords() {
        let text = "Password authentication is no longer supported, please update your client";
        return Err(Answer::error(501, text));
    }
    mind_names(profile, &wanted)?;
    if wanted.token {
        return issue(call, &wanted);
    }
    let wanted = admit(call, wanted)?;
    let kind = Kind::parse(&wanted.kind).filter(|kind| profile.knows_kind(*kind));
    let kind = kind.ok_or_else(|| Answer::error(400, &profile.unknown_kind(&wanted.kind)))?;
    let certificate = match wanted.encoded.as_str() {
        "" => enrolment::own_certificate(call)?,
        encoded => read(profile, encoded).map_err(|complaint| Answer::error(400, &complaint))?,
    };
    if let Some(objection) = objection(call, &certificate) {
        return Err(Answer::error(400, objection));
    }
    let name = stored_name(call, wanted.name, &certificate);
    let entry = TrustEntry {
        fingerprint: certificate.fingerprint(),
        name: until_nul(&name),
        kind,
        restricted: wanted.restricted,
        projects: wanted.projects,
        certificate_pem: certificate.pem(),
    };
    store_new(call, entry, wanted.description)
}

fn issue(call: &Call<'_>, wanted: &Wanted) -> Result<Answer, Answer> {
    let profile = call.profile();
    if !wanted.encoded.is_empty() {
        return Err(Answer::error(400, profile.token_and_certificate()));
    }
    if wanted.kind != Kind::Client.as_str() {
        let text = "Tokens can only be issued for client certificates";
        return Err(Answer::error(400, text));
    }
    if wanted.name.is_empty() && profile.minds_names() {
        return Err(Answer::error(400, "Client name must not be empty"));
    }
    only_who_may(call)?;
    drop(call.database()?);
    let operation = enrolment::issue(call.state, wanted);
    let path = format!(
        "/1.0/operations/{}",
        operation["id"].as_str().unwrap_or("?")
    );
    Ok(Answer::accepted(&path, &operation))
}

/// Who may add at all, and what comes of a token.
fn admit(call: &Call<'_>, wanted: Wanted) -> Result<Wanted, Answer> {
    let shows_a_token = !wanted.trust_token.is_empty() && wanted.password.is_empty();
    let taken = call.profile().takes_tokens_of_the_trusted() && shows_a_token;
    if call.rights == Rights::Untrusted || taken {
        return enrolment::admit(call, wanted);
    }
    let adds_itself = call.profile().has_identities() && call.may("can_create_identities");
    if wanted.encoded.is_empty() && !adds_itself {
        return Err(Answer::error(400, "Client is already trusted"));
    }
    only_who_may(call).map(|()| wanted)
}

fn only_who_may(call: &Call<'_>) -> Result<(), Answer> {
    match call.may("can_create_identities") {
        true => Ok(()),
        false => Err(Answer::error(403, call.profile().forbidden())),
    }
}

fn mind_names(profile: Profile, wanted: &Wanted) -> Result<(), Answer> {
    if profile.wants_projects_restricted() && !wanted.restricted && !wanted.projects.is_empty() {
        let text = "Projects can only be specified for restricted certificates. \
                    Set restricted=true or remove projects";
        return Err(Answer::error(400, text));
    }
    let name = &wanted.name;
    if profile.minds_names() && (name.starts_with('-') || name.contains('/')) {
        let text = format!(
            "Invalid certificate name {name:?}, \
             name must not start with a hyphen or contain forward slashes"
        );
        return Err(Answer::error(400, &text));
    }
    Ok(())
}

fn read(profile: Profile, encoded: &str) -> Result<Certificate, Complaint> {
    let pem = profile
        .takes_pem()
        .then(|| {
            encoded
                .starts_with("-----BEGIN ")
                .then(|| x509_parser::pem::parse_x509_pem(encoded.as_bytes()))
        })
        .flatten();
    let der = match pem {
        Some(Ok((_, pem))) => pem.contents,
        _ => base64_text::decode(encoded)?,
    };
    Certificate::from_der(&der).map_err(|error| format!("Invalid certificate material: {error}"))
}

/// Why a certificate is not taken. In PKI mode LXD says from 5.21 on that the authority did not issue
/// it; others take it all the same.
pub(super) fn objection(call: &Call<'_>, certificate: &Certificate) -> Option<&'static str> {
    let cluster = &call.state.cluster;
    certificate
        .objection(call.profile(), cluster.clock.now())
        .or_else(|| unauthorized(call, certificate))
}

/// What LXD says in PKI mode from 5.21 on of a certificate that the authority did not issue.
pub(super) fn unauthorized(call: &Call<'_>, certificate: &Certificate) -> Option<&'static str> {
    let authority = call.state.cluster.authority.as_ref();
    let authority = authority.filter(|_| call.profile().has_identities())?;
    let revoked = authority.has_revoked(&certificate.fingerprint());
    match certificate.is_issued_by(authority) && !revoked {
        true => None,
        false => Some("The certificate is not trusted by the CA or has been revoked"),
    }
}

fn store_new(
    call: &Call<'_>,
    mut entry: TrustEntry,
    description: String,
) -> Result<Answer, Answer> {
    let mut store = call.database()?;
    let location = format!("/1.0/certificates/{}", entry.fingerprint);
    refuse_duplicate(call, &store, &entry)?;
    if let Some((status, text)) = store.objection_to_projects(call.profile(), &entry.projects) {
        return Err(Answer::error(status, text));
    }
    entry.projects = store.in_order(entry.projects);
    store.describe(&entry.fingerprint, description);
    store.add(entry);
    drop(store);
    call.state.cluster.propagate(call.state.index);
    Ok(Answer::created(location))
}

fn refuse_duplicate(call: &Call<'_>, store: &Store, entry: &TrustEntry) -> Result<(), Answer> {
    let profile = call.profile();
    let known = match profile.compares_with_its_memory() {
        true => call
            .state
            .cluster
            .trusted(call.state.index)
            .entries
            .contains_key(&entry.fingerprint),
        false => store.get(&entry.fingerprint).is_some(),
    };
    if known {
        let text = "Certificate already in trust store";
        return Err(Answer::error(profile.duplicate_status(), text));
    }
    let name_taken = profile.has_unique_names() && store.has_name(&entry.name);
    match name_taken || store.has_certificate(&entry.fingerprint) && profile.has_identities() {
        true => Err(Answer::error(409, profile.taken())),
        false => Ok(()),
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

/// The database keeps of a text what is before a NUL.
pub(super) fn until_nul(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().to_owned()
}
