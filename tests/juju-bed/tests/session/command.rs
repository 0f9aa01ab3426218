//! What each command of an operator does to the models.

use std::path::Path;

use juju_bed::{
    context::Version,
    model::{ActionResult, Deploy, Error, Model, Params},
};
use serde_json::{Value, json};

use crate::{
    charms,
    play::{Answer, Stage},
    recording::Step,
    words::Words,
};

impl Stage<'_> {
    /// Does what the words say.
    pub(crate) fn command(&mut self, step: &Step) -> Result<Answer, Error> {
        let words = Words::of(&step.words);
        let done = Ok(Answer::Done(Value::Null));
        match words.verb.as_str() {
            "wait" => return done,
            "restart-agent" => {
                return self
                    .restart_agent(words.at(0))
                    .map(|()| Answer::Done(Value::Null));
            }
            "add-model" => {
                return self
                    .add_model(words.at(0))
                    .map(|()| Answer::Done(Value::Null));
            }
            _ => {}
        }
        let (folders, name) = (
            self.charms,
            words
                .model()
                .map(str::to_owned)
                .or_else(|| self.only_model()),
        );
        if let Some(answer) = self.across(&words, name.as_deref())? {
            return Ok(answer);
        }
        let Some(model) = name.and_then(|name| self.models.get_mut(&name)) else {
            return Ok(Answer::Cannot);
        };
        match words.verb.as_str() {
            "model-config" => configure(model, &words),
            "deploy" => deploy(model, folders, &words)?,
            "refresh" => {
                let path = words.value("--path", "--path").unwrap_or_default();
                let charm = charms::folder(folders, path);
                if words.has("--force-units") {
                    model.refresh_forced(words.at(0), charm)?;
                } else {
                    model.refresh(words.at(0), charm)?;
                }
            }
            "trust" if words.has("--remove") => model.untrust(words.at(0))?,
            "trust" => model.trust(words.at(0))?,
            "config" => config(model, &words)?,
            "integrate" | "relate" | "add-relation" => {
                model.integrate(words.at(0), words.at(1))?;
            }
            "remove-relation" if words.has("--force") => {
                model.remove_relation_forced(words.at(0), words.at(1))?;
            }
            "remove-relation" => model.remove_relation(words.at(0), words.at(1))?,
            "add-unit" => {
                model.add_units(words.at(0), words.count())?;
            }
            "remove-unit" => words.positional.iter().try_for_each(|unit| {
                if words.has("--force") {
                    model.remove_unit_forced(unit)
                } else {
                    model.remove_unit(unit)
                }
            })?,
            "remove-application" => words.positional.iter().try_for_each(|app| {
                if words.has("--force") {
                    model.remove_application_forced(app)
                } else {
                    model.remove_application(app)
                }
            })?,
            "resolved" => words
                .positional
                .iter()
                .try_for_each(|unit| model.resolve(unit, !words.has("--no-retry")))?,
            "exec" => return exec(model, &words),
            "run" => return run(model, folders, &words),
            _ => return Ok(Answer::Cannot),
        }
        done
    }

    fn add_model(&mut self, name: &str) -> Result<(), Error> {
        let version = match self.recording.juju.split('.').next() {
            Some("2") => Version::V2_9,
            Some("3") => Version::V3_6,
            _ => Version::V4_0,
        };
        let mut model = Model::new(version)?;
        model.set_name(name);
        model.set_elections(false);
        model.lab_mut().mac = "MAC".into();
        // Addresses tell units apart, also those of several models.
        model.lab_mut().network = format!("10.99.{}", self.models.len());
        if let Some(network) = self.recording.printed(|call| call.tool() == "network-get") {
            let first = &network["bind-addresses"][0];
            model.lab_mut().interface = first["interface-name"].as_str().unwrap_or_default().into();
            model.lab_mut().cidr = first["addresses"][0]["cidr"]
                .as_str()
                .unwrap_or_default()
                .into();
        }
        model.set_cloud_credential(cloud());
        self.models.insert(name.to_owned(), model);
        Ok(())
    }

    /// `model:unit`
    fn restart_agent(&mut self, place: &str) -> Result<(), Error> {
        let (model, unit) = place.split_once(':').unwrap_or_default();
        let model = self.models.get_mut(model);
        model.map_or(Ok(()), |model| model.restart_agent(unit))
    }

    fn only_model(&self) -> Option<String> {
        (self.models.len() == 1)
            .then(|| self.models.keys().next().cloned())
            .flatten()
    }
}

/// What an operator gave the models to work with; its name and region are not compared.
fn cloud() -> Value {
    let attrs = json!({
        "client-cert": "PEM(certificate)\n",
        "client-key": "PEM(private key)\n",
        "server-cert": "PEM(certificate)\n",
    });
    json!({
        "type": "lxd",
        "name": "lab",
        "region": "lab",
        "endpoint": "https://10.99.0.1:8443",
        "credential": { "auth-type": "certificate", "attrs": attrs },
        "is-controller-cloud": true,
    })
}

fn configure(model: &mut Model, words: &Words) {
    for (key, value) in words.pairs() {
        if key == "automatically-retry-hooks" {
            model.set_retry_hooks(value == "true");
        }
    }
}

fn deploy(model: &mut Model, folders: &Path, words: &Words) -> Result<(), Error> {
    let charm = charms::folder(folders, words.at(0));
    let name = if words.positional.len() > 1 {
        words.at(1)
    } else {
        charm
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default()
    };
    let config = words
        .options
        .get("--config")
        .into_iter()
        .flatten()
        .filter_map(|text| text.split_once('='));
    let how = Deploy {
        trust: words.has("--trust"),
        config: config
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        units: words.count(),
    };
    model.deploy_with(&charm, name, &how)
}

fn config(model: &mut Model, words: &Words) -> Result<(), Error> {
    let reset = words.list("--reset");
    if !reset.is_empty() {
        model.reset(words.at(0), &reset)?;
    }
    let pairs = words.pairs();
    if pairs.is_empty() {
        Ok(())
    } else {
        model.config(words.at(0), &pairs)
    }
}

fn exec(model: &mut Model, words: &Words) -> Result<Answer, Error> {
    let mut units: Vec<String> = words
        .list("--unit")
        .into_iter()
        .map(str::to_owned)
        .collect();
    units.extend(
        words
            .list("--application")
            .into_iter()
            .flat_map(|app| model.units(app)),
    );
    let units: Vec<&str> = units.iter().map(String::as_str).collect();
    let command = match words.rest.is_empty() {
        true => words.positional.join(" "),
        false => words.rest.join(" "),
    };
    let results = model.exec_on(&units, &["sh", "-c", &command])?;
    Ok(told(results.into_iter().map(|(result, _)| result)))
}

fn run(model: &mut Model, folders: &Path, words: &Words) -> Result<Answer, Error> {
    let units: Vec<&str> = words
        .positional
        .iter()
        .map(String::as_str)
        .take_while(|word| word.contains('/') && !word.contains('='))
        .collect();
    let file = words.value("--params", "--params");
    let file = file.map(|file| charms::params(folders, file)).transpose()?;
    let pairs = words.positional.iter().skip(units.len() + 1);
    let pairs: Vec<&str> = pairs.map(String::as_str).collect();
    let params = Params {
        pairs: &pairs,
        string_args: words.has("--string-args"),
        file: file.as_deref(),
    };
    let results = model.run_with(&units, words.at(units.len()), &params)?;
    Ok(told(results))
}

/// As `--format=json` prints it.
fn told(results: impl IntoIterator<Item = ActionResult>) -> Answer {
    let mut said = serde_json::Map::new();
    for result in results {
        said.extend(result.json().as_object().cloned().unwrap_or_default());
    }
    Answer::Done(Value::Object(said))
}
