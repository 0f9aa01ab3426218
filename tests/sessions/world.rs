//! Plays a session with the built charm in a simulated model.

mod relations;
mod rest;
mod store;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use juju_bed::{
    agent::End,
    context::Version,
    model::{Error, Model},
};
use lab::{
    APP, charm,
    equation::{self, Store},
    sessions::{Story, clients},
    steps::{CERTIFICATES, Step},
};
use lxd_bed::{Daemon, TrustEntry, Verdict, certificates::Credential};

/// The most units of the integrator.
const MOST_UNITS: usize = 3;

/// The slot whose consumer is in another model.
const FAR: u8 = 3;

/// What an administrator made, and what was wrong with it after a request.
#[derive(Default)]
struct Guard {
    theirs: Store<String>,
    wrong: Option<String>,
}

/// A relation that lives.
struct Related {
    number: u32,
    app: String,
    suspended: bool,
    asks: BTreeMap<String, BTreeSet<u8>>,
}

/// Everything there is.
struct World<'a> {
    lxd: &'a Daemon,
    /// What consumers ask for; the last one has expired.
    clients: Vec<Credential>,
    model: Model,
    guard: Arc<Mutex<Guard>>,
    related: BTreeMap<u8, Related>,
    far: Option<String>,
    away: bool,
    /// The units that were there last.
    last: Vec<String>,
    /// The last unit is leaving, and since then an administrator gave something a name of ours.
    leaving: bool,
    planted: bool,
    /// Nobody was there when something happened.
    excused: bool,
    story: &'a mut Story,
}

/// A session from the first unit to a state at rest.
pub(crate) fn play(
    lxd: &Daemon,
    seed: u64,
    steps: &[Step],
    story: &mut Story,
) -> Result<(), String> {
    lxd.clear_faults();
    let mut world = World::new(lxd, seed, story).map_err(|error| error.to_string())?;
    let played = world.play(steps);
    if lxd.requests().is_some() {
        lxd.stop_observing();
    }
    played
}

fn store<'e>(entries: impl IntoIterator<Item = &'e TrustEntry>) -> Store<String> {
    let known = |entry: &TrustEntry| {
        (
            entry.fingerprint.clone(),
            (entry.name.clone(), entry.kind.as_str().to_owned()),
        )
    };
    entries.into_iter().map(known).collect()
}

impl<'a> World<'a> {
    fn new(lxd: &'a Daemon, seed: u64, story: &'a mut Story) -> Result<Self, Error> {
        let mut model = lab::model(Version::V4_0);
        model.set_cloud_credential(lab::cloud(lxd, lxd.admin()));
        model.deploy(charm::archive(), APP)?;
        model.set_env(APP, "LXD_INTEGRATOR_DEADLINE_PERCENT", "20")?;
        model.trust(APP)?;
        let world = Self {
            lxd,
            clients: clients(seed),
            model,
            guard: Arc::default(),
            related: BTreeMap::new(),
            far: None,
            away: false,
            last: Vec::new(),
            leaving: false,
            planted: false,
            excused: false,
            story,
        };
        world.note();
        if lxd.can("show its trust store at each request of a session") {
            let guard = Arc::clone(&world.guard);
            lxd.observe(move |seen| {
                let mut guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
                let untouched =
                    equation::untouched(&store(seen.trust_store.values()), &guard.theirs);
                if let Err(wrong) = untouched {
                    guard
                        .wrong
                        .get_or_insert_with(|| format!("{} {}: {wrong}", seen.method, seen.path));
                }
                Verdict::GoOn
            });
        }
        Ok(world)
    }

    fn play(&mut self, steps: &[Step]) -> Result<(), String> {
        for step in steps {
            self.step(step)
                .map_err(|error| format!("{step:?}: {error}"))?;
            self.watch()?;
            if matches!(step, Step::Rest) {
                self.rest()?;
            }
        }
        self.rest()?;
        self.story.tell(|| "the application is removed".to_owned());
        if !self.model.units(APP).is_empty() {
            self.last = self.model.units(APP);
        }
        self.model
            .remove_application(APP)
            .map_err(|error| error.to_string())?;
        self.rest()
    }

    /// What is not ours is as it was; on a simulation this is also looked at after every request.
    fn watch(&self) -> Result<(), String> {
        let guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        match &guard.wrong {
            Some(wrong) => Err(wrong.clone()),
            None => equation::untouched(&store(&self.lxd.trust_list()), &guard.theirs),
        }
        .map_err(|wrong| self.in_letters(wrong))
    }

    fn step(&mut self, step: &Step) -> Result<(), Error> {
        let before = self.model.journal().len();
        self.act(step)?;
        for entry in self.model.journal().iter().skip(before) {
            self.story
                .tell(|| format!("  {} ran {}: {:?}", entry.unit, entry.name, entry.ran.end));
            // Without LXD it goes by its memory, which says that nothing is left.
            let stopped = entry.name == "stop" && entry.ran.end == End::Exit(0);
            self.excused |= self.away && self.planted && stopped;
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Hook(unit, _) => {
                if let Some(unit) = self.unit(*unit) {
                    self.model.hear(&unit)?;
                    self.model.step_unit(&unit)?;
                }
            }
            Step::Together(..) => {
                self.story.tell(|| "all units at the same time:".to_owned());
                self.model.wake();
                let units = self.model.units(APP);
                let units: Vec<&str> = units.iter().map(String::as_str).collect();
                self.model.step_together(&units)?;
            }
            Step::UpdateStatus(unit) => {
                if let Some(unit) = self.unit(*unit) {
                    self.model.update_status(&unit)?;
                    self.model.step_unit(&unit)?;
                }
            }
            Step::Changed(unit) => {
                if let Some(unit) = self.unit(*unit) {
                    self.story.tell(|| format!("the agent of {unit} restarts"));
                    self.model.restart_agent(&unit)?;
                }
            }
            Step::Forget(unit) => {
                if let Some(unit) = self.unit(*unit).filter(|unit| {
                    self.model
                        .state(unit)
                        .is_some_and(|state| !state.is_empty())
                }) {
                    self.story.tell(|| format!("{unit} loses its memory"));
                    self.model.exec(&unit, &["state-set", "format=0"])?;
                }
            }
            Step::Kill(write, acted) => {
                let calls = usize::from(*write) * 3 + usize::from(*acted);
                for unit in self.model.units(APP) {
                    self.model.kill_during(&unit, calls)?;
                }
                self.story
                    .tell(|| format!("the next hooks are killed after {calls} calls"));
            }
            Step::AddUnit => self.add_unit()?,
            Step::RemoveUnit(unit) => self.remove_unit(*unit)?,
            Step::Away | Step::Back | Step::Lose(..) => {
                if self.lxd.can("be away or lose answers in a session") {
                    self.lxd(step);
                }
            }
            // A real LXD takes no certificate that has expired.
            Step::Add(certificate, ..) if *certificate == CERTIFICATES - 1 => {}
            Step::Delete(_) | Step::Add(..) | Step::Rename(..) => self.tamper(step),
            _ => self.operate(step)?,
        }
        Ok(())
    }

    fn unit(&self, choice: u8) -> Option<String> {
        let mut units = self.model.units(APP);
        (!units.is_empty()).then(|| units.swap_remove(usize::from(choice) % units.len()))
    }

    fn add_unit(&mut self) -> Result<(), Error> {
        if self.model.units(APP).len() < MOST_UNITS {
            let unit = self.model.add_unit(APP)?;
            (self.excused, self.leaving, self.planted) = (false, false, false);
            self.story.tell(|| format!("{unit} comes"));
        }
        Ok(())
    }

    fn remove_unit(&mut self, choice: u8) -> Result<(), Error> {
        let Some(unit) = self.unit(choice) else {
            return Ok(());
        };
        let others = self.model.units(APP).iter().any(|other| *other != unit);
        if !others {
            // What a last unit cannot do without LXD is not what is tried here.
            self.lxd(&Step::Back);
            self.last = vec![unit.clone()];
            self.leaving = true;
        }
        self.model.remove_unit(&unit)?;
        self.story.tell(|| format!("{unit} is removed"));
        Ok(())
    }
}
