//! A model with an LXD beside it, in which the charm is deployed: what people do there.

use std::env;

use juju_bed::{context::Version, model::Model};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};
use serde_json::{Value, json};

use crate::{charm, servers::simulated};

/// The integrator's application.
pub const APP: &str = "lxd-integrator";

/// Its first unit.
pub const UNIT: &str = "lxd-integrator/0";

/// A model and an LXD.
#[derive(Debug)]
pub struct Lab {
    /// Ends when the lab does.
    pub lxd: Daemon,
    /// Where the charm is [`APP`].
    pub model: Model,
}

/// One relation of the integrator with a remote side that the test writes for.
#[derive(Clone, Debug)]
pub struct Consumer {
    /// Its application.
    pub name: String,
    /// The number of the relation.
    pub relation: u32,
}

/// An empty model in which the charm will be.
pub fn model(version: Version) -> Model {
    let mut model = Model::new(version).expect("a model");
    record(&mut model);
    model
}

/// With `LXD_DATABAGS`, what hooks publish from now on is recorded there, to be held to the interface's schema.
pub fn record(model: &mut Model) {
    if let Some(file) = env::var_os("LXD_DATABAGS") {
        model.record_databags(file);
    }
}

impl Lab {
    /// The charm deployed in a Juju 4.0 model whose cloud is this LXD; not trusted yet.
    pub fn new(lxd: Daemon) -> Self {
        Self::with_version(lxd, Version::V4_0)
    }

    /// The same in a model of another Juju.
    pub fn with_version(lxd: Daemon, version: Version) -> Self {
        let mut lab = Self::deployed(lxd, version);
        lab.settle();
        lab
    }

    /// The same before any hook has run.
    pub fn deployed(lxd: Daemon, version: Version) -> Self {
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
    pub fn trusted(lxd: Daemon) -> Self {
        let mut lab = Self::new(lxd);
        lab.model.trust(APP).expect("juju trust");
        lab.settle();
        lab
    }

    /// A variable of the environment for every hook of ours.
    pub fn set_env(&mut self, key: &str, value: &str) {
        self.model
            .set_env(APP, key, value)
            .expect("the application is there");
    }

    /// Runs hooks until none is due.
    pub fn settle(&mut self) {
        self.model.settle().expect("the model settles");
    }

    /// `juju config lxd-integrator …`
    pub fn config(&mut self, options: &[(&str, &str)]) {
        self.model.config(APP, options).expect("juju config");
        self.settle();
    }

    /// The four options of a credential.
    pub fn configure(&mut self, endpoint: &str, credential: &Credential, server: &str) {
        self.config(&[
            ("lxd_endpoint", endpoint),
            ("lxd_client_cert", &credential.certificate_pem),
            ("lxd_client_key", &credential.key_pem),
            ("lxd_server_cert", server),
        ]);
    }

    /// Another application, related to ours.
    pub fn relate(&mut self, name: &str, units: u32) -> Consumer {
        self.model.remote(name, units).expect("a new application");
        self.relate_again(name)
    }

    /// The same application, related to ours once more.
    pub fn relate_again(&mut self, name: &str) -> Consumer {
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

    /// A consumer writes its certificates into a databag of its own: `my-charm/0`, or the application's, `my-charm`.
    pub fn ask(&mut self, consumer: &Consumer, bag: &str, certificates: &[&str]) {
        self.write(consumer, bag, &json!(certificates).to_string());
    }

    /// A consumer writes whatever it likes.
    pub fn write(&mut self, consumer: &Consumer, bag: &str, text: &str) {
        self.model
            .write(consumer.relation, bag, &[("client_certificates", text)])
            .expect("a remote side");
        self.settle();
    }

    /// `update-status` on a unit of ours.
    pub fn update_status(&mut self, unit: &str) {
        self.model.update_status(unit).expect("the unit is there");
        self.settle();
    }
}

/// A lab with so many consumer units, each of which asks for a certificate of its own. The charm is trusted when it has
/// met them all, so that it publishes once.
pub fn crowd(units: u32) -> (Lab, Consumer) {
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
pub fn cloud(lxd: &Daemon, credential: &Credential) -> Value {
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
