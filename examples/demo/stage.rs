//! Where the story plays: the lab, what was shown last, and what is remembered for the end.

use std::error::Error;

use juju_bed::{
    context::Version,
    model::{self, ActionResult, Model},
};
use lab::{APP, Consumer, Lab, UNIT};
use lxd_bed::{Daemon, TrustEntry};
use serde_json::{Value, json};

use super::{
    check::Checks,
    hook::Hook,
    picture::Picture,
    screen::{Screen, Tone, WIDTH},
    shorten, show,
};

/// What the bed or the screen cannot do ends the story; what the charm does wrong does not.
pub(crate) type Told<T = ()> = Result<T, Box<dyn Error>>;

/// Where the story plays.
pub(crate) struct Stage {
    pub(crate) lab: Lab,
    pub(crate) screen: Screen,
    pub(crate) checks: Checks,
    /// All that ran so far.
    pub(crate) hooks: Vec<Hook>,
    /// The trust store before anything happened.
    pub(crate) before: Vec<TrustEntry>,
    pub(crate) shown: Picture,
    lxd_is_stopped: bool,
    steps: usize,
}

impl Stage {
    /// The charm is deployed, and has not run yet.
    pub(crate) fn new(lxd: Daemon, juju: Version, screen: Screen) -> Self {
        let lab = Lab::deployed(lxd, juju);
        Self {
            before: lab.lxd.trust_list(),
            shown: Picture::of(&lab),
            lab,
            screen,
            checks: Checks::default(),
            hooks: Vec::new(),
            lxd_is_stopped: false,
            steps: 0,
        }
    }

    /// Begins a step: its headline, and why somebody does this.
    pub(crate) fn step(&mut self, headline: &str, why: &str) -> Told {
        self.steps += 1;
        let headline = format!("━━ {}. {headline} ", self.steps);
        self.checks.step = self.steps;
        self.screen.gap()?;
        self.screen
            .line(0, Tone::Heading, &format!("{headline:━<WIDTH$}"))?;
        self.screen.labelled("  ", Tone::Plain, why)?;
        Ok(self.screen.gap()?)
    }

    /// Shows what the operator types.
    pub(crate) fn operator(&mut self, command: &str) -> Told {
        Ok(self
            .screen
            .line(2, Tone::Command, &format!("$ {command}"))?)
    }

    /// `juju deploy` and `juju integrate`: another application, related to ours.
    pub(crate) fn integrate(&mut self, name: &str, units: u32) -> Told<Consumer> {
        let many = if units > 1 {
            format!("-n {units} ")
        } else {
            String::new()
        };
        let (ours, theirs) = (format!("{APP}:api"), format!("{name}:lxd"));
        self.operator(&format!("juju deploy {many}{name}"))?;
        self.lab.model.remote(name, units)?;
        let verb = match self.lab.model.version() {
            Version::V2_9 => "relate",
            _ => "integrate",
        };
        self.operator(&format!("juju {verb} {ours} {theirs}"))?;
        let relation = self.lab.model.integrate(&ours, &theirs)?;
        Ok(Consumer {
            name: name.to_owned(),
            relation,
        })
    }

    /// A unit of a consumer writes its request, and it is shown as it then stands there.
    pub(crate) fn ask(&mut self, consumer: &Consumer, unit: &str, list: &[&str]) -> Told {
        const KEY: &str = "client_certificates";
        let text = Value::from(list).to_string();
        self.lab
            .model
            .write(consumer.relation, unit, &[(KEY, &text)])?;
        let databag = self.lab.model.databag(consumer.relation, unit);
        let written = databag.and_then(|data| data.get(KEY)).cloned();
        let written = shorten::unbreakable(&shorten::text(&written.unwrap_or_default()));
        let label = format!("  {unit} writes {KEY}  ");
        Ok(self.screen.labelled(&label, Tone::Command, &written)?)
    }

    /// LXD ends; connections to it are refused.
    pub(crate) fn stop_lxd(&mut self) -> Told {
        self.screen.line(2, Tone::Command, "LXD is stopped")?;
        self.lab.lxd.stop();
        self.lxd_is_stopped = true;
        Ok(())
    }

    /// LXD is there again, with what it held; `update-status` comes due.
    pub(crate) fn start_lxd(&mut self) -> Told {
        self.screen.line(2, Tone::Command, "LXD is started")?;
        self.lab.lxd.start();
        self.lxd_is_stopped = false;
        Ok(self.lab.model.update_status(UNIT)?)
    }

    /// The operator runs the action `check`, and is shown what it found.
    pub(crate) fn run_check(&mut self) -> Told<ActionResult> {
        let command = match self.lab.model.version() {
            Version::V2_9 => "run-action --wait",
            _ => "run",
        };
        self.operator(&format!("juju {command} {UNIT} check"))?;
        let (result, ran) = self.observe(|model| model.run(UNIT, "check", &json!({})))?;
        show::hooks(&mut self.screen, "Action", &ran)?;
        show::findings(&mut self.screen, &result.results)?;
        self.screen.section("Checks")?;
        Ok(result)
    }

    /// Lets all hooks run that are due, and shows them and how things stand then.
    pub(crate) fn play(&mut self) -> Told {
        let hooks = self.run_hooks()?;
        show::hooks(&mut self.screen, "Hooks", &hooks)?;
        show::status(&mut self.screen, &self.lab.status())?;
        let now = match self.lxd_is_stopped {
            true => Picture::with_store(&self.lab, self.shown.store.clone()),
            false => Picture::of(&self.lab),
        };
        show::databags(&mut self.screen, &self.shown, &now)?;
        if !self.lxd_is_stopped {
            show::store(&mut self.screen, &self.shown, &now)?;
        }
        self.screen.section("Checks")?;
        self.check_hooks(&hooks)?;
        self.shown = now;
        self.hooks.extend(hooks);
        Ok(())
    }

    /// One by one, so that LXD's requests are each hook's own.
    fn run_hooks(&mut self) -> Told<Vec<Hook>> {
        let mut hooks = Vec::new();
        self.lab.model.wake();
        loop {
            let (more, ran) = self.observe(Model::step)?;
            hooks.extend(ran);
            if !more {
                return Ok(hooks);
            }
        }
    }

    /// What a step of the model gives, what ran meanwhile, and what LXD was asked.
    fn observe<T>(
        &mut self,
        step: impl FnOnce(&mut Model) -> Result<T, model::Error>,
    ) -> Told<(T, Vec<Hook>)> {
        let before = self.lab.model.journal().len();
        let asked = self.lab.lxd.requests().map_or(0, |all| all.len());
        let given = step(&mut self.lab.model)?;
        let requests = self.lab.lxd.requests().map(|mut all| all.split_off(asked));
        let ran = self.lab.model.journal()[before..].iter().map(|entry| Hook {
            entry: entry.clone(),
            requests: requests.clone(),
        });
        Ok((given, ran.collect()))
    }
}
