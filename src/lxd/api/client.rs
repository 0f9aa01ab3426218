//! One connection to an LXD server, and what an answer over it means.

use std::io::Read as _;

use reqwest::{Method, StatusCode, blocking::Client, blocking::RequestBuilder, redirect::Policy};
use serde_json::Value;

use super::{Error, ErrorKind, Reader, Writer, tls, verify::Presented, wire};
use crate::{
    credential::{Credential, endpoint::Endpoint},
    deadline::Deadlines,
    x509::certificate::Fingerprint,
};

/// The longest answer that is read, in bytes. A thousand certificates take about 1 MB.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// A client of one LXD server. It connects at the first request and keeps the connection.
#[derive(Debug)]
pub struct Connection {
    http: Client,
    endpoint: Endpoint,
    configured: Vec<Fingerprint>,
    pub(super) presented: Presented,
    deadlines: Deadlines,
}

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
            Error::new("connect to", &endpoint.address(), ErrorKind::Setup(error))
        };
        let (config, presented) =
            tls::client_config(credential, known).map_err(|e| setup(e.into()))?;
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
            configured: known.map_or_else(|| credential.pins.fingerprints(), |known| vec![known]),
            presented,
            deadlines: deadlines.clone(),
        })
    }

    /// The same with other deadlines.
    #[must_use]
    pub fn with_deadlines(self, deadlines: &Deadlines) -> Self {
        Self {
            deadlines: deadlines.clone(),
            ..self
        }
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

    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Vec<u8>, Error> {
        let name = method.to_string();
        self.answer(method, path, body)
            .map_err(|kind| Error::new(&name, path, kind))
    }

    fn answer(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Vec<u8>, ErrorKind> {
        let timeout = match method {
            Method::GET if path == "/1.0" => self.deadlines.greeting()?,
            Method::GET => self.deadlines.read()?,
            _ => self.deadlines.write()?,
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

    fn send(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), ErrorKind> {
        let answer = request.send().map_err(|error| self.no_answer(error))?;
        let status = answer.status();
        let mut body = Vec::new();
        answer
            .take(LONGEST_ANSWER)
            .read_to_end(&mut body)
            .map_err(|error| {
                let timed_out = error.kind() == std::io::ErrorKind::TimedOut;
                ErrorKind::no_answer(error, timed_out)
            })?;
        if body.len() as u64 == LONGEST_ANSWER {
            return Err(ErrorKind::NotLxd(format!("over {LONGEST_ANSWER} bytes")));
        }
        Ok((status, body))
    }

    /// A refused certificate looks like any failed connection; only the verifier knows.
    fn no_answer(&self, error: reqwest::Error) -> ErrorKind {
        match self.presented.mismatch() {
            Some((presented, mismatch)) => ErrorKind::OtherCertificate {
                presented,
                configured: self.configured.clone(),
                mismatch,
            },
            None => {
                let timed_out = error.is_timeout();
                ErrorKind::no_answer(error.without_url(), timed_out)
            }
        }
    }
}

pub(super) fn entry_path(fingerprint: Fingerprint) -> String {
    format!("/1.0/certificates/{fingerprint}")
}

pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Refused { status: 404, .. })
}
