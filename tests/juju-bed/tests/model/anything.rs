//! Whatever operators do, in whatever order: the bed goes on, and nothing is left behind.

use std::fs;

use juju_bed::{
    context::Version,
    model::{Error, Model, Parting},
};

use crate::shell::{Shell, VERSIONS};

/// Repeatable chance: Knuth's generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        (!list.is_empty()).then(|| &list[self.below(list.len())])
    }
}

/// An operator's commands on what is there; what Juju refuses is no trouble.
fn anything(model: &mut Model, chance: &mut Chance) -> Result<(), Error> {
    let apps = model.applications();
    let consumers: Vec<String> = apps
        .iter()
        .filter(|app| app.starts_with("remote-"))
        .cloned()
        .collect();
    let units: Vec<String> = apps.iter().flat_map(|app| model.units(app)).collect();
    let (app, other) = (chance.of(&apps), chance.of(&apps));
    let (unit, relation) = (
        chance.of(&units),
        chance.of(&model.all_relations()).copied(),
    );
    let (Some(app), Some(other), Some(unit)) = (app, other, unit) else {
        return model.remote_cross_model(1).map(|_| ());
    };
    let relation = relation.unwrap_or(0);
    match chance.below(22) {
        0 | 1 => model.add_unit(app).map(|_| ()),
        2 => model.remove_unit(unit),
        3 => model.remove_unit_forced(unit),
        4..=8 => model.integrate(app, other).map(|_| ()),
        9 => model.remove_relation(app, other),
        10 => model.remove_relation_forced(app, other),
        11 => model.remote_cross_model(2).map(|_| ()),
        12 => match chance.of(&consumers) {
            Some(consumer) => model.remove_cross_model(consumer, None),
            None => Ok(()),
        },
        13 => model.suspend_relation(relation),
        14 => model.resume_relation(relation),
        15 => model.part(
            unit,
            relation,
            *chance.of(&[Parting::SILENT, Parting::BROKEN_ONLY]).unwrap(),
        ),
        16 => model.restart_agent(unit),
        17 => model.tell(unit, relation, other, 0),
        18 => model.step_unit(unit).map(|_| ()),
        19 => model
            .step_together(&units.iter().map(String::as_str).collect::<Vec<_>>())
            .map(|_| ()),
        20 => model.settle_together(),
        _ => model.settle(),
    }
}

fn session(version: Version, seed: u64, charms: &[(&str, &Shell)]) {
    let mut model = Model::with_seed(version, seed).unwrap();
    for (name, charm) in charms {
        model.deploy(charm.path(), name).unwrap();
    }
    model.remote("asks", 1).unwrap();
    let mut chance = Chance(seed);
    for _ in 0..60 {
        match anything(&mut model, &mut chance) {
            Ok(()) | Err(Error::Refused(_)) => {}
            Err(error) => panic!("{version:?}, seed {seed}: {error}"),
        }
    }
    for app in model.applications() {
        model.remove_application(&app).unwrap();
    }
    model.settle().unwrap();
    assert_eq!(model.applications(), [""; 0], "{version:?}, seed {seed}");
    assert_eq!(model.all_relations(), [0; 0], "{version:?}, seed {seed}");
}

/// The charms answer to no hook that runs, so that this is about the order of things alone.
#[test]
fn whatever_operators_do_comes_to_an_end() {
    let giver = Shell::new("name: giver\nprovides: {api: lxd}\npeers: {all: x}\n");
    let taker = Shell::new("name: taker\nrequires: {lxd: lxd}\n");
    for charm in [&giver, &taker] {
        fs::remove_file(charm.path().join("hooks/install")).unwrap();
        charm.hook("secret-changed", "");
    }
    let charms = [("giver", &giver), ("near", &giver), ("taker", &taker)];
    for version in VERSIONS {
        for seed in 1..25 {
            session(version, seed, &charms);
        }
    }
}
