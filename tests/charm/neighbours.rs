//! Several integrators and several models on the same LXD, and several units of one integrator at the same time.

use juju_bed::{context::Version, model::Model};
use lab::{APP, Consumer, Lab, UNIT, charm};
use lxd_bed::{
    Daemon,
    certificates::{self, Credential},
};
use serde_json::json;

on_servers! {
    two_integrators_and_two_models_leave_each_other_alone:
        lxd_5_0 lxd_5_21 lxd_6 incus_7 real_lxd real_incus;
}

on_both! {
    units_that_come_and_go_at_the_same_time_agree
    two_units_of_a_consumer_share_a_certificate
    a_renewed_certificate_with_the_same_key_is_another_one
    a_withdrawn_certificate_comes_back
}

/// An integrator of that name with a consumer, in any model.
struct Corner {
    app: String,
    consumer: Consumer,
}

impl Corner {
    fn new(model: &mut Model, app: &str) -> Self {
        if !model.applications().iter().any(|known| known == app) {
            model
                .deploy(charm::archive_for(model.version()), app)
                .unwrap();
        }
        model.trust(app).unwrap();
        let name = format!("consumer-of-{app}");
        model.remote(&name, 1).unwrap();
        let relation = model
            .integrate(&format!("{app}:api"), &format!("{name}:lxd"))
            .unwrap();
        model.settle().unwrap();
        Self {
            app: app.to_owned(),
            consumer: Consumer { name, relation },
        }
    }

    fn ask(&self, model: &mut Model, clients: &[&Credential]) {
        let texts: Vec<&str> = clients.iter().map(|c| c.certificate_pem.as_str()).collect();
        let (unit, value) = (
            format!("{}/0", self.consumer.name),
            json!(texts).to_string(),
        );
        model
            .write(
                self.consumer.relation,
                &unit,
                &[("client_certificates", &value)],
            )
            .unwrap();
        model.settle().unwrap();
    }

    fn update_status(&self, model: &mut Model) {
        for unit in model.units(&self.app) {
            model.update_status(&unit).unwrap();
        }
        model.settle().unwrap();
    }

    fn entry_name(&self, model: &Model, client: &Credential) -> String {
        let Consumer { name, relation } = &self.consumer;
        let digits = &client.fingerprint[..12];
        format!(
            "juju:{}:{}:{relation}:{name}:{digits}",
            model.uuid(),
            self.app
        )
    }
}

fn two_integrators_and_two_models_leave_each_other_alone(lxd: Daemon) {
    let shared = certificates::make("shared");
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let mut elsewhere = Model::with_seed(Version::V4_0, 7).unwrap();
    elsewhere.set_cloud_credential(lab::cloud(&lab.lxd, lab.lxd.admin()));
    let name = |lab: &Lab| lab.store().get(&shared.fingerprint).cloned();

    // The same application in another model, and other applications in the same model.
    let far = Corner::new(&mut elsewhere, APP);
    far.ask(&mut elsewhere, &[&shared]);
    let far_name = far.entry_name(&elsewhere, &shared);
    for app in [APP, "second-integrator"] {
        let near = Corner::new(&mut lab.model, app);
        near.ask(&mut lab.model, &[&shared]);
        near.update_status(&mut lab.model);
        near.ask(&mut lab.model, &[]);
        near.update_status(&mut lab.model);
        near.update_status(&mut lab.model);
        assert_eq!(name(&lab), Some(far_name.clone()), "{app}");
    }
    let near = Corner::new(&mut lab.model, "third-integrator");
    near.ask(&mut lab.model, &[&shared]);
    far.ask(&mut elsewhere, &[]);
    assert_eq!(name(&lab), None, "its owner took it away");
    near.update_status(&mut lab.model);
    assert_eq!(
        name(&lab),
        Some(near.entry_name(&lab.model, &shared)),
        "the other one makes its own"
    );
    for _ in 0..3 {
        lab.update_status(UNIT);
    }
    assert_eq!(name(&lab), Some(near.entry_name(&lab.model, &shared)));
    lab.model.remove_application(&near.app).unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
}

fn units_that_come_and_go_at_the_same_time_agree(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let before = lab.store();
    let (one, two) = (lab.relate("one", 2), lab.relate("two", 1));
    let clients: Vec<_> = (0..4).map(|_| certificates::make("client")).collect();
    let ask = |lab: &mut Lab, relation, bag: &str, wanted: &[usize]| {
        let texts: Vec<&str> = wanted
            .iter()
            .map(|index| clients[*index].certificate_pem.as_str())
            .collect();
        let value = json!(texts).to_string();
        lab.model
            .write(relation, bag, &[("client_certificates", &value)])
            .unwrap();
    };
    ask(&mut lab, one.relation, "one/0", &[0, 1]);
    ask(&mut lab, two.relation, "two/0", &[1, 2]);
    let others = lab.model.add_units(APP, 2).unwrap();
    lab.model.settle_together().unwrap();
    let open = |lab: &Lab| clients.iter().map(|c| lab.opens(c)).collect::<Vec<_>>();
    assert_eq!(open(&lab), [true, true, true, false]);
    // All units meet all of it at once.
    ask(&mut lab, one.relation, "one/0", &[3]);
    ask(&mut lab, one.relation, "one/1", &[0]);
    lab.model.remove_relation(APP, "two").unwrap();
    lab.model.settle_together().unwrap();
    for _ in 0..2 {
        for unit in [UNIT, others[0].as_str(), others[1].as_str()] {
            lab.model.update_status(unit).unwrap();
        }
        lab.model.settle_together().unwrap();
    }
    assert_eq!(open(&lab), [true, false, false, true]);
    let databag = |unit: &str| lab.model.databag(one.relation, unit).cloned().unwrap();
    let mut published: Vec<_> = [UNIT, &others[0], &others[1]].map(databag).into();
    published.iter_mut().for_each(|bag| {
        // Juju's own.
        bag.remove("ingress-address");
        bag.remove("egress-subnets");
    });
    assert!(published.windows(2).all(|pair| pair[0] == pair[1]));
    // All leave together.
    lab.model.remove_application(APP).unwrap();
    lab.model.settle_together().unwrap();
    assert_eq!(lab.store(), before);
}

fn two_units_of_a_consumer_share_a_certificate(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 2);
    let client = certificates::make("client");
    for unit in ["my-charm/0", "my-charm/1"] {
        lab.ask(&consumer, unit, &[&client.certificate_pem]);
    }
    lab.ask(&consumer, "my-charm/0", &[]);
    assert!(lab.opens(&client));
    assert_eq!(
        lab.trusted_fingerprints(&consumer),
        [client.fingerprint.as_str()]
    );
    lab.model.remove_unit("my-charm/1").unwrap();
    lab.settle();
    assert!(!lab.opens(&client));
}

fn a_renewed_certificate_with_the_same_key_is_another_one(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let consumer = lab.relate("my-charm", 1);
    let old = certificates::make("client");
    let new = old.renewed("renewed");
    lab.ask(&consumer, "my-charm/0", &[&old.certificate_pem]);
    lab.ask(
        &consumer,
        "my-charm/0",
        &[&old.certificate_pem, &new.certificate_pem],
    );
    assert!(lab.opens(&old) && lab.opens(&new));
    lab.ask(&consumer, "my-charm/0", &[&new.certificate_pem]);
    assert!(!lab.opens(&old) && lab.opens(&new));
}

fn a_withdrawn_certificate_comes_back(lxd: Daemon) {
    let mut lab = Lab::trusted(lxd);
    let (first, second) = (lab.relate("first", 1), lab.relate("second", 1));
    let client = certificates::make("client");
    for consumer in [&first, &second, &first] {
        let unit = format!("{}/0", consumer.name);
        lab.ask(consumer, &unit, &[&client.certificate_pem]);
        assert!(lab.opens(&client));
        assert_eq!(
            lab.store()[&client.fingerprint],
            lab.entry_name(consumer, &client)
        );
        lab.ask(consumer, &unit, &[]);
        assert!(!lab.opens(&client));
    }
}
