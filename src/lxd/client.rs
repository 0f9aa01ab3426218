//! The six requests that the charm makes, over one connection.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Method, StatusCode, blocking::Client, blocking::RequestBuilder, redirect::Policy};
use serde_json::{Value, json};

use super::{
    Entry, Error, Kind, Member, Server,
    tls::{self, Presented},
    wire::{self, CertificateInfo, MemberInfo, ServerInfo},
};
use crate::{
    certificate::{Certificate, Fingerprint},
    credential::Credential,
    deadline::Deadlines,
    endpoint::Endpoint,
};

/// The longest answer that is read, in bytes. A thousand certificates take about 1 MB.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A client of one LXD server. It connects at the first request and keeps the connection.
#[derive(Debug)]
pub struct Connection {
    http: Client,
    endpoint: Endpoint,
    accepted: Vec<Fingerprint>,
    presented: Presented,
    deadlines: Deadlines,
}

/// What can be asked.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a Connection);

/// What can be changed.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a>(&'a Connection);

impl Connection {
    /// Prepares a client; nothing is sent yet. It talks to a server that the credential allows, and, if one is `known`,
    /// only to one that presents that certificate.
    ///
    /// # Errors
    /// Only if the TLS library refuses what [`Credential`] has checked.
    pub fn new(
        credential: &Credential,
        endpoint: &Endpoint,
        known: Option<Fingerprint>,
        deadlines: &Deadlines,
    ) -> Result<Self, Error> {
        let setup = |error: Box<dyn std::error::Error + Send + Sync>| {
            Error::new("connect to", &endpoint.address(), Kind::Setup(error))
        };
        let (config, presented) = tls::client_config(&credential.identity, &credential.pins, known)
            .map_err(|e| setup(e.into()))?;
        let http = Client::builder()
            .tls_backend_preconfigured(config)
            .no_proxy()
            .https_only(true)
            .redirect(Policy::none())
            .connect_timeout(deadlines.connect())
            .user_agent(concat!("lxd-integrator/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| setup(e.into()))?;
        Ok(Self {
            http,
            endpoint: endpoint.clone(),
            accepted: match known {
                Some(known) => vec![known],
                None => credential
                    .pins
                    .iter()
                    .map(|pin| Fingerprint::of(pin))
                    .collect(),
            },
            presented,
            deadlines: deadlines.clone(),
        })
    }

    /// Where it goes.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The reading half.
    #[must_use]
    pub const fn reader(&self) -> Reader<'_> {
        Reader(self)
    }

    /// The writing half.
    #[must_use]
    pub const fn writer(&self) -> Writer<'_> {
        Writer(self)
    }

    fn request(&self, method: Method, path: &str, body: Option<Value>) -> Result<Vec<u8>, Error> {
        let name = method.to_string();
        self.answer(method, path, body)
            .map_err(|kind| Error::new(&name, path, kind))
    }

    fn answer(&self, method: Method, path: &str, body: Option<Value>) -> Result<Vec<u8>, Kind> {
        let timeout = if method == Method::GET {
            self.deadlines.read()?
        } else {
            self.deadlines.write()?
        };
        let mut request = self
            .http
            .request(method, self.endpoint.url(path))
            .timeout(timeout);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let (status, body) = self.send(request)?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(wire::failure(status.as_u16(), &body))
        }
    }

    fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), Kind> {
        let answer = request.send().map_err(|error| self.no_answer(error))?;
        let status = answer.status();
        let mut body = Vec::new();
        answer
            .take(LONGEST_ANSWER)
            .read_to_end(&mut body)
            .map_err(|error| {
                let timed_out = error.kind() == std::io::ErrorKind::TimedOut;
                Kind::no_answer(error, timed_out)
            })?;
        if body.len() as u64 == LONGEST_ANSWER {
            return Err(Kind::NotLxd(format!("over {LONGEST_ANSWER} bytes")));
        }
        Ok((status, body))
    }

    /// A refused pin looks like any failed connection; only the verifier knows.
    fn no_answer(&self, error: reqwest::Error) -> Kind {
        match self.presented.certificate().map(|der| Fingerprint::of(der)) {
            Some(presented) if !self.accepted.contains(&presented) => Kind::OtherCertificate {
                presented,
                configured: self.accepted.clone(),
            },
            _ => {
                let timed_out = error.is_timeout();
                Kind::no_answer(error.without_url(), timed_out)
            }
        }
    }
}

impl Reader<'_> {
    /// `GET /1.0`: who answers, and that it trusts us.
    ///
    /// # Errors
    /// [`Kind::Untrusted`] if it does not, and whatever else a request can meet.
    pub fn server(&self) -> Result<Server, Error> {
        const PATH: &str = "/1.0";
        let wrong = |kind| Error::new("GET", PATH, kind);
        let body = self.0.request(Method::GET, PATH, None)?;
        let info: Option<ServerInfo> = wire::metadata(&body).map_err(wrong)?;
        let info = info.ok_or_else(|| wrong(Kind::NotLxd("no metadata".to_owned())))?;
        if info.auth != "trusted" {
            return Err(wrong(Kind::Untrusted));
        }
        let environment = info.environment.unwrap_or_default();
        let certificate = self.0.presented.certificate();
        Ok(Server {
            name: environment.server_name,
            version: environment.server_version,
            clustered: environment.server_clustered,
            certificate: certificate
                .ok_or_else(|| wrong(Kind::NotLxd("no certificate".to_owned())))?
                .clone(),
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
        const PATH: &str = "/1.0/cluster/members?recursion=1";
        let body = self.0.request(Method::GET, PATH, None)?;
        let list: Vec<MemberInfo> =
            wire::metadata(&body).map_err(|kind| Error::new("GET", PATH, kind))?;
        Ok(list.into_iter().map(MemberInfo::member).collect())
    }

    /// The whole trust store, from the database.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn certificates(&self) -> Result<Vec<Entry>, Error> {
        const PATH: &str = "/1.0/certificates?recursion=1";
        let body = self.0.request(Method::GET, PATH, None)?;
        let list: Vec<CertificateInfo> =
            wire::metadata(&body).map_err(|kind| Error::new("GET", PATH, kind))?;
        Ok(list
            .into_iter()
            .filter_map(CertificateInfo::entry)
            .collect())
    }
}

impl Writer<'_> {
    /// Adds a client certificate under a name.
    ///
    /// # Errors
    /// Also when the certificate is there already (see [`is_duplicate`]).
    pub fn add(&self, name: &str, certificate: &Certificate) -> Result<(), Error> {
        let body = json!({
            "type": "client",
            "name": name,
            "certificate": STANDARD.encode(certificate.der()),
        });
        self.0
            .request(Method::POST, "/1.0/certificates", Some(body))
            .map(drop)
    }

    /// Gives an entry another name.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn rename(&self, fingerprint: Fingerprint, name: &str) -> Result<(), Error> {
        let body = json!({ "name": name });
        self.0
            .request(Method::PATCH, &entry_path(fingerprint), Some(body))
            .map(drop)
    }

    /// Removes an entry; it is no error if it is gone already.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn remove(&self, fingerprint: Fingerprint) -> Result<(), Error> {
        match self
            .0
            .request(Method::DELETE, &entry_path(fingerprint), None)
        {
            Err(error) if is_missing(&error) => Ok(()),
            answer => answer.map(drop),
        }
    }
}

fn entry_path(fingerprint: Fingerprint) -> String {
    format!("/1.0/certificates/{fingerprint}")
}

fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), Kind::Refused { status: 404, .. })
}

/// LXD 3.0 to 5.0.0 say 400 to a certificate that is there already, 5.0.1 says 500, later ones 409.
#[must_use]
pub fn is_duplicate(error: &Error) -> bool {
    match error.kind() {
        Kind::Refused { status: 409, .. } => true,
        Kind::Refused { words, .. } | Kind::Busy { words, .. } => {
            words.contains("already in trust store")
        }
        _ => false,
    }
}
