//! The requests that look.

use reqwest::Method;
use serde::de::DeserializeOwned;

use super::{
    Connection, Error, ErrorKind, Member, Server,
    client::{entry_path, is_missing},
    wire::{
        self, CertificateInfo, CurrentIdentity, IdentityInfo, MemberInfo, ProjectInfo, ServerInfo,
        TrustInfo,
    },
};
use crate::{
    names::Projects,
    trust::{Entry, rights::Rights},
    x509::certificate::{Certificate, Fingerprint},
};

/// The extension of the API that brings restricted certificates.
const RESTRICTS: &str = "certificate_project";

/// The extension of the API that brings tokens for clients.
const TOKENS: &str = "certificate_token";

/// The extension of the API that brings fine-grained identities with certificates.
const IDENTITIES: &str = "access_management_tls";

/// What can be asked of LXD.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(pub(super) &'a Connection);

impl Reader<'_> {
    /// `GET /1.0`: who answers, and that it trusts us.
    ///
    /// # Errors
    /// [`ErrorKind::Untrusted`] if it does not, and whatever else a request can meet.
    pub fn server(&self) -> Result<Server, Error> {
        const PATH: &str = "/1.0";
        let wrong = |kind| Error::new("GET", PATH, kind);
        let body = self.0.request(Method::GET, PATH, None)?;
        let info: Option<ServerInfo> = wire::metadata(&body).map_err(wrong)?;
        let info = info.ok_or_else(|| wrong(ErrorKind::NotLxd("no metadata".to_owned())))?;
        if info.auth != "trusted" {
            return Err(wrong(ErrorKind::Untrusted));
        }
        let extensions = info.api_extensions.unwrap_or_default();
        let has = |extension| extensions.iter().any(|name| name == extension);
        let environment = info.environment.unwrap_or_default();
        let certificate = self.0.presented.certificate();
        Ok(Server {
            name: wire::short(&environment.server_name),
            version: wire::short(&environment.server_version),
            clustered: environment.server_clustered,
            restricts: has(RESTRICTS),
            issues_tokens: has(TOKENS),
            has_identities: has(IDENTITIES),
            certificate: certificate
                .ok_or_else(|| wrong(ErrorKind::NotLxd("no certificate".to_owned())))?,
        })
    }

    /// The entry with this fingerprint, if there is one.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn certificate(&self, fingerprint: Fingerprint) -> Result<Option<Entry>, Error> {
        let path = entry_path(fingerprint);
        match self.0.request(Method::GET, &path, None) {
            Ok(body) => {
                let info: Option<CertificateInfo> =
                    wire::metadata(&body).map_err(|kind| Error::new("GET", &path, kind))?;
                // LXD compares fingerprints as prefixes; an answer about another one is none.
                Ok(info
                    .and_then(CertificateInfo::entry)
                    .filter(|entry| entry.fingerprint == fingerprint))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The members of the cluster; only a clustered server answers.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn members(&self) -> Result<Vec<Member>, Error> {
        let list: Vec<MemberInfo> = self.list("/1.0/cluster/members?recursion=1")?;
        Ok(list.into_iter().map(MemberInfo::member).collect())
    }

    /// The names of all projects; only a server that [`restricts`](Server::restricts) is asked.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn projects(&self) -> Result<Projects, Error> {
        let list: Vec<ProjectInfo> = self.list("/1.0/projects?recursion=1")?;
        Ok(list.into_iter().map(|project| project.name).collect())
    }

    /// The whole trust store, from the database.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn certificates(&self) -> Result<Vec<Entry>, Error> {
        let list: Vec<CertificateInfo> = self.list("/1.0/certificates?recursion=1")?;
        Ok(list
            .into_iter()
            .filter_map(CertificateInfo::entry)
            .collect())
    }

    /// The whole trust store with the certificates themselves; `None` for one that cannot be read.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn trust_list(&self) -> Result<Vec<(Entry, Option<Certificate>)>, Error> {
        let list: Vec<TrustInfo> = self.list("/1.0/certificates?recursion=1")?;
        Ok(list.into_iter().filter_map(TrustInfo::entry).collect())
    }

    /// What our own certificate may do; `None` where it is not that of a fine-grained identity. Only a server that
    /// [`has_identities`](Server::has_identities) is asked.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn rights(&self) -> Result<Option<Rights>, Error> {
        const PATH: &str = "/1.0/auth/identities/current";
        let answer: Option<CurrentIdentity> = match self.0.request(Method::GET, PATH, None) {
            Ok(body) => wire::metadata(&body).map_err(|kind| Error::new("GET", PATH, kind))?,
            // In PKI mode LXD trusts certificates of which it knows no identity; they may do everything.
            Err(error) if matches!(error.kind(), ErrorKind::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(answer.and_then(CurrentIdentity::rights))
    }

    /// The type of the identity with this certificate, if there is one. Only a server that
    /// [`has_identities`](Server::has_identities) is asked.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn identity(&self, fingerprint: Fingerprint) -> Result<Option<String>, Error> {
        let path = format!("/1.0/auth/identities/tls/{fingerprint}");
        match self.0.request(Method::GET, &path, None) {
            Ok(body) => {
                let info: Option<IdentityInfo> =
                    wire::metadata(&body).map_err(|kind| Error::new("GET", &path, kind))?;
                Ok(info.map(|info| info.kind))
            }
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Error> {
        let body = self.0.request(Method::GET, path, None)?;
        wire::metadata(&body).map_err(|kind| Error::new("GET", path, kind))
    }
}
