//! What real and simulated servers have in common.

use std::fmt::Debug;
use std::net::SocketAddr;

use serde_json::Value;

use super::{Member, State, TrustEntry};
use crate::simulation::Simulation;

/// What both kinds of server can do.
pub(crate) trait Server: Debug + Send + Sync {
    fn address(&self) -> SocketAddr;
    fn name(&self) -> &str;
    fn version(&self) -> &str;
    fn server_certificate_pem(&self) -> String;
    fn trust_list(&self) -> Vec<TrustEntry>;
    fn trust(&self, entry: &TrustEntry);
    fn distrust(&self, fingerprint: &str);
    fn rename(&self, fingerprint: &str, name: &str);
    fn add_project(&self, name: &str);
    fn remove_project(&self, name: &str);
    fn stop(&self);
    fn start(&self);
    fn members(&self) -> Vec<Member> {
        vec![Member::new(self.name(), self.address())]
    }
    fn kill_member(&self, _index: usize) {
        self.stop();
    }
    fn start_member(&self, _index: usize) {
        self.start();
    }
    /// Takes it out of the cluster; at its address there is a server that stands alone then.
    fn remove_member(&self, index: usize);
    fn member_certificate_pem(&self, index: usize) -> String;
    fn renew_certificate(&self);
    fn pause_member(&self, index: usize);
    fn resume_member(&self, index: usize);
    fn set_member_status(&self, index: usize, status: &str);
    /// What it is if it is simulated, with all that a real one cannot do.
    fn simulation(&self) -> Option<&Simulation> {
        None
    }
    /// The operation in which it is issued.
    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> Value;
    fn set_trust_password(&self, password: Option<&str>);
    fn trust_authority(&self, trusted: bool);
    fn snapshot(&self) -> State;
    fn restore(&self, state: &State);
}
