//! `secret-get`, `secret-ids` and `secret-info-get`: what others share with the unit, and what it owns itself.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

use crate::context::{Context, Secret, SecretOwner, Version};

use super::{
    Done, Fail, Io, Session,
    data::{Data, Field, map},
    flags::{no_more, parse, switch, text},
    format::Output,
    quote::quoted,
    session::Loaded,
};

/// How many characters an id has.
const ID: usize = 20;
/// What stands behind a key whose value is wanted in base64.
const IN_BASE64: &[u8] = b"#base64";

/// The content of a secret, or one value of it.
pub(super) fn get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut label) = (Output::yaml(), Vec::new());
    let (mut peek, mut refresh) = (false, false);
    let [format, file] = output.flags();
    let mut flags = [
        format,
        file,
        text(&["label"], &mut label),
        switch(&["peek"], &mut peek),
        switch(&["refresh"], &mut refresh),
    ];
    let args = parse(&io.asked.args, &mut flags)?;
    drop(flags);
    let named = Named::of(args.first(), &label)?;
    if peek && refresh {
        return Err(Fail::Usage(
            "specify one of --peek or --refresh but not both".into(),
        ));
    }
    no_more(args.get(2..).unwrap_or_default())?;

    session.ask();
    let id = named.readable(session)?;
    let content = read(session, &id, &named, peek, refresh);
    let answer = match args.get(1).filter(|key| !key.is_empty()) {
        None => map(content
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))),
        Some(key) => one_value(&content, key)?,
    };
    output.write(io, &answer)
}

fn one_value(content: &crate::context::Settings, key: &[u8]) -> Done<Data> {
    let plain = key.strip_suffix(IN_BASE64).unwrap_or(key);
    let value = std::str::from_utf8(plain)
        .ok()
        .and_then(|plain| content.get(plain));
    let value =
        value.ok_or_else(|| Fail::Run(format!("secret key value {} not found", quoted(plain))))?;
    Ok(if plain.len() == key.len() {
        value.as_str().into()
    } else {
        BASE64.encode(value).as_str().into()
    })
}

/// The content that the unit is to see. Reading a secret for the first time, or refreshing it, ties the unit to what is
/// newest then.
fn read(
    session: &mut Session<'_>,
    id: &str,
    named: &Named,
    peek: bool,
    refresh: bool,
) -> crate::context::Settings {
    let Some(secret) = session.secrets.get_mut(id) else {
        return Default::default();
    };
    let content = if peek || refresh {
        secret.latest.clone()
    } else {
        secret.current().clone()
    };
    if secret.owner != SecretOwner::Other {
        return content;
    }
    let first = secret.tracked.is_none();
    if refresh || first {
        secret.tracked = Some(secret.latest.clone());
    }
    let label = named
        .new_label()
        .filter(|new| *new != secret.consumer_label);
    if let Some(label) = &label {
        secret.consumer_label.clone_from(label);
    }
    if refresh || first || label.is_some() {
        let consumed = session.effects.secrets.entry(id.to_owned()).or_default();
        consumed.refreshed |= refresh || first;
        consumed.label = label.or_else(|| consumed.label.take());
    }
    content
}

/// The ids of the unit's own secrets, and of its application's if it leads.
pub(super) fn ids(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let mut output = Output::smart();
    let args = parse(&io.asked.args, &mut output.flags())?;
    no_more(&args)?;
    session.load(Loaded::Secrets);
    let ids: Vec<_> = owned(session)
        .into_iter()
        .map(|(id, _)| id.into_bytes())
        .collect();
    output.write(io, &Data::Lines((!ids.is_empty()).then_some(ids)))
}

/// All about an own secret but its content.
pub(super) fn info_get(session: &mut Session<'_>, io: &mut Io<'_>) -> Done {
    let (mut output, mut label) = (Output::yaml(), Vec::new());
    let [format, file] = output.flags();
    let args = parse(
        &io.asked.args,
        &mut [format, file, text(&["label"], &mut label)],
    )?;
    let named = Named::of(args.first(), &label)?;
    if named.id.is_some() && !label.is_empty() {
        return Err(Fail::Usage(
            "specify either a secret URI or label but not both".into(),
        ));
    }
    no_more(args.get(1..).unwrap_or_default())?;

    session.load(Loaded::Secrets);
    let found = owned(session)
        .into_iter()
        .find(|(id, secret)| match &named.id {
            Some(wanted) => id == wanted,
            None => secret.label == named.label,
        });
    let (id, secret) = found.ok_or_else(|| {
        let name = named.id.as_ref().unwrap_or(&named.label);
        Fail::Run(format!("secret {} not found", quoted(name.as_bytes())))
    })?;
    output.write(io, &map([(id.as_str(), info(&secret))]))
}

fn info(secret: &Secret) -> Data {
    let owner = match secret.owner {
        SecretOwner::Unit => "unit",
        SecretOwner::Application | SecretOwner::Other => "application",
    };
    let mut fields = vec![
        Field::both("revision", Data::Number(secret.revision.into())),
        Field::both("label", secret.label.as_str()),
        Field::both("owner", owner),
    ];
    if !secret.description.is_empty() {
        fields.push(Field::both("description", secret.description.as_str()));
    }
    fields.push(Field::both("rotation", secret.rotation.as_str()));
    if !secret.grants.is_empty() {
        let grants = secret.grants.iter().map(|grant| {
            Data::Fields(vec![
                Field::both("target", grant.target.as_str()),
                Field::both("scope", grant.scope.as_str()),
                Field::both("role", "view"),
            ])
        });
        fields.push(Field::both("access", Data::List(grants.collect())));
    }
    Data::Fields(fields)
}

/// What the unit may manage.
fn owned(session: &mut Session<'_>) -> Vec<(String, Secret)> {
    let leader = session.is_leader();
    let mine = session
        .secrets
        .iter()
        .filter(|(_, secret)| match secret.owner {
            SecretOwner::Unit => true,
            SecretOwner::Application => leader,
            SecretOwner::Other => false,
        });
    mine.map(|(id, secret)| (id.clone(), secret.clone()))
        .collect()
}

/// How a secret is named in a call: by a URI, by a label, or by both, which gives the label.
struct Named {
    id: Option<String>,
    label: String,
}

impl Named {
    fn of(uri: Option<&Vec<u8>>, label: &[u8]) -> Done<Self> {
        let id = uri
            .map(|uri| {
                id_of(uri)
                    .ok_or_else(|| Fail::Usage(format!("secret URI {} not valid", quoted(uri))))
            })
            .transpose()?;
        if id.is_none() && label.is_empty() {
            return Err(Fail::Usage("require either a secret URI or label".into()));
        }
        Ok(Self {
            id,
            label: String::from_utf8_lossy(label).into_owned(),
        })
    }

    fn new_label(&self) -> Option<String> {
        (self.id.is_some() && !self.label.is_empty()).then(|| self.label.clone())
    }

    /// The id of a secret that there is and that the unit may read.
    fn readable(&self, session: &Session<'_>) -> Done<String> {
        let context = session.context();
        let id = match &self.id {
            Some(id) => id.clone(),
            None => self.by_label(session).ok_or_else(|| {
                let what = if context.version == Version::V4_0 {
                    "secret URI for consumer label"
                } else {
                    "consumer label"
                };
                Fail::Run(format!(
                    "{what} {} not found",
                    quoted(self.label.as_bytes())
                ))
            })?,
        };
        match session.secrets.get(&id) {
            None => Err(missing(context, &id)),
            Some(secret) if secret.owner == SecretOwner::Other && !secret.granted => {
                Err(denied(context))
            }
            Some(_) => Ok(id),
        }
    }

    fn by_label(&self, session: &Session<'_>) -> Option<String> {
        let mut all = session.secrets.iter();
        let found = all.find(|(_, secret)| match secret.owner {
            SecretOwner::Other => secret.consumer_label == self.label,
            SecretOwner::Unit | SecretOwner::Application => secret.label == self.label,
        });
        found.map(|(id, _)| id.clone())
    }
}

fn missing(context: &Context, id: &str) -> Fail {
    Fail::Run(if context.version == Version::V4_0 {
        "getting latest secret revision: secret not found".into()
    } else {
        format!("secret \"secret:{id}\" not found")
    })
}

fn denied(context: &Context) -> Fail {
    Fail::Run(if context.version == Version::V4_0 {
        let unit = quoted(context.unit.as_bytes());
        format!("{unit} is not allowed to read this secret")
    } else {
        "permission denied".into()
    })
}

/// The id in `secret:<id>`, `secret://<model>/<id>` or `<id>`.
fn id_of(uri: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(uri).ok()?;
    let rest = text.strip_prefix("secret:").unwrap_or(text);
    let id = match rest.strip_prefix("//").unwrap_or(rest).split_once('/') {
        Some((model, id)) if is_uuid(model) => id,
        Some(_) => return None,
        None => rest.strip_prefix("//").unwrap_or(rest),
    };
    // Twelve bytes in base 32: of the last character only the highest bit counts.
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'v').contains(&b);
    let fits = id.len() == ID && id.bytes().all(digit) && id.ends_with(['0', 'g']);
    fits.then(|| id.to_owned())
}

fn is_uuid(text: &str) -> bool {
    let hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.into_iter().all(hex)
}
