//! A relation between two models: what happens on one side becomes visible on the other.

use std::collections::BTreeMap;

use juju_bed::{
    context::Settings,
    model::{Error, Model},
};

use crate::play::Stage;

/// A relation between two models.
pub(crate) struct Link {
    /// The offer's name.
    pub(crate) offer: String,
    pub(crate) offering: End,
    pub(crate) consuming: End,
}

/// One side of it.
#[derive(Clone)]
pub(crate) struct End {
    pub(crate) model: String,
    pub(crate) relation: u32,
    pub(crate) app: String,
    /// The offer's endpoint.
    pub(crate) endpoint: String,
    /// The other side, as this model calls it.
    pub(crate) remote: String,
}

impl Link {
    pub(crate) fn ends(&self) -> [&End; 2] {
        [&self.offering, &self.consuming]
    }

    /// A command names it in this model by its number or by the application and the other side.
    pub(crate) fn is_meant(&self, model: &str, words: &[String]) -> bool {
        let app = |word: &String| word.split(':').next().unwrap_or_default().to_owned();
        self.ends().into_iter().any(|end| {
            let by_number = words.contains(&end.relation.to_string());
            let by_names = [&end.app, &end.remote]
                .iter()
                .all(|name| words.iter().any(|word| app(word) == **name));
            end.model == model && (by_number || by_names)
        })
    }
}

impl Stage<'_> {
    /// What one side of each relation did becomes visible on the other; whether there was anything. A consumer hears of
    /// it when all is quiet, and so of nothing that was taken back meanwhile.
    pub(crate) fn mirror(&mut self, quiet: bool) -> Result<bool, Error> {
        let mut news = false;
        for link in &self.links {
            let [one, other] = link.ends();
            if quiet {
                news |= copy(&mut self.models, one, other, false)?;
            }
            news |= copy(&mut self.models, other, one, true)?;
        }
        Ok(news)
    }
}

/// Copies units and databags of `from` to where `to` sees them. Whoever consumes is not told who leaves.
fn copy(
    models: &mut BTreeMap<String, Model>,
    from: &End,
    to: &End,
    departures: bool,
) -> Result<bool, Error> {
    let Some(source) = models.get(&from.model) else {
        return Ok(false);
    };
    let own = |unit: &String| unit.split('/').next() == Some(from.app.as_str());
    let mut units: Vec<String> = source.in_scope(from.relation);
    units.retain(own);
    let bag = |owner: &str| source.databag(from.relation, owner).cloned();
    let bags: Vec<Settings> = units
        .iter()
        .map(|unit| bag(unit).unwrap_or_default())
        .collect();
    let shared = bag(&from.app).unwrap_or_default();
    let Some(target) = models.get_mut(&to.model) else {
        return Ok(false);
    };
    if !target.all_relations().contains(&to.relation) {
        return Ok(false);
    }
    let mut news = write(target, to.relation, &to.remote, &shared)?;
    let number = |unit: &String| unit.rsplit('/').next().and_then(|text| text.parse().ok());
    let numbers: Vec<u32> = units.iter().filter_map(number).collect();
    for (number, bag) in numbers.iter().zip(&bags) {
        let name = format!("{}/{number}", to.remote);
        if !target.units(&to.remote).contains(&name) {
            target.add_remote_unit(&to.remote, *number)?;
            news = true;
        }
        if target.in_scope(to.relation).contains(&name) {
            news |= write(target, to.relation, &name, bag)?;
        }
    }
    for gone in target.units(&to.remote) {
        if departures && number(&gone).is_some_and(|number| !numbers.contains(&number)) {
            target.remove_unit(&gone)?;
            news = true;
        }
    }
    Ok(news)
}

/// Makes a remote databag the same as this one; whether it was not.
fn write(model: &mut Model, relation: u32, owner: &str, bag: &Settings) -> Result<bool, Error> {
    let there = model.databag(relation, owner).cloned().unwrap_or_default();
    if there == *bag {
        return Ok(false);
    }
    let gone = there.keys().filter(|key| !bag.contains_key(*key));
    let keys: Vec<(&str, &str)> = bag
        .iter()
        .map(|(key, text)| (key.as_str(), text.as_str()))
        .chain(gone.map(|key| (key.as_str(), "")))
        .collect();
    model.write(relation, owner, &keys).map(|()| true)
}
