//! Hooks of several units at the same time: each sees what the controller knew when they all began.

use std::{io, thread};

use super::{Error, Model, perform::Begun};
use crate::agent::{self, Ran};

impl Model {
    /// Runs the next hook of each of these units, all at the same time, and takes in what came of them in an order by
    /// chance. The units that ran one, in that order.
    ///
    /// # Errors
    /// If there is no such unit, or the bed cannot run a hook.
    pub fn step_together(&mut self, units: &[&str]) -> Result<Vec<String>, Error> {
        let mut order: Vec<&str> = units.to_vec();
        self.chance.shuffle(&mut order);
        self.step_together_in_order(&order)
    }

    /// The same; the effects are taken in in the order in which the units are named.
    ///
    /// # Errors
    /// As [`Model::step_together`].
    pub fn step_together_in_order(&mut self, units: &[&str]) -> Result<Vec<String>, Error> {
        for unit in units {
            self.controller.unit(unit)?;
        }
        let mut begun = Vec::new();
        for (at, unit) in units.iter().enumerate() {
            if units[..at].contains(unit) {
                continue;
            }
            if let Some(hook) = self.controller.plan(unit, &mut self.chance) {
                begun.extend(self.begin(unit, &hook)?);
            }
        }
        let runs = run_all(&begun)?;
        let mut names = Vec::new();
        for (begun, ran) in begun.into_iter().zip(runs) {
            names.push(begun.unit.clone());
            self.finish(begun, ran);
        }
        Ok(names)
    }

    /// Runs hooks as [`Model::settle`] does, but at each turn those of all units that have one at the same time.
    ///
    /// # Errors
    /// As [`Model::settle`].
    pub fn settle_together(&mut self) -> Result<(), Error> {
        self.wake();
        self.until_quiet(|model| {
            let names: Vec<String> = model.controller.units.keys().cloned().collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Ok(!model.step_together(&names)?.is_empty() || model.news()?)
        })
    }
}

fn run_all(begun: &[Begun]) -> Result<Vec<Ran>, io::Error> {
    thread::scope(|scope| {
        let start = |begun: &'_ Begun| agent::run(&begun.place, &begun.context, &begun.orders);
        let threads: Vec<_> = begun
            .iter()
            .map(|begun| scope.spawn(move || start(begun)))
            .collect();
        let runs = threads.into_iter().map(|thread| {
            thread
                .join()
                .map_err(|_| io::Error::other("a run's thread failed"))?
        });
        runs.collect()
    })
}
