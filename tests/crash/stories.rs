//! Lives of the charm that, together, touch all that it does.

use juju_bed::model::Parting;
use lab::{APP, Lab, UNIT, charm};
use lxd_bed::{
    Daemon, Options, Profile,
    certificates::{self, Credential},
};
use serde_json::json;

use crate::matrix::{self, Points};

/// A life, its name, and in how many hooks and at how many points it is killed: as counted, no more and no less.
type Named = (&'static str, fn() -> Points, [usize; 2]);

/// All of them.
pub(crate) const ALL: [Named; 6] = [
    (
        "consumers that come and go",
        consumers_come_and_go,
        [19, 247],
    ),
    ("units that come and go", units_come_and_go, [21, 263]),
    ("relations that end badly", relations_end_badly, [23, 305]),
    ("removals by force", removals_by_force, [25, 410]),
    ("changes of the ground", the_ground_changes, [21, 316]),
    ("a cluster that loses a member", a_member_dies, [10, 140]),
];

/// A life that is being told.
struct Story {
    lab: Lab,
    points: Points,
    clients: Vec<Credential>,
}

impl Story {
    /// The charm deployed and trusted; somebody else's entries are there, one with a name like ours.
    fn begin(lxd: Daemon) -> Self {
        let foreign = certificates::make("foreign");
        lxd.trust(
            &foreign.certificate_pem,
            "juju:nobody:lxd-integrator:0:one:0123456789ab",
        );
        let mut story = Self {
            lab: Lab::deployed(lxd, juju_bed::context::Version::V4_0),
            points: Points::default(),
            clients: (0..4).map(|_| certificates::make("client")).collect(),
        };
        story.settle();
        story.then(|lab| lab.model.trust(APP).unwrap());
        story
    }

    fn settle(&mut self) {
        matrix::settle(&mut self.lab, &mut self.points);
    }

    /// The operator or a consumer does something, and all hooks run.
    fn then<T>(&mut self, act: impl FnOnce(&mut Lab) -> T) -> T {
        let result = act(&mut self.lab);
        self.settle();
        result
    }

    fn relate(&mut self, name: &str, units: u32) -> u32 {
        self.then(|lab| {
            lab.model.remote(name, units).unwrap();
            integrate(lab, name)
        })
    }

    fn ask(&mut self, relation: u32, bag: &str, wanted: &[usize]) {
        let texts = wanted
            .iter()
            .map(|index| self.clients[*index].certificate_pem.as_str());
        let value = json!(texts.collect::<Vec<_>>()).to_string();
        self.then(|lab| {
            let keys = [("client_certificates", value.as_str())];
            lab.model.write(relation, bag, &keys).unwrap();
        });
    }

    /// The charm has its credential from a secret, which is then rotated.
    fn use_secret(&mut self) {
        let Lab { lxd, model } = &mut self.lab;
        let (endpoint, server) = (lxd.endpoint(), lxd.server_certificate_pem());
        let own = [certificates::make("own"), certificates::make("own")];
        let [first, rotated] = own.each_ref().map(|own| {
            lxd.trust(&own.certificate_pem, "own");
            [
                ("endpoint", endpoint.as_str()),
                ("server-cert", &server),
                ("client-cert", &own.certificate_pem),
                ("client-key", &own.key_pem),
            ]
        });
        let uri = model.add_secret("own", &first).unwrap();
        model.grant_secret("own", APP).unwrap();
        self.then(|lab| {
            let options = [("lxd_credentials_secret", uri.as_str())];
            lab.model.config(APP, &options).unwrap();
        });
        self.then(|lab| lab.model.update_secret("own", &rotated).unwrap());
    }

    fn update_status(&mut self) {
        self.then(|lab| {
            for unit in lab.model.units(APP) {
                lab.model.update_status(&unit).unwrap();
            }
        });
    }

    fn end(mut self) -> Points {
        self.then(|lab| lab.model.remove_application(APP).unwrap());
        let ours = format!("juju:{}:{APP}:", self.lab.model.uuid());
        let left = self.lab.store();
        assert!(
            !left.values().any(|name| name.starts_with(&ours)),
            "{left:?}"
        );
        self.points
    }
}

fn integrate(lab: &mut Lab, name: &str) -> u32 {
    let (ours, theirs) = (format!("{APP}:api"), format!("{name}:lxd"));
    lab.model.integrate(&ours, &theirs).unwrap()
}

fn consumers_come_and_go() -> Points {
    let mut story = Story::begin(lab::simulated());
    let (one, two) = (story.relate("one", 2), story.relate("two", 1));
    story.ask(one, "one/0", &[0, 1]);
    story.ask(one, "one", &[1]);
    story.ask(two, "two/0", &[0, 2]);
    // Rotated, handed over, withdrawn.
    story.ask(one, "one/0", &[3, 1]);
    story.then(|lab| {
        let value = json!(["garbage"]).to_string();
        let keys = [("client_certificates", value.as_str())];
        lab.model.write(two, "two/0", &keys).unwrap();
    });
    story.then(|lab| lab.model.remove_unit("one/0").unwrap());
    story.then(|lab| lab.model.remove_relation(APP, "two").unwrap());
    story.update_status();
    story.end()
}

fn units_come_and_go() -> Points {
    let mut story = Story::begin(lab::simulated());
    let one = story.relate("one", 1);
    story.ask(one, "one/0", &[0]);
    let second = story.then(|lab| lab.model.add_unit(APP).unwrap());
    story.ask(one, "one/0", &[0, 1]);
    let stale = story.clients[2].certificate_pem.clone();
    let name = format!("juju:{}:{APP}:9:gone:0123456789ab", story.lab.model.uuid());
    story.lab.lxd.trust(&stale, &name);
    story.update_status();
    story.update_status();
    story.then(|lab| lab.model.remove_unit(UNIT).unwrap());
    story.ask(one, "one/0", &[1]);
    story.then(|lab| lab.model.remove_unit(&second).unwrap());
    assert!(
        !story
            .lab
            .store()
            .values()
            .any(|name| name.contains(APP) && !name.contains("nobody"))
    );
    story.points
}

/// On an LXD that takes each name once.
fn removals_by_force() -> Points {
    let mut story = Story::begin(newest());
    let (mut one, two) = (story.relate("one", 2), story.relate("two", 1));
    story.ask(one, "one/0", &[0, 1]);
    story.ask(one, "one/1", &[2]);
    story.ask(two, "two/0", &[1, 3]);
    story.then(|lab| lab.model.remove_unit_forced("one/0").unwrap());
    story.update_status();
    story.update_status();
    // The old number is an alias of the new one until the agent restarts.
    story.then(|lab| lab.model.remove_relation_forced(APP, "one").unwrap());
    one = story.then(|lab| integrate(lab, "one"));
    story.ask(one, "one/1", &[2, 0]);
    story.update_status();
    story.update_status();
    story.ask(one, "one/1", &[3]);
    story.then(|lab| lab.model.remove_application_forced("two").unwrap());
    story.update_status();
    story.update_status();
    story.end()
}

fn newest() -> Daemon {
    Daemon::simulated(Options::named("node-1").profile(Profile::Lxd6))
}

fn relations_end_badly() -> Points {
    let mut story = Story::begin(lab::simulated());
    let far = story.then(|lab| lab.model.remote_cross_model(1).unwrap());
    let across = story.then(|lab| integrate(lab, &far));
    story.ask(across, &format!("{far}/0"), &[0]);
    let one = story.relate("one", 1);
    story.ask(one, "one/0", &[1]);
    story.then(|lab| lab.model.suspend_relation(one).unwrap());
    story.then(|lab| lab.model.resume_relation(one).unwrap());
    story.ask(one, "one/0", &[1, 2]);
    story.then(|lab| {
        let parting = Some(Parting::DEPARTED_TWICE);
        lab.model.remove_cross_model(&far, parting).unwrap();
    });
    let two = story.relate("two", 1);
    story.ask(two, "two/0", &[3]);
    story.then(|lab| lab.model.remove_relation_forced(APP, "two").unwrap());
    story.update_status();
    story.update_status();
    story.then(|lab| {
        lab.model.restart_agent(UNIT).unwrap();
        lab.model.part(UNIT, one, Parting::BROKEN_ONLY).unwrap();
        lab.model.remove_relation(APP, "one").unwrap();
    });
    story.end()
}

fn the_ground_changes() -> Points {
    let mut story = Story::begin(lab::simulated());
    let one = story.relate("one", 1);
    story.ask(one, "one/0", &[0]);
    let rotated = certificates::make("rotated");
    story.lab.lxd.trust(&rotated.certificate_pem, "rotated");
    let cloud = lab::cloud(&story.lab.lxd, &rotated);
    story.lab.model.set_cloud_credential(cloud);
    story.ask(one, "one/0", &[0, 1]);
    story.lab.lxd.add_project("a");
    for option in ["a", "a,missing", ""] {
        story.then(|lab| {
            let options = [("restrict_to_projects", option)];
            lab.model.config(APP, &options).unwrap();
        });
    }
    story.lab.lxd.stop();
    story.ask(one, "one/0", &[2]);
    story.lab.lxd.start();
    story.update_status();
    story.then(|lab| lab.model.untrust(APP).unwrap());
    story.ask(one, "one/0", &[3]);
    story.then(|lab| lab.model.trust(APP).unwrap());
    story.then(|lab| {
        let charm = charm::archive_for(lab.model.version());
        lab.model.refresh(APP, charm).unwrap();
    });
    story.use_secret();
    story.end()
}

fn a_member_dies() -> Points {
    let mut story = Story::begin(Daemon::simulated(Options::named("m1").members(3)));
    let one = story.relate("one", 1);
    story.ask(one, "one/0", &[0]);
    story.lab.lxd.kill_member(0);
    story.ask(one, "one/0", &[1]);
    story.update_status();
    story.lab.lxd.start_member(0);
    story.end()
}
