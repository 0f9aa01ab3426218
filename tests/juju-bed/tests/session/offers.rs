//! Relations across the models of a session: each side is played in its own model and sees the other as Juju shows it.

use std::collections::BTreeMap;

use juju_bed::{
    context::Refusal,
    model::{Broken, Error, Parting},
};
use serde_json::Value;

use crate::{
    links::{End, Link},
    play::{Outcome, Stage, refused},
    recording::{Hook, Step},
    words::Words,
};

/// An endpoint that other models may use.
#[derive(Clone)]
pub(crate) struct Offer {
    model: String,
    app: String,
    endpoint: String,
}

impl Stage<'_> {
    /// Does what concerns several models; `None` if the command does not.
    pub(crate) fn across(
        &mut self,
        step: &Step,
        words: &Words,
        model: Option<&str>,
    ) -> Result<Option<Outcome>, Error> {
        let place = model.unwrap_or_default();
        let meant: Vec<usize> = (0..self.links.len())
            .filter(|at| self.links[*at].is_meant(place, &words.positional))
            .collect();
        match words.verb.as_str() {
            "offer" => return Ok(self.offer(words, place)),
            "consume" => self.consume(words, place)?,
            "integrate" | "relate" | "add-relation" => {
                let offered = (0..2).find(|at| self.offer_named(place, words.at(*at)).is_some());
                let Some(at) = offered else {
                    return Ok(None);
                };
                self.link(step, words.at(at), words.at(1 - at), place)?;
            }
            "suspend-relation" if !meant.is_empty() => self.suspend(&meant, true)?,
            "resume-relation" if !meant.is_empty() => self.suspend(&meant, false)?,
            "remove-relation" if !meant.is_empty() => self.cut(step, &meant, place)?,
            "remove-saas" => {
                let gone = self.links_where(|link| {
                    link.consuming.model == place
                        && words.positional.contains(&link.consuming.remote)
                });
                self.cut(step, &gone, place)?;
            }
            "remove-offer" => {
                let names: Vec<&str> = words.positional.iter().map(|word| short(word)).collect();
                let gone = self.links_where(|link| names.contains(&link.offer.as_str()));
                self.cut(step, &gone, "")?;
            }
            "remove-application" => {
                // The other side sees it end; this one's own units leave as in any model.
                let gone = self.links_where(|link| {
                    let named =
                        |end: &End| end.model == place && words.positional.contains(&end.app);
                    link.ends().into_iter().any(named)
                });
                self.cut(step, &gone, place)?;
                return Ok(None);
            }
            _ => return Ok(None),
        }
        Ok(Some(Outcome::Done(Value::Null)))
    }

    fn links_where(&self, meant: impl Fn(&Link) -> bool) -> Vec<usize> {
        (0..self.links.len())
            .filter(|at| meant(&self.links[*at]))
            .collect()
    }

    /// `offer [model.]app:endpoint [name]`
    fn offer(&mut self, words: &Words, model: &str) -> Option<Outcome> {
        let (app, endpoint) = words.at(0).split_once(':')?;
        let within = app.rsplit_once('.').map(|(model, _)| short(model));
        let app = short(app).to_owned();
        let name = match words.at(1) {
            "" => app.clone(),
            name => name.to_owned(),
        };
        let offer = Offer {
            model: within.unwrap_or(model).to_owned(),
            app,
            endpoint: endpoint.to_owned(),
        };
        self.offers.insert(name, offer);
        Some(Outcome::Done(Value::Null))
    }

    /// `consume model.offer [alias]`
    fn consume(&mut self, words: &Words, model: &str) -> Result<(), Error> {
        let name = short(words.at(0)).to_owned();
        let alias = match words.at(1) {
            "" => name.clone(),
            alias => alias.to_owned(),
        };
        self.saas(model, &alias, &name)
    }

    /// The offer that a word means in a model: by its URL, or by the name under which it is consumed.
    fn offer_named(&self, model: &str, word: &str) -> Option<String> {
        let name = match word.contains(['.', '/']) {
            true => short(word).split(':').next()?.to_owned(),
            false => {
                let alias = word.split(':').next()?.to_owned();
                self.consumed.get(&(model.to_owned(), alias))?.clone()
            }
        };
        self.offers.contains_key(&name).then_some(name)
    }

    /// An offer appears in a model under a name of its own.
    fn saas(&mut self, model: &str, alias: &str, name: &str) -> Result<(), Error> {
        let key = (model.to_owned(), alias.to_owned());
        if self.consumed.contains_key(&key) {
            return Ok(());
        }
        let offer = self.offers.get(name).cloned();
        let offer = offer.ok_or_else(|| refused(format!("offer {name:?} not found")))?;
        let url = format!("admin/{}.{name}", offer.model);
        self.model(model)?.remote_offer(alias, &url)?;
        self.consumed.insert(key, name.to_owned());
        Ok(())
    }

    /// `integrate <offer> <app>` in the consuming model.
    fn link(&mut self, step: &Step, offer: &str, app: &str, model: &str) -> Result<(), Error> {
        let name = self.offer_named(model, offer).unwrap_or_default();
        let alias = match offer.contains(['.', '/']) {
            true => name.clone(),
            false => offer.split(':').next().unwrap_or_default().to_owned(),
        };
        self.saas(model, &alias, &name)?;
        let there = self.offers[&name].clone();
        let remote = format!("{alias}:{}", there.endpoint);
        let here = self.model(model)?.integrate(app, &remote)?;
        let consumer = self.consumer(step, &there.model)?;
        let own = format!("{}:{}", there.app, there.endpoint);
        let relation = self.model(&there.model)?.integrate(&own, &consumer)?;
        let local = app.split(':').next().unwrap_or_default();
        let end = |model: &str, relation, app: &str, remote: &str| End {
            model: model.to_owned(),
            relation,
            app: app.to_owned(),
            remote: remote.to_owned(),
        };
        self.links.push(Link {
            offer: name,
            offering: end(&there.model, relation, &there.app, &consumer),
            consuming: end(model, here, local, &alias),
        });
        Ok(())
    }

    /// Chance: the name of a new consumer, which is the next that the offering model's hooks name.
    fn consumer(&mut self, step: &Step, model: &str) -> Result<String, Error> {
        let used = &self.consumers;
        let hooks = self.recording.from(step).flat_map(|step| &step.hooks);
        let named = hooks
            .filter(|hook| hook.model == model)
            .filter_map(|hook| hook.env.get("JUJU_REMOTE_APP"))
            .find(|app| app.starts_with("remote-") && !used.contains(app));
        let Some(recorded) = named.cloned() else {
            return self.model(model)?.remote_cross_model(0);
        };
        self.consumers.push(recorded.clone());
        let model = self.model(model)?;
        if model.remote_cross_model_named(&recorded, 0).is_ok() {
            return Ok(recorded);
        }
        // The recording holds another word in place of the name.
        let name = model.remote_cross_model(0)?;
        self.names.rename(&name, &recorded);
        Ok(name)
    }

    fn suspend(&mut self, links: &[usize], suspend: bool) -> Result<(), Error> {
        for at in links {
            let ends = self.links[*at].ends().map(Clone::clone);
            for End {
                model, relation, ..
            } in ends
            {
                let model = self.model(&model)?;
                if suspend {
                    model.suspend_relation(relation)?;
                } else {
                    model.resume_relation(relation)?;
                }
            }
        }
        Ok(())
    }

    /// Relations end. Who offers sees a consumer go as the recording has it, unless it is the one who ends them.
    fn cut(&mut self, step: &Step, links: &[usize], by: &str) -> Result<(), Error> {
        for at in links.iter().rev() {
            let link = self.links.remove(*at);
            let (offering, consuming) = (link.offering, link.consuming);
            if by == consuming.model {
                self.let_part(step, &offering)?;
                let model = self.model(&offering.model)?;
                model.remove_application(&offering.remote)?;
            } else {
                let model = self.model(&offering.model)?;
                model.remove_relation(&offering.app, &offering.remote)?;
            }
            let model = self.model(&consuming.model)?;
            if model.all_relations().contains(&consuming.relation) {
                model.remove_relation(&consuming.app, &consuming.remote)?;
            }
        }
        Ok(())
    }

    /// Chance: how each unit of the offering side meets the end of a consumer's relation.
    fn let_part(&mut self, step: &Step, end: &End) -> Result<(), Error> {
        let recording = self.recording;
        let model = self.model(&end.model)?;
        for unit in model.units(&end.app) {
            let of_unit = |hook: &&Hook| hook.model == end.model && hook.unit == unit;
            let now: Vec<&Hook> = step.hooks.iter().filter(of_unit).collect();
            let later = recording.from(step).flat_map(|step| &step.hooks);
            let all: Vec<&Hook> = later.filter(of_unit).collect();
            // A unit that is not in the relation does not see it end.
            let _ = model.part(&unit, end.relation, parting(&now, &all, end.relation));
        }
        Ok(())
    }
}

/// `admin/model.offer` is `offer`.
fn short(word: &str) -> &str {
    word.rsplit(['.', '/']).next().unwrap_or(word)
}

/// How a relation ended for a unit, by the hooks that it ran in that step and until the end of the recording.
fn parting(now: &[&Hook], all: &[&Hook], relation: u32) -> Parting {
    let is = |hook: &&&Hook, kind: &str| {
        hook.relation() == Some(relation) && hook.name.ends_with(&format!("-relation-{kind}"))
    };
    let mut departed: BTreeMap<Option<&String>, u8> = BTreeMap::new();
    for hook in now.iter().filter(|hook| is(hook, "departed")) {
        *departed
            .entry(hook.env.get("JUJU_REMOTE_UNIT"))
            .or_default() += 1;
    }
    let broken = if now.iter().any(|hook| is(&hook, "broken")) {
        Broken::Soon
    } else if all.iter().any(|hook| is(&hook, "broken")) {
        Broken::WhenLeaving
    } else {
        Broken::Never
    };
    let calls = all.iter().flat_map(|hook| &hook.calls);
    let heard: Vec<&str> = calls.map(|call| call.stderr.as_str()).collect();
    let refused = |text: &str| heard.iter().any(|error| error.contains(text));
    let refusal = match (
        refused("unauthorized access"),
        refused("relation not found"),
    ) {
        (true, true) => Refusal::ByReader,
        (false, true) => Refusal::NotFound,
        _ => Refusal::Unauthorized,
    };
    Parting {
        departed: departed.into_values().max().unwrap_or(0),
        broken,
        refusal,
    }
}
