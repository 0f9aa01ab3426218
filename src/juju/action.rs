//! The hook tools of an action.

use serde::Deserialize;

use super::{Error, Reader, Writer, read::json, run::run};

/// The parameters of all actions; each reads its own. Juju has checked them against `actions.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Parameters {
    /// Only show what would be done.
    pub dry_run: bool,
    /// Of a client.
    pub name: String,
    /// A client's certificate in PEM.
    pub cert: String,
    /// Names with commas between them.
    pub projects: String,
    /// Of a certificate.
    pub fingerprint: String,
}

impl Reader {
    /// `action-get`
    ///
    /// # Errors
    /// When the tool fails.
    pub fn parameters(self) -> Result<Parameters, Error> {
        json(&["action-get", "--format=json"])
    }
}

impl Writer {
    /// `action-set`: results, `key=value` each.
    ///
    /// # Errors
    /// When the tool fails. The error does not show the results: one of them may be a token.
    pub fn results(self, results: &[String]) -> Result<(), Error> {
        let mut argv = vec!["action-set", "--"];
        argv.extend(results.iter().map(String::as_str));
        run(&argv, None).map(drop).map_err(Error::without_arguments)
    }

    /// `action-log`: what the operator sees beside the results.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn note(self, text: &str) -> Result<(), Error> {
        run(&["action-log", "--", text], None).map(drop)
    }

    /// `action-fail`: makes the action a failure for this reason. Its results are shown all the same.
    ///
    /// # Errors
    /// When the tool fails.
    pub fn fail(self, reason: &str) -> Result<(), Error> {
        run(&["action-fail", "--", reason], None).map(drop)
    }
}
