//! The example of a consumer charm stands in the how-to as it is, and the library in it bears what happens to a consumer.
//!
//! What runs it needs Python 3 with `ops` and the library in `python/lxd-relation`: CONTRIBUTING.md says how to get them.

use std::{env, fs, path::Path};

use juju_bed::{
    context::Version,
    model::{Model, Parting},
};
use lab::{Lab, UNIT};
use lxd_bed::{
    Daemon,
    certificates::{self, Key, Validity},
};
use serde_json::json;
use tempfile::TempDir;

use crate::texts::read;

/// The example with an action that rotates.
const ROTATING: &str = "
class Rotating(Consumer):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        framework.observe(self.on.rotate_action, self._on_rotate)

    def _on_rotate(self, _: ops.ActionEvent):
        self.lxd.rotate()
";

#[test]
fn the_how_to_shows_the_example() {
    let page = read("docs/how-to/write-a-consumer.md");
    let charm = read("examples/consumer/src/charm.py");
    assert!(
        page.contains(&format!("```python\n{charm}```\n")),
        "the page shows another text than examples/consumer/src/charm.py"
    );
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod simulated {
            $(#[test] #[ignore = "needs Python 3 with ops and lxd-relation"]
            fn $name() { super::$name(lab::simulated()); })*
        }
        mod real {
            $(#[test] #[ignore = "needs Python 3 with ops and lxd-relation"]
            fn $name() { lab::real().into_iter().for_each(super::$name); })*
        }
    };
}

on_both! {
    it_rotates_and_scales
    it_says_that_it_is_refused_and_mends_it
    it_works_across_models
}

fn rotating() -> TempDir {
    let (dir, example) = (TempDir::new().unwrap(), "examples/consumer");
    let charm = read(format!("{example}/src/charm.py"));
    let charm = charm.replace("\n\nif __name__", &format!("\n{ROTATING}\n\nif __name__"));
    let charm = charm.replace("ops.main(Consumer)", "ops.main(Rotating)");
    fs::create_dir(dir.path().join("src")).unwrap();
    fs::write(dir.path().join("src/charm.py"), charm).unwrap();
    let action = "rotate: {description: Makes a new key and certificate.}\n";
    fs::write(dir.path().join("actions.yaml"), action).unwrap();
    for file in ["dispatch", "manifest.yaml", "metadata.yaml"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(example)
            .join(file);
        fs::copy(source, dir.path().join(file)).unwrap();
    }
    dir
}

/// A Juju without secrets, since the simulated ones cannot add any, and with the caller's Python.
fn trusted(lxd: Daemon) -> Lab {
    let mut lab = Lab::with_version(lxd, Version::V2_9);
    lab.model.trust("lxd-integrator").unwrap();
    lab.settle();
    deploy(&mut lab.model);
    lab
}

fn deploy(model: &mut Model) {
    model.lab_mut().path = env::var("PATH").unwrap();
    model.deploy(rotating().path(), "consumer").unwrap();
    model.settle().unwrap();
}

fn rotate(model: &mut Model) {
    let result = model.run("consumer/0", "rotate", &json!({})).unwrap();
    assert_eq!(result.status, "completed", "{}", result.message);
    model.settle().unwrap();
}

/// What `juju status` shows for a consumer.
fn status(model: &Model, unit: &str) -> String {
    let status = model.workload_status(unit).unwrap();
    format!("{}: {}", status.status, status.message)
}

fn let_in(lab: &Lab) -> String {
    format!("active: trusted at {}", lab.lxd.endpoint())
}

/// The fingerprints of our entries.
fn ours(lab: &Lab) -> Vec<String> {
    let store = lab.store().into_iter();
    let ours = store.filter(|(_, name)| name.starts_with("juju:"));
    ours.map(|(fingerprint, _)| fingerprint).collect()
}

fn it_rotates_and_scales(lxd: Daemon) {
    let mut lab = trusted(lxd);
    let before = lab.store();
    lab.model.integrate("lxd-integrator", "consumer").unwrap();
    lab.settle();
    let first = ours(&lab);
    assert_eq!(first.len(), 1);

    rotate(&mut lab.model);
    let second = ours(&lab);
    assert_eq!(
        second.len(),
        1,
        "the old one went when the new one was registered"
    );
    assert_ne!(first, second);
    assert_eq!(status(&lab.model, "consumer/0"), let_in(&lab));

    lab.model.add_unit("consumer").unwrap();
    lab.model.add_unit("lxd-integrator").unwrap();
    lab.settle();
    rotate(&mut lab.model);
    assert_eq!(ours(&lab).len(), 2, "one for each unit");
    assert!(!ours(&lab).contains(&second[0]));
    for unit in ["consumer/0", "consumer/1"] {
        assert_eq!(status(&lab.model, unit), let_in(&lab), "{unit}");
    }
    for unit in [UNIT, "consumer/1"] {
        lab.model.remove_unit(unit).unwrap();
        lab.settle();
        assert_eq!(
            status(&lab.model, "consumer/0"),
            let_in(&lab),
            "without {unit}"
        );
    }
    assert_eq!(ours(&lab).len(), 1);

    lab.model
        .remove_relation("lxd-integrator", "consumer")
        .unwrap();
    lab.settle();
    assert_eq!(
        status(&lab.model, "consumer/0"),
        "blocked: Missing relation: lxd"
    );
    assert_eq!(lab.store(), before);
}

fn it_says_that_it_is_refused_and_mends_it(lxd: Daemon) {
    let mut lab = trusted(lxd);
    // Where the library keeps its key without secrets.
    let folder = lab.model.agent_folder("consumer/0").unwrap().join("charm");
    let old = certificates::make_with(Key::P256, "consumer-0", Validity::Expired);
    let kept = json!({"private-key": old.key_pem, "certificate": old.certificate_pem});
    fs::write(folder.join(".lxd-key-pair.json"), kept.to_string()).unwrap();
    lab.model.integrate("lxd-integrator", "consumer").unwrap();
    lab.settle();
    let said = status(&lab.model, "consumer/0");
    let expected = "blocked: lxd-integrator rejected our certificate; expired: ";
    assert!(said.starts_with(expected), "{said}");
    assert!(ours(&lab).is_empty());

    rotate(&mut lab.model);
    assert_eq!(status(&lab.model, "consumer/0"), let_in(&lab));

    // Somebody takes the entry away; it comes back.
    lab.lxd.distrust(&ours(&lab)[0]);
    lab.model.update_status("consumer/0").unwrap();
    lab.settle();
    let said = status(&lab.model, "consumer/0");
    assert!(said.starts_with("waiting: untrusted at "), "{said}");
    lab.update_status(UNIT);
    lab.model.update_status("consumer/0").unwrap();
    lab.settle();
    assert_eq!(status(&lab.model, "consumer/0"), let_in(&lab));
}

/// Two models, between which the test carries what Juju would.
fn it_works_across_models(lxd: Daemon) {
    let mut lab = Lab::with_version(lxd, Version::V2_9);
    lab.model.trust("lxd-integrator").unwrap();
    lab.settle();
    let before = lab.store();
    let near_app = lab.model.remote_cross_model(1).unwrap();
    let near = lab
        .model
        .integrate("lxd-integrator:api", &format!("{near_app}:lxd"))
        .unwrap();
    lab.settle();
    let mut far = lab::model(Version::V2_9);
    deploy(&mut far);
    far.remote_offer("lxd", "admin/one.lxd").unwrap();
    let far_relation = far.integrate("consumer:lxd", "lxd:api").unwrap();
    far.add_remote_unit("lxd", 0).unwrap();
    far.settle().unwrap();

    let carry = |lab: &mut Lab, far: &mut Model| {
        for _ in 0..4 {
            copy(
                far,
                (far_relation, "consumer/0"),
                &mut lab.model,
                (near, &format!("{near_app}/0")),
            );
            copy(&lab.model, (near, UNIT), far, (far_relation, "lxd/0"));
        }
    };
    carry(&mut lab, &mut far);
    assert_eq!(status(&far, "consumer/0"), let_in(&lab));
    let first = ours(&lab);
    rotate(&mut far);
    carry(&mut lab, &mut far);
    assert_eq!(status(&far, "consumer/0"), let_in(&lab));
    assert_eq!(ours(&lab).len(), 1);
    assert_ne!(ours(&lab), first);

    lab.model
        .remove_cross_model(&near_app, Some(Parting::USUAL))
        .unwrap();
    lab.settle();
    assert_eq!(lab.store(), before);
}

/// What one model has in a databag, into the other's.
fn copy(from: &Model, (relation, owner): (u32, &str), to: &mut Model, place: (u32, &str)) {
    let bag = from.databag(relation, owner).cloned().unwrap_or_default();
    let there = to.databag(place.0, place.1).cloned().unwrap_or_default();
    let gone = there
        .keys()
        .filter(|key| !bag.contains_key(*key))
        .map(|key| (key.as_str(), ""));
    let keys: Vec<_> = bag
        .iter()
        .map(|(key, text)| (key.as_str(), text.as_str()))
        .chain(gone)
        .collect();
    to.write(place.0, place.1, &keys).unwrap();
    to.settle().unwrap();
}
