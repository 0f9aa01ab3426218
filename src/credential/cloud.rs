//! The credential of the model's cloud, which `juju trust` lets the charm see.

use serde::Deserialize;

use super::{Attributes, Credential, CredentialError, Part, Source, assemble, is_empty};

/// The cloud as `credential-get --format=json` prints it; only what is used.
#[derive(Clone, Debug, Deserialize)]
pub struct Cloud {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    endpoint: String,
    credential: Option<CloudCredential>,
}

#[derive(Clone, Debug, Deserialize)]
struct CloudCredential {
    #[serde(default)]
    attrs: Attributes,
}

impl Cloud {
    /// The credential that the cloud gives us.
    ///
    /// # Errors
    /// Names what is missing or wrong.
    pub fn credential(&self) -> Result<Credential, CredentialError> {
        if self.kind != "lxd" {
            return Err(CredentialError::OtherCloud(self.kind.clone()));
        }
        let Some(CloudCredential { attrs }) = &self.credential else {
            return Err(CredentialError::BadCloudCredential("there is none".into()));
        };
        let find = |part| match part {
            Part::Endpoint => self.endpoint.as_str(),
            _ => attrs.get(part),
        };
        let needed = [Part::Endpoint, Part::ClientCert, Part::ClientKey];
        if let Some(part) = needed.into_iter().find(|part| is_empty(find(*part))) {
            return Err(Source::Cloud.bad(part, "it is empty"));
        }
        assemble(|part| (find(part), Source::Cloud), attrs.enrolment())
    }
}
