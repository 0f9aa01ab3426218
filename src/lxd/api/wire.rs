//! The fields of LXD's answers that are used; all others are ignored.

use serde::{Deserialize, de::DeserializeOwned};

use super::{ErrorKind, Member};
use crate::{
    names::Projects,
    trust::{Entry, confinement::Confinement, rights::Rights},
    x509::{certificate::Certificate, pem},
};

/// `GET /1.0`
#[derive(Debug, Deserialize)]
pub(super) struct ServerInfo {
    pub(super) auth: String,
    #[serde(default)]
    pub(super) environment: Option<Environment>,
    #[serde(default)]
    pub(super) api_extensions: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Environment {
    pub(super) server_name: String,
    pub(super) server_version: String,
    pub(super) server_clustered: bool,
}

/// An element of `GET /1.0/cluster/members?recursion=1`.
#[derive(Debug, Deserialize)]
pub(super) struct MemberInfo {
    server_name: String,
    url: String,
    status: String,
}

impl MemberInfo {
    pub(super) fn member(self) -> Member {
        Member {
            name: short(&self.server_name),
            url: self.url,
            status: self.status,
        }
    }
}

/// An element of `GET /1.0/projects?recursion=1`.
#[derive(Debug, Deserialize)]
pub(super) struct ProjectInfo {
    pub(super) name: String,
}

/// An element of `GET /1.0/certificates?recursion=1`; LXD 3.0 and 4.0 know no restriction.
#[derive(Debug, Deserialize)]
pub(super) struct CertificateInfo {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    fingerprint: String,
    #[serde(default)]
    restricted: bool,
    #[serde(default)]
    projects: Option<Projects>,
}

impl CertificateInfo {
    /// `None` if the fingerprint is none.
    pub(super) fn entry(self) -> Option<Entry> {
        Some(Entry {
            fingerprint: self.fingerprint.parse().ok()?,
            name: self.name,
            kind: self.kind,
            confinement: if self.restricted {
                Confinement::To(self.projects.unwrap_or_default())
            } else {
                Confinement::Nothing
            },
        })
    }
}

/// The same element with the certificate itself, in PEM.
#[derive(Deserialize)]
pub(super) struct TrustInfo {
    #[serde(flatten)]
    info: CertificateInfo,
    #[serde(default)]
    certificate: String,
}

impl TrustInfo {
    pub(super) fn entry(self) -> Option<(Entry, Option<Certificate>)> {
        let der = pem::certificates(&self.certificate)
            .into_iter()
            .find_map(Result::ok);
        let certificate = der.and_then(|der| Certificate::from_der(&der));
        Some((self.info.entry()?, certificate))
    }
}

/// `GET /1.0/auth/identities/current`, where it has groups of its own.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CurrentIdentity {
    fine_grained: bool,
    effective_permissions: Option<Vec<Permission>>,
}

#[derive(Debug, Deserialize)]
struct Permission {
    entity_type: String,
    entitlement: String,
}

impl CurrentIdentity {
    /// What it may do on the server; `None` where that is not told by its groups.
    pub(super) fn rights(self) -> Option<Rights> {
        let permissions = self.effective_permissions.unwrap_or_default();
        let on_server = permissions
            .into_iter()
            .filter(|permission| permission.entity_type == "server")
            .map(|permission| permission.entitlement);
        self.fine_grained.then(|| on_server.collect())
    }
}

/// `GET /1.0/auth/identities/tls/<fingerprint>`
#[derive(Debug, Deserialize)]
pub(super) struct IdentityInfo {
    #[serde(rename = "type")]
    pub(super) kind: String,
}

#[derive(Deserialize)]
struct Success<T> {
    metadata: Option<T>,
}

#[derive(Deserialize)]
struct Failure {
    error: String,
}

/// The `metadata` of a good answer, which may be `null` (an empty list).
pub(super) fn metadata<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, ErrorKind> {
    match serde_json::from_slice::<Success<T>>(body) {
        Ok(success) => Ok(success.metadata.unwrap_or_default()),
        Err(_) => Err(ErrorKind::NotLxd(start_of(body))),
    }
}

/// What a bad answer means.
pub(super) fn failure(status: u16, body: &[u8]) -> ErrorKind {
    let Ok(Failure { error: words }) = serde_json::from_slice(body) else {
        return ErrorKind::NotLxd(format!("{status} {}", start_of(body)));
    };
    let words: String = words.chars().take(500).collect();
    match status {
        403 => ErrorKind::Forbidden(words),
        400..=499 => ErrorKind::Refused { status, words },
        _ => ErrorKind::Busy { status, words },
    }
}

/// A name or a version as it may be published and remembered. Those of LXD are hosts' names and shorter.
pub(super) fn short(text: &str) -> String {
    text.chars().take(100).collect()
}

fn start_of(body: &[u8]) -> String {
    let start: Vec<u8> = body.iter().copied().take(80).collect();
    format!("{:?}", String::from_utf8_lossy(&start))
}
