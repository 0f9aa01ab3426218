//! How clients come into the trust store by themselves.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Daemon;

impl Daemon {
    /// Issues a token as `lxc config trust add` prints it. Whoever shows it first is trusted under
    /// that name: in these projects only, or, without any list, everywhere.
    ///
    /// # Panics
    ///
    /// On LXD 3.0 and 4.0, which know no tokens.
    pub fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> String {
        let operation = self.server.issue_token(name, projects);
        let issued = &operation["metadata"];
        let never = json!("0001-01-01T00:00:00Z");
        let token = json!({
            "client_name": name,
            "fingerprint": issued["fingerprint"],
            "addresses": issued["addresses"],
            "secret": issued["secret"],
            "expires_at": issued.get("expiresAt").unwrap_or(&never),
        });
        STANDARD.encode(token.to_string())
    }

    /// Whether a server in PKI mode trusts every certificate that its authority issued, also those
    /// that are not in the trust store. At first it does not.
    pub fn trust_authority(&self, trusted: bool) {
        self.server.trust_authority(trusted);
    }

    /// Sets the password that makes whoever knows it trusted, or with none takes it away.
    ///
    /// # Panics
    ///
    /// On LXD 6 and Incus, which have none.
    pub fn set_trust_password(&self, password: Option<&str>) {
        self.server.set_trust_password(password);
    }
}
