//! What real and simulated servers have in common.

use std::fmt::Debug;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Identity, Member, Observer, Request, State, TrustEntry, WaitingToken};
use crate::simulation::Faults;

const ONLY_SIMULATED: &str = "only simulated servers";

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
    /// Whether that member trusts it, where this can be known without asking the member.
    fn member_trusts(&self, _index: usize, _fingerprint: &str) -> Option<bool> {
        None
    }
    fn member_requests(&self, _index: usize) -> Option<Vec<Request>> {
        None
    }
    fn requests(&self) -> Option<Vec<Request>>;
    fn clear_requests(&self);
    /// What goes wrong on one member; `None` where nothing can be made to.
    fn faults(&self, index: usize) -> Option<&Faults>;
    /// Makes a fine-grained identity of a certificate.
    fn trust_identity(&self, _entry: &TrustEntry, _groups: &[&str]) {
        panic!("{ONLY_SIMULATED} have fine-grained identities");
    }
    /// Makes a pending one: what its token is made of.
    fn issue_identity_token(&self, _name: &str, _groups: &[&str]) -> Value {
        panic!("{ONLY_SIMULATED} have fine-grained identities");
    }
    /// Makes a group, or gives it other permissions.
    fn set_group(&self, _name: &str, _permissions: &[Value]) {
        panic!("{ONLY_SIMULATED} have groups");
    }
    fn identities(&self) -> Vec<Identity> {
        panic!("{ONLY_SIMULATED} have fine-grained identities");
    }
    fn waiting_tokens(&self) -> Vec<WaitingToken> {
        panic!("{ONLY_SIMULATED} can be asked for their tokens");
    }
    fn configure(&self, _key: &str, _value: &str) {
        panic!("{ONLY_SIMULATED} can be configured at will");
    }
    fn advance(&self, _by: Duration) {
        panic!("{ONLY_SIMULATED} have a clock of their own");
    }
    fn wait_for_a_quorum(&self, _patience: Duration) {
        panic!("{ONLY_SIMULATED} wait as long as they are told");
    }
    /// Whom it tells about each request.
    fn observe(&self, _observer: Option<Arc<Observer>>) {
        panic!("only simulated servers can be observed");
    }
    /// The operation in which it is issued.
    fn issue_token(&self, name: &str, projects: Option<&[&str]>) -> Value;
    fn set_trust_password(&self, password: Option<&str>);
    fn trust_authority(&self, trusted: bool);
    fn snapshot(&self) -> State;
    fn restore(&self, state: &State);
}
