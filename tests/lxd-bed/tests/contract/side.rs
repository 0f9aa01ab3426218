//! What a case works with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lxd_bed::certificates::{Credential, make};
use lxd_bed::client::{Answer, Client};
use lxd_bed::{Daemon, Profile};
use serde_json::{Value, json};

use crate::scope;

/// The path of the trust store.
pub(crate) const CERTIFICATES: &str = "/1.0/certificates";

/// The server that a case is run against.
pub(crate) struct Side {
    pub(crate) daemon: Daemon,
}

impl Side {
    pub(crate) fn admin(&self) -> Client {
        self.daemon.client(Some(self.daemon.admin()))
    }

    pub(crate) fn client(&self, credential: &Credential) -> Client {
        self.daemon.client(Some(credential))
    }

    pub(crate) fn nobody(&self) -> Client {
        self.daemon.client(None)
    }

    /// What an administrator's POST of that body is answered.
    pub(crate) fn post(&self, body: &Value) -> Answer {
        self.admin().post(CERTIFICATES, body).unwrap()
    }

    /// What an administrator is answered who adds that certificate.
    pub(crate) fn add(&self, credential: &Credential, name: &str) -> Answer {
        self.admin().add(credential, name).unwrap()
    }

    /// What an administrator's PATCH of that entry is answered.
    pub(crate) fn patch(&self, entry: &Credential, body: &Value) -> Answer {
        self.admin().patch(&entry.path(), body).unwrap()
    }

    /// The same where it has to succeed.
    #[track_caller]
    pub(crate) fn change(&self, entry: &Credential, body: &Value) {
        assert_sync(&self.patch(entry, body), 200, &json!({}));
    }

    /// What an administrator's PUT of that entry is answered.
    pub(crate) fn put(&self, entry: &Credential, body: &Value) -> Answer {
        self.admin().put(&entry.path(), body).unwrap()
    }

    /// What an administrator is answered who removes that entry.
    pub(crate) fn delete(&self, entry: &Credential) -> Answer {
        self.admin().delete(&entry.path()).unwrap()
    }

    /// A new certificate that the server trusts under its common name.
    pub(crate) fn trusted(&self, name: &str) -> Credential {
        let new = make(name);
        self.daemon.trust(&new.certificate_pem, name);
        new
    }

    /// `auth` of `GET /1.0` with that credential.
    pub(crate) fn auth(&self, credential: &Credential) -> Value {
        self.client(credential).auth().unwrap()
    }

    /// The entry as an administrator reads it.
    pub(crate) fn entry(&self, credential: &Credential) -> Answer {
        self.admin().get(&credential.path()).unwrap()
    }

    pub(crate) fn profile(&self) -> Profile {
        self.daemon.profile()
    }

    /// The text of a 403.
    pub(crate) fn forbidden(&self) -> &'static str {
        scope::forbidden(self.profile())
    }

    /// An entry of a client as this server shows it.
    pub(crate) fn shown(&self, credential: &Credential, name: &str) -> Value {
        let mut shown = json!({
            "name": name, "type": "client",
            "certificate": credential.certificate_pem, "fingerprint": credential.fingerprint,
        });
        if scope::since_5_0(self.profile()) {
            shown["restricted"] = false.into();
            shown["projects"] = json!([]);
        }
        if self.profile().is_incus() {
            shown["description"] = "".into();
        }
        shown
    }

    /// Asserts the refusal of a duplicate.
    #[track_caller]
    pub(crate) fn assert_duplicate(&self, answer: &Answer) {
        let status = scope::duplicate(self.profile());
        assert_error(answer, status, "Certificate already in trust store");
    }

    /// Whether the store holds it.
    pub(crate) fn holds(&self, credential: &Credential) -> bool {
        self.daemon.entry(&credential.fingerprint).is_some()
    }
}

/// Base64 of the DER on one line.
pub(crate) fn encoded(credential: &Credential) -> String {
    STANDARD.encode(&credential.certificate_der)
}

/// The body that adds a certificate, with more fields, or others.
pub(crate) fn body_with(credential: &Credential, name: &str, more: &Value) -> Value {
    let mut body = credential.body(name);
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// The names of an object's fields, sorted.
pub(crate) fn fields(object: &Value) -> String {
    let names: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.join(" ")
}

/// Asserts an error answer in LXD's envelope.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, text: &str) {
    assert_eq!((answer.status, answer.error.as_str()), (status, text));
    let envelope = json!({
        "type": "error", "status": "", "status_code": 0, "operation": "",
        "error_code": status, "error": text, "metadata": null,
    });
    assert_eq!(answer.json, envelope);
    assert_eq!(answer.headers["content-type"], "application/json");
}

/// Asserts a success in LXD's envelope, which says 200 whatever the HTTP status.
#[track_caller]
pub(crate) fn assert_sync(answer: &Answer, status: u16, metadata: &Value) {
    assert_eq!((answer.status, answer.error.as_str()), (status, ""));
    let envelope = json!({
        "type": "sync", "status": "Success", "status_code": 200, "operation": "",
        "error_code": 0, "error": "", "metadata": metadata,
    });
    assert_eq!(answer.json, envelope);
    assert_eq!(answer.headers["content-type"], "application/json");
}
