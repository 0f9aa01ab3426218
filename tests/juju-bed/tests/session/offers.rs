//! Relations across the models of a session: each side is played in its own model and sees the other as Juju shows it.

use juju_bed::model::{Error, Model, Parting};
use serde_json::Value;

use crate::{
    links::{End, Link},
    play::{Answer, Stage, refused},
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
        words: &Words,
        model: Option<&str>,
    ) -> Result<Option<Answer>, Error> {
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
                self.link(words.at(at), words.at(1 - at), place)?;
            }
            // Only the offering side sees it.
            "suspend-relation" if !meant.is_empty() => {
                self.each_offering(&meant, |model, end| model.suspend_relation(end.relation))?;
            }
            "resume-relation" if !meant.is_empty() => {
                self.each_offering(&meant, |model, end| model.resume_relation(end.relation))?;
            }
            "remove-relation" if !meant.is_empty() => self.cut(words, &meant, place)?,
            "remove-saas" => {
                let gone = self.links_where(|link| {
                    link.consuming.model == place
                        && words.positional.contains(&link.consuming.remote)
                });
                self.cut(words, &gone, place)?;
                for alias in &words.positional {
                    self.consumed.remove(&(place.to_owned(), alias.clone()));
                    self.model(place)?.remove_application(alias)?;
                }
            }
            "remove-offer" => {
                let names: Vec<&str> = words.positional.iter().map(|word| short(word)).collect();
                let gone = self.links_where(|link| names.contains(&link.offer.as_str()));
                if words.has("--force") {
                    self.each_offering(&gone, |model, end| {
                        model.remove_offer_forced(&end.app, &end.endpoint)
                    })?;
                }
                self.cut(words, &gone, "")?;
                self.offers
                    .retain(|name, _| !names.contains(&name.as_str()));
            }
            "remove-application" => {
                // The other side sees it end; this one's own units leave as in any model.
                let gone = self.links_where(|link| {
                    let named =
                        |end: &End| end.model == place && words.positional.contains(&end.app);
                    link.ends().into_iter().any(named)
                });
                self.cut(words, &gone, place)?;
                return Ok(None);
            }
            _ => return Ok(None),
        }
        Ok(Some(Answer::Done(Value::Null)))
    }

    fn links_where(&self, meant: impl Fn(&Link) -> bool) -> Vec<usize> {
        (0..self.links.len())
            .filter(|at| meant(&self.links[*at]))
            .collect()
    }

    fn each_offering(
        &mut self,
        links: &[usize],
        act: impl Fn(&mut Model, &End) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for at in links {
            let end = self.links[*at].offering.clone();
            act(self.model(&end.model)?, &end)?;
        }
        Ok(())
    }

    /// `offer [model.]app:endpoint [name]`
    fn offer(&mut self, words: &Words, model: &str) -> Option<Answer> {
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
        Some(Answer::Done(Value::Null))
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
    fn link(&mut self, offer: &str, app: &str, model: &str) -> Result<(), Error> {
        let name = self.offer_named(model, offer).unwrap_or_default();
        let alias = match offer.contains(['.', '/']) {
            true => name.clone(),
            false => offer.split(':').next().unwrap_or_default().to_owned(),
        };
        self.saas(model, &alias, &name)?;
        let there = self.offers[&name].clone();
        let remote = format!("{alias}:{}", there.endpoint);
        let here = self.model(model)?.integrate(app, &remote)?;
        let consumer = self.model(&there.model)?.remote_cross_model(0)?;
        self.names.consumer(&consumer);
        let own = format!("{}:{}", there.app, there.endpoint);
        let relation = self.model(&there.model)?.integrate(&own, &consumer)?;
        let local = app.split(':').next().unwrap_or_default();
        let end = |model: &str, relation, app: &str, remote: &str| End {
            model: model.to_owned(),
            relation,
            app: app.to_owned(),
            endpoint: there.endpoint.clone(),
            remote: remote.to_owned(),
        };
        self.links.push(Link {
            offer: name,
            offering: end(&there.model, relation, &there.app, &consumer),
            consuming: end(model, here, local, &alias),
        });
        Ok(())
    }

    /// Relations end, by the hand of one model or, if none is named, by that of the offer.
    fn cut(&mut self, words: &Words, links: &[usize], by: &str) -> Result<(), Error> {
        let force = words.has("--force");
        for at in links.iter().rev() {
            let link = self.links.remove(*at);
            let (offering, consuming) = (link.offering, link.consuming);
            let model = self.model(&offering.model)?;
            let there = model.all_relations().contains(&offering.relation);
            if force && there {
                model.remove_relation_forced(&offering.app, &offering.remote)?;
            } else if by == consuming.model && there {
                model.remove_cross_model(&offering.remote, Some(Parting::SEEN[3]))?;
            } else if there {
                model.remove_relation(&offering.app, &offering.remote)?;
            }
            let model = self.model(&consuming.model)?;
            if !model.all_relations().contains(&consuming.relation) {
                continue;
            }
            if force {
                model.remove_relation_forced(&consuming.app, &consuming.remote)?;
            } else {
                model.remove_relation(&consuming.app, &consuming.remote)?;
            }
        }
        Ok(())
    }
}

/// `admin/model.offer` is `offer`.
fn short(word: &str) -> &str {
    word.rsplit(['.', '/']).next().unwrap_or(word)
}
