//! What is seen of a lab: of our unit, of what we publish, and of LXD.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use juju_bed::{
    agent::End,
    context::{Settings, Status},
    model::Entry,
};
use lxd_bed::{Request, TrustEntry, certificates::Credential};
use serde_json::Value;

use crate::{APP, Consumer, Lab, UNIT};

/// More than a real cluster takes for anything.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(50);

impl Lab {
    /// What `juju status` shows for our first unit: `active: …`.
    pub fn status(&self) -> String {
        let Status {
            status, message, ..
        } = self.model.workload_status(UNIT).expect("the unit is there");
        format!("{status}: {message}")
    }

    /// Our databag on a relation.
    pub fn databag(&self, consumer: &Consumer) -> Settings {
        let bag = self.model.databag(consumer.relation, UNIT);
        bag.cloned().unwrap_or_default()
    }

    /// A JSON text of our databag; `null` if it is not there.
    pub fn published(&self, consumer: &Consumer, key: &str) -> Value {
        match self.databag(consumer).get(key) {
            Some(text) => serde_json::from_str(text).expect("JSON"),
            None => Value::Null,
        }
    }

    /// The fingerprints that a relation is told to be trusted.
    pub fn trusted_fingerprints(&self, consumer: &Consumer) -> Vec<String> {
        let nodes = self.published(consumer, "nodes");
        let list = nodes[0]["trusted_certs_fp"].as_array().expect("a node");
        list.iter()
            .map(|fp| fp.as_str().expect("a text").to_owned())
            .collect()
    }

    /// The trust store: names by fingerprint.
    pub fn store(&self) -> BTreeMap<String, String> {
        let entries = self.lxd.trust_list().into_iter();
        entries
            .map(|entry: TrustEntry| (entry.fingerprint, entry.name))
            .collect()
    }

    /// What LXD was asked; `None`, and in the record of what was left out, where it cannot tell.
    pub fn requests_for(&self, what: &str) -> Option<Vec<Request>> {
        self.lxd.can(what).then(|| self.lxd.requests())?
    }

    /// LXD was asked for nothing but to tell something, if it can tell.
    pub fn assert_only_read(&self, what: &str) {
        for request in self.requests_for(what).into_iter().flatten() {
            assert_eq!(request.method, "GET", "{request:?}");
        }
    }

    /// Whether a client gets in with this certificate, tried over a real TLS connection.
    pub fn opens(&self, client: &Credential) -> bool {
        let answer = self
            .lxd
            .client(Some(client))
            .get("/1.0")
            .expect("LXD answers");
        answer.metadata["auth"] == "trusted"
    }

    /// Whether every node lets this client in.
    pub fn opens_every_node(&self, client: &Credential) -> bool {
        self.answers(client).iter().all(|auth| auth == "trusted")
    }

    /// Whether no node lets this client in.
    pub fn opens_no_node(&self, client: &Credential) -> bool {
        self.answers(client).iter().all(|auth| auth == "untrusted")
    }

    /// What each member says of a client, each over a real TLS connection of its own.
    fn answers(&self, client: &Credential) -> Vec<Value> {
        let members = 0..self.lxd.members().len();
        let ask = |member| {
            let answer = self.lxd.member_client(member, Some(client)).get("/1.0");
            answer.expect("the member answers").metadata["auth"].clone()
        };
        members.map(ask).collect()
    }

    /// Waits for what a real cluster does in its own time.
    pub fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !condition(self) {
            assert!(began.elapsed() < LONG_ENOUGH, "it did not come to pass");
            thread::sleep(PAUSE);
        }
    }

    /// The name that our entry of a certificate has.
    pub fn entry_name(&self, consumer: &Consumer, client: &Credential) -> String {
        let Consumer { name, relation } = consumer;
        let model = self.model.uuid();
        format!(
            "juju:{model}:{APP}:{relation}:{name}:{:.12}",
            client.fingerprint
        )
    }

    /// The last hook that ran on our first unit.
    pub fn last_hook(&self) -> &Entry {
        self.model.ran_on(UNIT).last().expect("a hook ran")
    }

    /// Whatever happened to LXD, no hook of our first unit failed.
    pub fn assert_no_hook_failed(&self) {
        for entry in self.model.ran_on(UNIT) {
            assert_eq!(entry.ran.end, End::Exit(0), "{}", entry.name);
        }
    }

    /// The same for all our units.
    pub fn assert_no_unit_failed(&self, story: &str) {
        let ours = |entry: &&Entry| entry.unit.starts_with(APP);
        for entry in self.model.journal().iter().filter(ours) {
            let Entry {
                unit, name, ran, ..
            } = entry;
            assert_eq!(ran.end, End::Exit(0), "{story}: {unit} ran {name}");
        }
    }

    /// Our log, a line each: `INFO …`.
    pub fn log(&self) -> Vec<String> {
        let lines = self.model.log(UNIT).into_iter();
        lines
            .map(|line| format!("{} {}", line.level, line.text))
            .collect()
    }
}
