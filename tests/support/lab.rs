//! A model with an LXD beside it, in which the charm is deployed.

use std::{
    collections::BTreeMap,
    env, thread,
    time::{Duration, Instant},
};

use juju_bed::{
    agent::End,
    context::{Settings, Status, Version},
    model::{Entry, Model},
};
use lxd_bed::{
    Daemon, Options, Request, TrustEntry,
    certificates::{self, Credential},
};
use serde_json::{Value, json};

use super::charm;

/// The integrator's application.
pub(crate) const APP: &str = "lxd-integrator";

/// More than a real cluster takes for anything.
const LONG_ENOUGH: Duration = Duration::from_secs(60);

/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(50);

/// Its first unit.
pub(crate) const UNIT: &str = "lxd-integrator/0";

/// A model and an LXD.
pub(crate) struct Lab {
    pub(crate) lxd: Daemon,
    pub(crate) model: Model,
}

/// One relation of the integrator with a remote side that the test writes for.
#[derive(Clone, Debug)]
pub(crate) struct Consumer {
    pub(crate) name: String,
    pub(crate) relation: u32,
}

/// The simulated LXD and, where it is there, the real one.
pub(crate) fn simulated() -> Daemon {
    Daemon::simulated(Options::named("node-1"))
}

/// `None` where there is no LXD; what took part and what not is told at the end of the tests.
pub(crate) fn real() -> Option<Daemon> {
    Daemon::real(Options::named("node-1")).ok()
}

/// An empty model in which the charm will be.
pub(crate) fn model(version: Version) -> Model {
    let mut model = Model::new(version).expect("a model");
    record(&mut model);
    model
}

/// With `LXD_DATABAGS`, what hooks publish from now on is recorded there, to be held to the interface's schema.
pub(crate) fn record(model: &mut Model) {
    if let Some(file) = env::var_os("LXD_DATABAGS") {
        model.record_databags(file);
    }
}

impl Lab {
    /// The charm deployed in a Juju 4.0 model whose cloud is this LXD; not trusted yet.
    pub(crate) fn new(lxd: Daemon) -> Self {
        Self::with_version(lxd, Version::V4_0)
    }

    pub(crate) fn with_version(lxd: Daemon, version: Version) -> Self {
        let mut lab = Self::deployed(lxd, version);
        lab.settle();
        lab
    }

    /// The same before any hook has run.
    pub(crate) fn deployed(lxd: Daemon, version: Version) -> Self {
        let mut model = model(version);
        model.set_cloud_credential(cloud(&lxd, lxd.admin()));
        model
            .deploy(charm::archive_for(version), APP)
            .expect("Juju takes the charm");
        let mut lab = Self { lxd, model };
        lab.set_env("LXD_INTEGRATOR_DEADLINE_PERCENT", "100");
        lab
    }

    /// The charm trusted and working.
    pub(crate) fn trusted(lxd: Daemon) -> Self {
        let mut lab = Self::new(lxd);
        lab.model.trust(APP).expect("juju trust");
        lab.settle();
        lab
    }

    pub(crate) fn set_env(&mut self, key: &str, value: &str) {
        self.model
            .set_env(APP, key, value)
            .expect("the application is there");
    }

    pub(crate) fn settle(&mut self) {
        self.model.settle().expect("the model settles");
    }

    /// What LXD was asked; `None`, and in the record of what was left out, where it cannot tell.
    pub(crate) fn requests_for(&self, what: &str) -> Option<Vec<Request>> {
        self.lxd.can(what).then(|| self.lxd.requests())?
    }

    /// LXD was asked for nothing but to tell something, if it can tell.
    pub(crate) fn assert_only_read(&self, what: &str) {
        for request in self.requests_for(what).into_iter().flatten() {
            assert_eq!(request.method, "GET", "{request:?}");
        }
    }

    /// `juju config lxd-integrator …`
    pub(crate) fn config(&mut self, options: &[(&str, &str)]) {
        self.model.config(APP, options).expect("juju config");
        self.settle();
    }

    /// The four options of a credential.
    pub(crate) fn configure(&mut self, endpoint: &str, credential: &Credential, server: &str) {
        self.config(&[
            ("lxd_endpoint", endpoint),
            ("lxd_client_cert", &credential.certificate_pem),
            ("lxd_client_key", &credential.key_pem),
            ("lxd_server_cert", server),
        ]);
    }

    /// Another application, related to ours.
    pub(crate) fn relate(&mut self, name: &str, units: u32) -> Consumer {
        self.model.remote(name, units).expect("a new application");
        self.relate_again(name)
    }

    /// The same application, related to ours once more.
    pub(crate) fn relate_again(&mut self, name: &str) -> Consumer {
        let relation = self
            .model
            .integrate("lxd-integrator:api", &format!("{name}:lxd"))
            .expect("juju integrate");
        self.settle();
        Consumer {
            name: name.to_owned(),
            relation,
        }
    }

    /// A consumer writes its certificates into a databag of its own (`my-charm/0`, or `my-charm` for the application's).
    pub(crate) fn ask(&mut self, consumer: &Consumer, bag: &str, certificates: &[&str]) {
        self.write(consumer, bag, &json!(certificates).to_string());
    }

    /// A consumer writes whatever it likes.
    pub(crate) fn write(&mut self, consumer: &Consumer, bag: &str, text: &str) {
        self.model
            .write(consumer.relation, bag, &[("client_certificates", text)])
            .expect("a remote side");
        self.settle();
    }

    /// `update-status` on a unit of ours.
    pub(crate) fn update_status(&mut self, unit: &str) {
        self.model.update_status(unit).expect("the unit is there");
        self.settle();
    }

    /// What `juju status` shows for our first unit: `active: …`.
    pub(crate) fn status(&self) -> String {
        let Status {
            status, message, ..
        } = self.model.workload_status(UNIT).expect("the unit is there");
        format!("{status}: {message}")
    }

    /// Our databag on a relation.
    pub(crate) fn databag(&self, consumer: &Consumer) -> Settings {
        let bag = self.model.databag(consumer.relation, UNIT);
        bag.cloned().unwrap_or_default()
    }

    /// A JSON text of our databag; `null` if it is not there.
    pub(crate) fn published(&self, consumer: &Consumer, key: &str) -> Value {
        match self.databag(consumer).get(key) {
            Some(text) => serde_json::from_str(text).expect("JSON"),
            None => Value::Null,
        }
    }

    /// The fingerprints that a relation is told to be trusted.
    pub(crate) fn trusted_fingerprints(&self, consumer: &Consumer) -> Vec<String> {
        let nodes = self.published(consumer, "nodes");
        let list = nodes[0]["trusted_certs_fp"].as_array().expect("a node");
        list.iter()
            .map(|fp| fp.as_str().expect("a text").to_owned())
            .collect()
    }

    /// The trust store: names by fingerprint.
    pub(crate) fn store(&self) -> BTreeMap<String, String> {
        let entries = self.lxd.trust_list().into_iter();
        entries
            .map(|entry: TrustEntry| (entry.fingerprint, entry.name))
            .collect()
    }

    /// Whether a client gets in with this certificate, tried over a real TLS connection.
    pub(crate) fn opens(&self, client: &Credential) -> bool {
        let answer = self
            .lxd
            .client(Some(client))
            .get("/1.0")
            .expect("LXD answers");
        answer.metadata["auth"] == "trusted"
    }

    /// Whether every node lets this client in.
    pub(crate) fn opens_every_node(&self, client: &Credential) -> bool {
        self.answers(client).iter().all(|auth| auth == "trusted")
    }

    /// Whether no node lets this client in.
    pub(crate) fn opens_no_node(&self, client: &Credential) -> bool {
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
    pub(crate) fn wait_until(&self, condition: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !condition(self) {
            assert!(began.elapsed() < LONG_ENOUGH, "it did not come to pass");
            thread::sleep(PAUSE);
        }
    }

    /// The name that our entry of a certificate has.
    pub(crate) fn entry_name(&self, consumer: &Consumer, client: &Credential) -> String {
        let Consumer { name, relation } = consumer;
        let model = self.model.uuid();
        format!(
            "juju:{model}:{APP}:{relation}:{name}:{:.12}",
            client.fingerprint
        )
    }

    /// The last hook that ran on our first unit.
    pub(crate) fn last_hook(&self) -> &Entry {
        self.model.ran_on(UNIT).last().expect("a hook ran")
    }

    /// Whatever happened to LXD, no hook of our first unit failed.
    pub(crate) fn assert_no_hook_failed(&self) {
        for entry in self.model.ran_on(UNIT) {
            assert_eq!(entry.ran.end, End::Exit(0), "{}", entry.name);
        }
    }

    /// The same for all our units.
    pub(crate) fn assert_no_unit_failed(&self, story: &str) {
        let ours = |entry: &&Entry| entry.unit.starts_with(APP);
        for entry in self.model.journal().iter().filter(ours) {
            let Entry {
                unit, name, ran, ..
            } = entry;
            assert_eq!(ran.end, End::Exit(0), "{story}: {unit} ran {name}");
        }
    }

    /// Our log, a line each: `INFO …`.
    pub(crate) fn log(&self) -> Vec<String> {
        let lines = self.model.log(UNIT).into_iter();
        lines
            .map(|line| format!("{} {}", line.level, line.text))
            .collect()
    }
}

/// A lab with so many consumer units, each of which asks for a certificate of its own. The charm is trusted when it has
/// met them all, so that it publishes once.
pub(crate) fn crowd(units: u32) -> (Lab, Consumer) {
    let mut lab = Lab::new(simulated());
    let count = usize::try_from(units).expect("a small number");
    lab.model
        .remote("my-charm", units)
        .expect("a new application");
    let relation = lab.model.integrate("lxd-integrator:api", "my-charm:lxd");
    let consumer = Consumer {
        name: "my-charm".to_owned(),
        relation: relation.expect("juju integrate"),
    };
    for (unit, certificate) in certificates::many(count).iter().enumerate() {
        let text = json!([certificate]).to_string();
        let keys = [("client_certificates", text.as_str())];
        let bag = format!("my-charm/{unit}");
        lab.model
            .write(consumer.relation, &bag, &keys)
            .expect("a remote side");
    }
    lab.settle();
    lab.model.trust(APP).expect("juju trust");
    lab.settle();
    assert_eq!(lab.trusted_fingerprints(&consumer).len(), count);
    (lab, consumer)
}

/// The cloud as `juju trust` shows it to the charm.
pub(crate) fn cloud(lxd: &Daemon, credential: &Credential) -> Value {
    json!({
        "type": "lxd",
        "name": "lab",
        "region": "default",
        "endpoint": lxd.endpoint(),
        "credential": {
            "auth-type": "certificate",
            "attrs": {
                "client-cert": credential.certificate_pem,
                "client-key": credential.key_pem,
                "server-cert": lxd.server_certificate_pem(),
            },
        },
    })
}
