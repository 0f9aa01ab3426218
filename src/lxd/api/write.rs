//! The requests that change something.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Connection, Error, ErrorKind,
    client::{entry_path, is_missing},
};
use crate::{
    names::Projects,
    trust::confinement::Confinement,
    x509::certificate::{Certificate, Fingerprint},
};

/// What can be changed in LXD.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a>(pub(super) &'a Connection);

impl Writer<'_> {
    /// Adds a client certificate under a name.
    ///
    /// # Errors
    /// Also when the certificate is there already, the name is taken (see [`is_conflict`]), or a project is not ([`ErrorKind::NoProject`]).
    pub fn add(
        &self,
        name: &str,
        certificate: &Certificate,
        confinement: &Confinement,
    ) -> Result<(), Error> {
        let certificate = STANDARD.encode(certificate.der());
        let body = json!({ "type": "client", "name": name, "certificate": certificate });
        let body = confined(body, confinement);
        match self
            .0
            .request(Method::POST, "/1.0/certificates", Some(body))
        {
            Err(error) if is_missing(&error) => Err(error.with(ErrorKind::NoProject)),
            answer => answer.map(drop),
        }
    }

    /// Gives an entry another name.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn rename(&self, fingerprint: Fingerprint, name: &str) -> Result<(), Error> {
        self.change(fingerprint, json!({ "name": name }))
    }

    /// Confines an entry to projects, or to none any more.
    ///
    /// # Errors
    /// Whatever a request can meet.
    pub fn confine(
        &self,
        fingerprint: Fingerprint,
        confinement: &Confinement,
    ) -> Result<(), Error> {
        let (restricted, projects) = match confinement {
            Confinement::Nothing => (false, &Projects::new()),
            Confinement::To(projects) => (true, projects),
        };
        let body = json!({ "restricted": restricted, "projects": projects });
        self.change(fingerprint, body)
    }

    fn change(&self, fingerprint: Fingerprint, body: Value) -> Result<(), Error> {
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

/// What is asked for, with what the new entry may do. LXD before 5.0 does not know these fields, and would ignore them.
pub(super) fn confined(mut body: Value, confinement: &Confinement) -> Value {
    if let (Confinement::To(projects), Some(body)) = (confinement, body.as_object_mut()) {
        body.insert("restricted".to_owned(), true.into());
        body.insert("projects".to_owned(), json!(projects));
    }
    body
}

/// The certificate is there already, or another entry has the name: LXD tells neither from the other. LXD 3.0 to 5.0.0
/// say 400 to a certificate that is there already, 5.0.1 says 500, later ones 409.
#[must_use]
pub fn is_conflict(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Refused { status: 409, .. } => true,
        ErrorKind::Refused { words, .. } | ErrorKind::Busy { words, .. } => {
            words.contains("already in trust store")
        }
        _ => false,
    }
}
